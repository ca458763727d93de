"""Baton's Home: what waits for somebody, what they do, what they handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.calendar import describe_weekdays
from bot.domain.person import UserId, WorkspaceId
from bot.domain.post import HomeView, Post
from bot.domain.task import WORDS
from bot.domain.zones import zone_label
from bot.slack.blocks import Block, actions, button, context, escape, header, moment, section
from bot.slack.hours import SET_HOURS
from bot.slack.task_blocks import buttons
from bot.usecases import home as usecase
from bot.usecases import own_time, people
from bot.usecases.task_views import TaskView, Which

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import Person
    from bot.domain.task import Task
    from bot.domain.team import Team
    from bot.slack.edge import Edge
    from bot.usecases.home import Group, Home

SET_UP_A_TEAM = "team.create"
DELEGATE = "delegate.new"


def register(app: AsyncApp, edge: Edge) -> None:
    """Show somebody their Home when they open it, and keep up with who people are."""

    async def opened(event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab", "home") != "home":
            return
        workspace, user = WorkspaceId(context["identity"].workspace), UserId(event["user"])
        await edge.directory.people(workspace, (user,))
        await edge.do(workspace, people.open_home, user)

    async def changed(event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        workspace = WorkspaceId(context["identity"].workspace)
        await edge.directory.changed(workspace, event["user"])
        user = UserId(event["user"]["id"])
        await edge.do(workspace, own_time.ask_zone, user, now=edge.clock())

    app.event("app_home_opened")(opened)
    app.event("user_change")(changed)


def render(tx: Any, post: Post, now: datetime) -> HomeView:  # noqa: ANN401  # the store's Tx
    return view(usecase.load(tx, UserId(post.subject), now=now), now)


def view(home: Home, now: datetime) -> HomeView:
    """Return the Home of one person."""
    blocks: list[Block] = []
    if not home.any_team:
        blocks += [
            section(
                "*Hold a written huddle every morning.* Baton opens a thread in your team's "
                "channel at its local time, asks two questions, and sums up the answers."
            ),
            actions(button("Set up a team", SET_UP_A_TEAM, style="primary")),
        ]
    blocks += [
        *_group("Waiting for my yes", home.waiting, home, Which.WAITING),
        *_group("Doing", home.doing, home, Which.MINE),
        *_group("Sent, and needs me", home.needing, home, Which.SENT),
        *_group("Sent, in work", home.sent, home, Which.SENT, has_buttons=False),
        *_group("Done lately", home.done, home, Which.DONE, has_buttons=False),
    ]
    if not any((home.waiting.count, home.doing.count, home.needing.count, home.sent.count)):
        blocks.append(section("Nothing waits for you, and nothing of yours is open."))
    blocks.append(
        actions(
            button("Delegate a task", DELEGATE),
            button("My list", "task.page.mine", value=f"{Which.MINE} 0"),
        )
    )
    if home.teams:
        shown = home.teams[: usecase.LINES]
        blocks += [header("My teams"), *(section(_team(team, now)) for team in shown)]
        if more := len(home.teams) - len(shown):
            blocks.append(context(f"and {more} more: `/baton team list` lists all of them"))
    if home.any_team:
        blocks.append(actions(button("Set up another team", SET_UP_A_TEAM)))
    blocks += [context(_hours(home.person)), actions(button("Set my hours", SET_HOURS))]
    return HomeView({"type": "home", "blocks": blocks})


def _group(
    title: str, group: Group, home: Home, which: Which, *, has_buttons: bool = True
) -> list[Block]:
    """Return a group with what can be done beside each task, and the way to all of them."""
    if not group.count:
        return []
    blocks = [header(title)]
    for task in group.tasks:
        opened = button("Open", "task.show", value=str(task.number))
        blocks.append(section(_task(task, home)) | {"accessory": opened})
        if has_buttons:
            blocks += buttons(TaskView(task, home.people, (), home.user))
    if more := group.count - len(group.tasks):
        everything = button(f"All {group.count}", f"task.page.{which}", value=f"{which} 0")
        blocks += [context(f"and {more} more"), actions(everything)]
    return blocks


def _task(task: Task, home: Home) -> str:
    reader_zone = home.person.zone if home.person else task.due.zone
    to = ", ".join(_name(home, user) for user in task.people)
    return (
        f"*{task.number} · {escape(task.title)}*\n"
        f"{_name(home, task.delegator)} → {to} · due {moment(task.due.at, reader_zone)} · "
        f"{WORDS[task.status]}"
    )


def _name(home: Home, user: UserId) -> str:
    person = home.people.get(user)
    return escape(person.name) if person else "somebody"


def _team(team: Team, now: datetime) -> str:
    schedule = team.schedule
    paused = " · paused" if team.paused else ""
    return (
        f"*{escape(team.name)}* in <#{team.channel}>: {schedule.local_time:%H:%M} "
        f"{zone_label(schedule.zone, now)}, {describe_weekdays(schedule.weekdays)}{paused}"
    )


def _hours(person: Person | None) -> str:
    if person is None or not person.hours_confirmed:
        return "Messages reach you at any hour until you say when you work."
    return (
        f"I keep messages for you outside {person.start:%H:%M}-{person.end:%H:%M}, "
        f"{describe_weekdays(person.days)}."
    )
