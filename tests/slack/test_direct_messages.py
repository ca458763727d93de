"""What is written to Baton is answered by a message of its own, in which no slash is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.prefixing import without_slash
from tests.slack.handing import handed_over, shows
from tests.slack.test_commands import _written

if TYPE_CHECKING:
    from tests.office import Office


@pytest.mark.parametrize(
    "text", ["tasks", "hello", "lorem ipsum", "delegate @ana Send it due tomorrow", "delegate"]
)
async def test_every_answer_says_what_it_is_to_other_programs(office: Office, text: str) -> None:
    answer = await _written(office, "maya", text)

    assert answer.metadata is not None
    assert answer.metadata["event_type"] == "baton_note"
    payload = answer.metadata["event_payload"]
    assert payload.keys() == {"post", "kind"}
    assert payload["kind"] == "reply"


async def test_two_answers_have_two_ids(office: Office) -> None:
    first = await _written(office, "maya", "tasks")
    second = await _written(office, "maya", "tasks")

    assert first.metadata != second.metadata


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ack 1", "Task 1 is done. `tasks reopen 1` opens it again."),
        ("999", "`tasks` lists yours."),
        ("tasks overdue", "Nothing is overdue."),
        ("ack", "Nothing waits for your yes. `tasks` lists everything of yours."),
    ],
)
async def test_what_can_be_done_instead_is_said_as_it_can_be_written(
    office: Office, text: str, says: str
) -> None:
    card = await handed_over(office)
    await office.ana.command("/tasks", "done 1", channel="manila")
    await shows(office, card, "Done by")

    answer = await _written(office, "ana", text)

    assert says in answer.text
    assert "`/" not in str(answer.blocks)


async def test_what_an_answer_tells_me_to_write_works(office: Office) -> None:
    card = await handed_over(office)
    await _written(office, "ana", "done 1")
    await shows(office, card, "Done by")
    refusal = await _written(office, "ana", "ack 1")
    (_, advice, _) = refusal.text.split("`")

    await _written(office, "ana", advice)

    await shows(office, card, "doing")


@pytest.mark.parametrize(
    ("said", "unslashed"),
    [
        ("`/tasks 42`", "`tasks 42`"),
        ("`/invite @Baton`", "`/invite @Baton`"),
        ("and/or /tasks", "and/or /tasks"),
        ([{"text": ("`/ack`",)}], [{"text": ["`ack`"]}]),
        (42, 42),
    ],
)
def test_only_examples_of_batons_own_commands_lose_their_slash(
    said: object, unslashed: object
) -> None:
    assert without_slash(said) == unslashed
