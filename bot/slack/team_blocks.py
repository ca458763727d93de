"""How teams look: the form to set one up or change it, the list, and what is offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any

from bot.domain.calendar import WORKING_WEEK, Weekday, describe_weekdays
from bot.domain.team import NAME_LIMIT, Role
from bot.domain.zones import zone_label
from bot.slack.blocks import (
    Block,
    actions,
    button,
    cut,
    escape,
    modal,
    people_input,
    section,
    text_input,
)
from bot.slack.huddle_blocks import both_clocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.person import UserId
    from bot.domain.post import ChannelId
    from bot.domain.team import Team, TeamId
    from bot.usecases.teams import Listed

EDIT = "team.edit"
"""The modal's `callback_id`, for a new team and for one that is changed."""

CREATE = "team.create"
"""*Set up a team*; its value is a channel, or empty."""

DELETE = "team.delete"
"""*Delete*; its value is the team."""

START = time(9)
"""When a huddle is, until somebody chooses."""

SHOWN_PEOPLE = 12
SHOWN_TEAMS = 40
LIST_LIMIT = 2_900
"""Characters of one block of a list."""


@dataclass(frozen=True)
class Draft:
    """What the form is filled in with."""

    team: TeamId | None = None
    name: str = ""
    channel: ChannelId | None = None
    zone: str = ""
    at: time = START
    weekdays: frozenset[Weekday] = WORKING_WEEK
    people: tuple[UserId, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences about what could not be read of what was typed."""


def drafted(team: Team) -> Draft:
    """Return the form's contents for a team as it is."""
    return Draft(
        team=team.id,
        name=team.name,
        channel=team.channel,
        zone=team.schedule.zone,
        at=team.schedule.local_time,
        weekdays=team.schedule.weekdays,
        people=team.members,
    )


def form(draft: Draft) -> Block:
    problems = [section("\n".join(escape(problem) for problem in draft.problems))]
    inputs = [
        text_input(
            "name",
            "Name of the team",
            initial=draft.name,
            placeholder="Manila",
            max_length=NAME_LIMIT,
        ),
        channel_input(
            "channel",
            "Channel",
            initial=draft.channel,
            hint="Baton must be in it: write /invite @Baton there first.",
        ),
        text_input(
            "zone",
            "Time zone",
            initial=draft.zone,
            hint="A city or an offset, such as Manila, New York or UTC+8.",
            max_length=100,
        ),
        text_input(
            "time",
            "Time of the written huddle",
            initial=f"{draft.at:%H:%M}",
            hint="By the clocks of this time zone, such as 09:00 or 9am.",
            max_length=40,
        ),
        text_input(
            "days",
            "Days",
            initial=describe_weekdays(draft.weekdays),
            hint="Such as Mon-Fri, or Mon, Wed.",
            max_length=100,
        ),
        people_input(
            "people",
            "Members",
            initial=draft.people,
            hint="Who is asked. Whoever sets up a team is its lead, and is asked as well.",
            optional=draft.team is None,
        ),
    ]
    return modal(
        EDIT,
        "Set up a team" if draft.team is None else "Change the team",
        [*(problems if draft.problems else []), *inputs],
        submit="Set up" if draft.team is None else "Save",
        private_metadata="" if draft.team is None else str(draft.team),
    )


def done(title: str, text: str) -> Block:
    """Return what takes the form's place once it was sent."""
    return modal("team.done", title, [section(text)])


def channel_input(
    block_id: str, label: str, *, initial: ChannelId | None = None, hint: str = ""
) -> Block:
    """Return an input for one channel; conversations with one person are left out."""
    element: Block = {
        "type": "conversations_select",
        "action_id": block_id,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if initial:
        element["initial_conversation"] = initial
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": element,
        "hint": {"type": "plain_text", "text": hint or label},
    }


def input_channel(state: Mapping[str, Any], block_id: str) -> str | None:
    found = state.get("values", {}).get(block_id, {}).get(block_id, {})
    return found.get("selected_conversation") or None


def offer(channel: ChannelId) -> tuple[str, list[Block]]:
    """Return what whoever invited Baton to a channel is asked."""
    text = (
        "Thank you for inviting me. I can hold a written huddle here: a thread at your team's "
        "local time, with two questions and a summary."
    )
    return text, [
        section(text),
        actions(button("Set up a huddle here", CREATE, value=channel, style="primary")),
    ]


def deletion(team: Team) -> tuple[str, list[Block]]:
    """Return the question before a team is deleted."""
    text = (
        f"Delete {escape(team.name)}? No more huddles are posted for it. What was said stays in "
        "the channel."
    )
    return text, [
        section(text),
        actions(button(f"Delete {team.name}", DELETE, value=str(team.id), style="danger")),
    ]


def listing(teams: Sequence[Listed], *, reader_zone: str) -> tuple[str, list[Block]]:
    """Return all teams, as plain text and as blocks."""
    if not teams:
        text = "There is no team yet. Set one up, and its written huddle comes every morning."
        return text, [section(text), actions(button("Set up a team", CREATE, style="primary"))]
    shown = [described(listed, reader_zone=reader_zone) for listed in teams[:SHOWN_TEAMS]]
    if len(teams) > len(shown):
        shown.append(f"and {len(teams) - len(shown)} more")
    return "\n\n".join(shown), [section(cut(each, LIST_LIMIT)) for each in shown]


def described(listed: Listed, *, reader_zone: str) -> str:
    """Return a team in a few lines."""
    team = listed.team
    return "\n".join(
        (
            f"*{escape(team.name)}* in <#{team.channel}>",
            _times(listed, reader_zone),
            _people(listed),
        )
    )


def _times(listed: Listed, reader_zone: str) -> str:
    team = listed.team
    schedule = team.schedule
    days = describe_weekdays(schedule.weekdays)
    if listed.next_at is None:
        words = f"{schedule.local_time:%H:%M}, {days}"
        return f"{words} · paused until somebody writes `/baton team resume`"
    words = f"{schedule.local_time:%H:%M} {zone_label(schedule.zone, listed.next_at)}, {days}"
    paused = ""
    if listed.is_paused and team.paused_until is not None:
        until = team.paused_until
        paused = f" · paused until {until:%a} {until.day} {until:%b}"
    return f"{words}{paused} · next {both_clocks(listed.next_at, schedule.zone, reader_zone)}"


def _people(listed: Listed) -> str:
    marks = {Role.MEMBER: "", Role.LEAD: " (lead)", Role.OBSERVER: " (observer)"}
    names = [
        f"{escape(person.name)}{marks[role]}"
        for user, role in listed.team.roles
        if (person := listed.people.get(user)) is not None
    ]
    rest = len(listed.team.roles) - len(names[:SHOWN_PEOPLE])
    return ", ".join(names[:SHOWN_PEOPLE]) + (f" and {rest} more" if rest else "")
