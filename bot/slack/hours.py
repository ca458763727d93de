"""*Set my hours*: when a person works, which only they themselves can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack.blocks import Block, actions, button, context

if TYPE_CHECKING:
    from bot.domain.person import Person

SET_HOURS = "me.hours"


def offer(reader: Person | None) -> list[Block]:
    """Return what stands under a direct message until its reader has set their hours."""
    if reader is None or reader.hours_confirmed:
        return []
    return [
        context("Messages reach you at any hour until you say when you work."),
        actions(button("Set my hours", SET_HOURS)),
    ]
