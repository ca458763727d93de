"""`/baton me`, the questions about somebody's own time, and their buttons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.domain.calendar import describe_weekdays
from bot.domain.person import NO_HOLIDAYS
from bot.domain.post import Message, Withdrawn
from bot.domain.zones import country_name, zone_label
from bot.slack.absence_blocks import AWAY, listed
from bot.slack.blocks import Block, actions, button, clock_words, context, escape, section
from bot.slack.edge import Answer, actor
from bot.slack.hours import SET_HOURS
from bot.slack.task_blocks import with_ids
from bot.usecases import absences, own_time
from bot.usecases.own_time import Welcome, ZoneChange

if TYPE_CHECKING:
    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.person import Person
    from bot.domain.post import Post, Rendered
    from bot.slack.edge import Edge

CONFIRM: Final = "me.right"
ADOPT: Final = "me.zone"
KEEP: Final = "me.keep_zone"

# No clock changes then, so a place has its plain name.
_NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)

WHAT_IS_KEPT: Final = (
    "Baton keeps your name and zone from Slack, your hours, days and holidays, the dates on which "
    "you are away, your tasks and your answers. Your hours and dates are seen as when you hear of "
    "something and as *away*, never with a reason. Tasks are seen by whoever gave them, whoever "
    "does them and whoever can see their card; answers by your team's channel. Nobody is ranked."
)


def about(person: Person, now: datetime) -> Answer:
    """Say what Baton knows of somebody, with buttons to change it."""
    hours = (
        f"You work {_hours(person)}, {describe_weekdays(person.days)}; outside these hours "
        "messages wait for your next working day."
        if person.hours_confirmed
        else "You have not said when you work, so messages reach you at any hour."
    )
    text = (
        f"It is {clock_words(now, person.zone)} for you, as your Slack profile says. {hours} "
        f"{holidays_in_words(person)}"
    )
    coming = absences.coming(person, now)
    away = "" if coming else "You are not down as away."
    return Answer(
        text,
        [
            section(escape(text)),
            *listed(coming, person.id),
            *([context(away)] if away else []),
            context(WHAT_IS_KEPT),
            actions(button("Set my hours", SET_HOURS), button("I am away", AWAY)),
        ],
    )


def holidays_in_words(person: Person) -> str:
    if person.keeps == NO_HOLIDAYS:
        return "You keep no public holidays."
    if person.country is None:
        return "No public holidays are known for your zone."
    return f"You keep the public holidays of {country_name(person.country)}."


def render(tx: Any, post: Post, now: datetime) -> Rendered:  # noqa: ANN401  # the store's Tx
    """Return what Slack is to show of a question about somebody's own time."""
    del now
    view = own_time.view(tx, post)
    if view is None or (isinstance(view, Welcome) and not view.is_member and post.ts is None):
        return Withdrawn()
    text, blocks = _zone(view) if isinstance(view, ZoneChange) else _welcome(view)
    return Message(
        text=text,
        blocks=with_ids(blocks, f"me.{post.wanted}"),
        event_type="baton_note",
        event_payload={"post": post.id, "kind": post.kind.value},
    )


def _zone(view: ZoneChange) -> tuple[str, list[Block]]:
    person = view.person
    if not view.is_open:
        text = f"Your hours are {_hours(person)}."
        return text, [context(text)]
    place = zone_label(view.zone, _NOON)
    text = f"Your Slack profile says {place} now. Use it for your hours?"
    row = actions(
        button("Yes", ADOPT, value=view.zone, style="primary"),
        button("Keep", KEEP, value=view.zone),
    )
    return text, [section(f"{text} Until now they are {_hours(person)}."), row]


def _welcome(view: Welcome) -> tuple[str, list[Block]]:
    by = escape(view.by.name) if view.by else "A lead"
    team = escape(view.team.name)
    added = f"{by} added you to {team}, which holds a written huddle in <#{view.team.channel}>."
    plain = f"{by} added you to {team}, which holds a written huddle."
    if not view.is_member:
        text = f"You are no longer in {team}."
        return text, [context(text)]
    if view.person.hours_confirmed:
        text = f"{plain} Your hours: {_hours(view.person)}."
        return text, [context(f"{added} Your hours: {_hours(view.person)}. {WHAT_IS_KEPT}")]
    question = f"Your hours: {_hours(view.person)}?"
    return f"{plain} {question}", [
        section(f"{added}\n{question}"),
        actions(
            button("Right", CONFIRM, style="primary"),
            button("Change", SET_HOURS),
        ),
        context(WHAT_IS_KEPT),
    ]


def _hours(person: Person) -> str:
    return f"{person.start:%H:%M}-{person.end:%H:%M} {zone_label(person.zone, _NOON)}"


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons of these questions; the posts themselves show what came of it."""

    async def confirmed(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        await edge.do(workspace, own_time.confirm, by=user, now=edge.clock())
        await ack()

    async def decided(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        pressed = body["actions"][0]
        await edge.do(
            workspace,
            own_time.answer_zone,
            str(pressed.get("value") or ""),
            by=user,
            yes=pressed["action_id"] == ADOPT,
            now=edge.clock(),
        )
        await ack()

    app.action(CONFIRM)(confirmed)
    app.action(ADOPT)(decided)
    app.action(KEEP)(decided)
