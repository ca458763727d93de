"""*Set my hours*: when a person works, which only they themselves can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.calendar import Weekday
from bot.domain.person import NO_HOLIDAYS, OWN_HOLIDAYS, Person
from bot.domain.zones import UnknownCountry, country_name, country_of, find_country
from bot.slack.acquaintance import known
from bot.slack.blocks import (
    Block,
    actions,
    button,
    checkboxes_input,
    choice_input,
    clock_words,
    context,
    input_checked,
    input_choice,
    input_text,
    input_time,
    modal,
    section,
    text_input,
    time_input,
)
from bot.slack.bolt import InputError
from bot.slack.edge import actor
from bot.slack.surfaces import open_modal
from bot.usecases import own_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, time

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.slack.edge import Edge

SET_HOURS = "me.hours"
"""Both the button's `action_id` and the modal's `callback_id`."""

OTHER = "other"
_KNOWN_CHOICES = (OWN_HOLIDAYS, NO_HOLIDAYS)

_DAYS = {
    Weekday.MO: "Monday",
    Weekday.TU: "Tuesday",
    Weekday.WE: "Wednesday",
    Weekday.TH: "Thursday",
    Weekday.FR: "Friday",
    Weekday.SA: "Saturday",
    Weekday.SU: "Sunday",
}


def offer(reader: Person | None) -> list[Block]:
    """Return what stands under a direct message until its reader has set their hours."""
    if reader is None or reader.hours_confirmed:
        return []
    return [
        context("Messages reach you at any hour until you say when you work."),
        actions(button("Set my hours", SET_HOURS)),
    ]


def view(person: Person, now: datetime) -> Block:
    """Return the form, filled in with the hours as they are."""
    return modal(
        SET_HOURS,
        "My hours",
        [
            section(
                "Outside these hours Baton keeps messages for you until your next working day "
                f"begins. Your Slack profile says that it is *{clock_words(now, person.zone)}* "
                "for you now."
            ),
            time_input("start", "My day starts at", initial=person.start),
            time_input(
                "end",
                "My day ends at",
                initial=person.end,
                hint="An end before the start is on the next morning, such as 21:00 to 06:00.",
            ),
            checkboxes_input(
                "days",
                "I work on",
                [(day.name, words) for day, words in _DAYS.items()],
                initial=[day.name for day in person.days],
            ),
            *_zone_input(person),
            choice_input(
                "holidays",
                "I keep the public holidays of",
                _holidays(person),
                initial=person.keeps if person.keeps in _KNOWN_CHOICES else OTHER,
            ),
            text_input(
                "country",
                "Another country",
                initial="" if person.keeps in _KNOWN_CHOICES else country_name(person.keeps),
                placeholder="United States",
                hint="Such as the one of the client you work for.",
                optional=True,
                max_length=60,
            ),
            context("When you are away on other days: `/baton away fri`."),
        ],
        submit="Save",
    )


def _zone_input(person: Person) -> list[Block]:
    """Return the choice between two zones, where Slack names another one."""
    if not person.profile_zone:
        return []
    zones = (person.zone, person.profile_zone)
    choices = [(name, name.replace("_", " ")) for name in zones]
    return [choice_input("zone", "My hours are in the time of", choices, initial=person.zone)]


def _holidays(person: Person) -> list[tuple[str, str]]:
    own = country_of(person.zone)
    mine = f"my own country, {country_name(own)}" if own else "my own country (none is known)"
    return [(OWN_HOLIDAYS, mine), (OTHER, "the country I write below"), (NO_HOLIDAYS, "none")]


def _kept(state: Mapping[str, Any]) -> str | None:
    """Return whose holidays were chosen; None where nothing was."""
    chosen = input_choice(state, "holidays")
    if chosen != OTHER:
        return chosen
    try:
        return find_country(input_text(state, "country"))
    except UnknownCountry as refusal:
        raise InputError(str(refusal), block="country") from refusal


def _chosen(state: Mapping[str, Any], block: str) -> time:
    chosen = input_time(state, block)
    if chosen is None:
        raise InputError("Choose a time, such as 09:00.", block=block)
    return chosen


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the button and its form."""

    async def opened(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        asking = await known(edge, workspace, (user,))
        person = asking.get(user, Person(id=user, name=user))
        await open_modal(edge, workspace, body, view(person, edge.clock()))
        await ack()

    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        state = view["state"]
        start, end = _chosen(state, "start"), _chosen(state, "end")
        if start == end:
            raise InputError(
                "A day that ends when it starts has no hours. Choose a later end.", block="end"
            )
        await known(edge, workspace, (user,))
        try:
            await edge.do(
                workspace,
                own_time.keep,
                by=user,
                start=start,
                end=end,
                days=frozenset(day for day in Weekday if day.name in input_checked(state, "days")),
                keeps=_kept(state),
                zone=input_choice(state, "zone"),
                now=edge.clock(),
            )
        except own_time.UnknownHolidays as refusal:
            raise InputError(str(refusal), block="country") from refusal
        await ack()

    app.action(SET_HOURS)(opened)
    app.view(SET_HOURS)(submitted)
