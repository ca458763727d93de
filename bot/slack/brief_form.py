"""What the form asks for behind *Add details*: the rest of a brief, all of it optional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.brief import Rest
from bot.domain.task import Authority, Details, Kind
from bot.slack.blocks import (
    Block,
    checkboxes_input,
    choice_input,
    input_checked,
    input_choice,
    input_text,
    text_input,
)
from bot.slack.brief_words import AUTHORITY, KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

ADD = "details.add"
"""The `action_id` of *Add details*."""

_ALL = "all"


def blocks(rest: Rest, *, several: bool) -> list[Block]:
    """Return the inputs, filled in with what is known; `several` people may share the work."""
    said = rest.details
    shown = [
        text_input(
            "measure",
            "How will we know it is good?",
            initial=said.measure,
            hint="What is measured, and the target: all 12 shops, no row empty.",
            multiline=True,
            optional=True,
        ),
        text_input(
            "risks",
            "What may go wrong, and what to do then?",
            initial=said.risks,
            multiline=True,
            optional=True,
        ),
        text_input(
            "links",
            "Links",
            initial=said.links,
            hint="Where to find what is needed: pages, or messages of this workspace, one a line.",
            multiline=True,
            optional=True,
        ),
        choice_input(
            "authority",
            "How far may they go on their own?",
            [(each.value, words) for each, words in AUTHORITY.items()],
            initial=said.authority,
            optional=True,
        ),
        choice_input(
            "kind",
            "What kind of work is it?",
            [(each.value, words) for each, words in KIND.items()],
            initial=said.kind,
            optional=True,
        ),
        checkboxes_input(
            "review",
            "When it is done",
            [("review", "I want to look at it before it counts as done")],
            initial=["review"] * rest.review,
            optional=True,
        ),
    ]
    if several:
        shown.append(
            choice_input(
                "everyone",
                "Who has to finish?",
                [("any", "Any of them: the first one done is enough"), (_ALL, "All: each a share")],
                initial=_ALL if rest.everyone else "any",
            )
        )
    return shown


def read(state: Mapping[str, Any]) -> Rest | None:
    """Return what was put in; None where the form did not ask for it."""
    if "measure" not in state.get("values", {}):
        return None
    authority, kind = input_choice(state, "authority"), input_choice(state, "kind")
    return Rest(
        details=Details(
            measure=input_text(state, "measure"),
            risks=input_text(state, "risks"),
            links=input_text(state, "links"),
            # What no form of ours offers is nothing.
            authority=Authority(authority) if authority in set(Authority) else None,
            kind=Kind(kind) if kind in set(Kind) else None,
        ),
        review="review" in input_checked(state, "review"),
        everyone=input_choice(state, "everyone") == _ALL,
    )
