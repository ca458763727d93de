"""When the others hear of a step, said to whoever took it, and *Send now*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.task import listed
from bot.domain.zones import to_local, zone
from bot.slack.blocks import Block, actions, button, clock_words
from bot.slack.task_words import name_of

if TYPE_CHECKING:
    from bot.domain.person import UserId
    from bot.domain.task import TaskNumber
    from bot.usecases.hearing import Hearing


def later(hearing: Hearing, me: UserId) -> str:
    """Return a line for each person who hears of a step when their working day begins."""
    lines, mine = [], hearing.people.get(me)
    for user, at in hearing.hears.items():
        person = hearing.people[user]
        is_elsewhere = mine and to_local(zone(mine.zone), at) != to_local(zone(person.zone), at)
        here = f" ({clock_words(at, mine.zone)})" if mine and is_elsewhere else ""
        lines.append(f"{name_of(person)} hears of it {clock_words(at, person.zone)}{here}.")
    return "\n".join(lines)


def at_once(hearing: Hearing) -> str:
    """Say who hears of a step now that it was sent."""
    if not hearing.hears:
        return "Everybody was told already."
    verb = "hears" if len(hearing.hears) == 1 else "hear"
    return (
        f"{listed(name_of(hearing.people.get(user)) for user in hearing.hears)} {verb} of it now."
    )


def send_now(task: TaskNumber, hearing: Hearing) -> Block:
    """Return the button that lets them hear of this one step at once."""
    return actions(button("Send now", "task.send_now", value=f"{task} {hearing.place}"))
