"""Wrong input is answered, never swallowed: each answer says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bot.sandbox.answers import Answer
    from tests.office import Office

TEAM = "team create Manila tz Asia/Manila at 09:00 on mon-fri"
TASK = "@ana Send the contract due tomorrow"


async def _typed(office: Office, command: str, text: str, *, by: str = "maya") -> Answer:
    return await office.person(by).command(f"/{command}", text, channel="manila")


def _said(answer: Answer) -> str:
    """Return what the person reads: the answer, or the sentence on the form it opened."""
    if answer.view is None:
        return answer.text
    texts = [block["text"]["text"] for block in answer.view.blocks if block["type"] == "section"]
    return "\n".join(texts)


@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("baton", "dance", "`/baton help` for everything"),
        ("tasks", "dnoe 1", "Did you mean `/tasks done 1`?"),
        ("ack", "perhaps", "Write it like `/ack 42 yes`"),
        ("baton", "team create X tz Asia/Manilla at 09:00", "Did you mean Asia/Manila?"),
        ("baton", "team create X tz Manila at 25:00", "Write a time like 09:00"),
        ("delegate", "@ana Send it due fri 25:00", "Write a time like 09:00"),
        ("delegate", "@ana Send it due yesterday", "Write a later time"),
        ("delegate", "@ana Send it due 3/4", "Write 3 apr or 4 mar"),
        ("delegate", "@ana Send it", "Say by when"),
        ("delegate", "@ana due tomorrow", "Say what is to be done"),
        ("delegate", "Send it due tomorrow", "Say who does it"),
        ("delegate", "@nobody Send it due tomorrow", "pick a name from Slack's list"),
        ("delegate", "@robo Send it due tomorrow", "Give the task to somebody else"),
        ("delegate", "@gone Send it due tomorrow", "Give the task to somebody else"),
        ("ack", "999", "`/tasks` lists yours"),
        ("tasks", "done 999", "`/tasks` lists yours"),
        ("tasks", "due 1 someday", "Write it like fri 17:00"),
        ("baton", "huddle now", "/baton team create"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_what_can(
    office: Office, command: str, text: str, says: str
) -> None:
    office.world.add_person("robo", is_bot=True)
    office.world.add_person("gone", deleted=True)
    await _typed(office, "delegate", TASK)

    answer = await _typed(office, command, text)

    assert answer.ok
    assert says in _said(answer)


async def test_somebody_elses_task_is_neither_accepted_nor_finished(office: Office) -> None:
    await _typed(office, "delegate", TASK)

    for command, text in (("ack", "1"), ("tasks", "done 1"), ("tasks", "cancel 1")):
        answer = await _typed(office, command, text, by="ben")
        assert answer.text.startswith("Only ")
        assert "`/tasks" in answer.text or "write to maya" in answer.text

    shown = await _typed(office, "tasks", "1")
    assert "waiting for a yes" in str(shown.blocks)


async def test_a_team_needs_baton_in_its_channel(office: Office) -> None:
    answer = await office.maya.command("/baton", TEAM, channel="lobby")

    assert "/invite @Baton" in answer.text


async def test_a_task_from_a_channel_without_baton_goes_to_direct_messages(office: Office) -> None:
    answer = await office.maya.command("/delegate", TASK, channel="lobby")

    assert "Task 1" in answer.text
    assert "/invite @Baton" in answer.text
    await office.slack.until(
        lambda: (
            office.slack.find(office.ana.dm, event_type="baton_task")
            and office.slack.find(office.maya.dm, event_type="baton_task")
        )
    )


async def test_five_thousand_characters_lose_nothing(office: Office) -> None:
    words = " ".join(f"word{number}" for number in range(600))

    answer = await _typed(office, "delegate", f"@ana {words} due tomorrow")
    shown = await _typed(office, "tasks", "1")

    assert answer.text.startswith("Task 1 is with")
    assert "word599" in str(shown.blocks)
    await office.slack.until(lambda: office.slack.find("manila", event_type="baton_task"))
    (card,) = office.slack.find("manila", event_type="baton_task")
    assert len(card.text) <= 3_900


async def test_curly_quotes_read_like_plain_ones(office: Office) -> None:
    answer = await _typed(office, "delegate", "@ana Send “the” draft due “tomorrow”.")
    created = await _typed(office, "baton", "team create “Night shift” tz Manila at 21:00 on mon")

    assert '"the" draft' in answer.text or "tomorrow" in _said(answer)
    assert "Night shift is set up" in created.text


async def test_nobody_can_make_baton_ping_a_channel(office: Office) -> None:
    ana = office.user("ana")
    office.slack.long_mentions = True
    await office.maya.command(
        "/delegate",
        f"<@{ana}> Tell <!channel> <!here|here> at <https://evil.example|the bank> due tomorrow",
        channel="manila",
        raw=True,
    )
    await office.slack.until(lambda: office.slack.find("manila", event_type="baton_task"))

    (card,) = office.slack.find("manila", event_type="baton_task")
    for shown in (card.text, str(card.blocks)):
        assert "<!" not in shown.replace("<!date^", "")
        assert "|the bank>" not in shown


async def test_what_was_typed_wrongly_stays_in_the_form(office: Office) -> None:
    answer = await _typed(office, "delegate", "@ana Send the contract due someday takes 2h")

    assert answer.view is not None
    filled = {
        block["block_id"]: block["element"].get("initial_value")
        or block["element"].get("initial_users")
        for block in answer.view.blocks
        if block["type"] == "input"
    }
    assert filled["people"] == [office.user("ana")]
    assert "Send the contract" in filled["outcome"]
    assert filled["takes"]
