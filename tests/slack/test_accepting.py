"""A yes that is a commitment: forms for what is larger, other terms, and what is said to them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.task import TaskNumber
from bot.slack import accept_form
from tests.slack.handing import buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.records import Json, Message
    from tests.office import Office

MEDIUM = "@ana Prepare June report due in 10 days takes 8h"
LARGE = "@ana Prepare the year's report due in 10 days takes 4 days"


def settled(message: Message) -> bool:
    return [block["type"] for block in message.blocks] == ["context"]


async def test_what_is_larger_is_accepted_by_a_form_that_is_filled_in(office: Office) -> None:
    card = await handed_over(office, MEDIUM)

    await office.ana.press(card, "task.accept")
    blocks = {block.get("block_id"): block for block in office.ana.view.blocks}
    assert blocks["takes"]["element"]["initial_value"] == "8 h"
    assert blocks["due"]["element"]["initial_value"].endswith(" Manila")
    assert blocks["words"]["optional"]
    assert "waiting for a yes" in card.text
    await office.ana.submit(values={"words": "The report, with <charts>"})

    await shows(office, card, "doing")
    seen = await office.maya.command("/tasks", "1", channel="manila")
    assert "The report, with &lt;charts&gt;" in words(seen.blocks)
    assert "charts" not in str(card.blocks) + card.text
    (beside,) = [block["accessory"] for block in seen.blocks if "accessory" in block]
    assert beside["text"]["text"] == "Not quite, let's talk"


async def test_what_is_large_wants_one_sentence(office: Office) -> None:
    card = await handed_over(office, LARGE)

    await office.ana.press(card, "task.accept")
    blocks = {block.get("block_id"): block for block in office.ana.view.blocks}
    assert not blocks["words"]["optional"]
    answer = await office.ana.submit(values={"words": " "})
    assert "one sentence" in answer.errors["words"]
    await office.ana.submit(values={"words": "The whole year, audited"})

    await shows(office, card, "doing")


@pytest.mark.parametrize("how", ["typed", "reaction"])
async def test_what_is_large_and_accepted_in_short_is_asked_for_words(
    office: Office, how: str
) -> None:
    card = await handed_over(office, LARGE)

    if how == "typed":
        answer = await office.ana.command("/ack", "1", channel="manila")
        assert answer.message is not None
        offer = answer.message
    else:
        await office.ana.react(card, "raising_hand")
        await office.slack.until(lambda: office.ana.ephemerals)
        offer = office.ana.ephemerals[-1]
    await shows(office, card, "doing")
    assert "in one sentence what you will do" in words(offer.blocks)
    await office.ana.press(offer, "task.say")
    await office.ana.submit(values={"words": "The whole year, audited"})

    seen = await office.maya.command("/tasks", "1", channel="manila")
    assert "The whole year, audited" in words(seen.blocks)


async def test_another_date_is_a_proposal_that_the_delegator_agrees_to(office: Office) -> None:
    card = await handed_over(office, MEDIUM)
    await office.ana.press(card, "task.accept")

    await office.ana.submit(values={"due": "in 14 days", "takes": "12h"})

    told = await dm_of(office, office.maya, words="ana could do task 1 ")
    assert len(told.text.splitlines()[0]) <= 100
    assert "If you say nothing, it is agreed on" in told.text
    assert buttons(told.blocks)[:3] == ["task.agree", "task.talk", "task.keep"]
    await shows(office, card, "I think it takes 12 h")
    assert "proposes" not in str(card.blocks)
    mine = await office.ana.command("/tasks", "1", channel="manila")
    assert "ana proposes" in words(mine.blocks)
    before = card.text
    await office.maya.press(told, "task.agree")

    await office.slack.until(lambda: card.text != before)
    await office.slack.until(lambda: settled(told))
    assert told.text == "ana proposed something else for task 1 Prepare June report: agreed."
    agreed = await dm_of(office, office.ana, words="maya agrees: task 1 ")
    assert "That is what counts now." in agreed.text


async def test_a_proposal_that_nobody_answers_stands_and_both_hear_of_it(office: Office) -> None:
    await handed_over(office)
    await office.ana.command(
        "/tasks", "propose 1 in 14 days because of the audit", channel="manila"
    )
    told = await dm_of(office, office.maya, words="could do task 1 ")
    assert "of the audit" in words(told.blocks)

    office.clock.skip_to(office.clock() + timedelta(days=5))

    first = await dm_of(office, office.ana, words="Agreed by silence: task 1 ")
    second = await dm_of(office, office.maya, words="Agreed by silence: task 1 ")
    assert "maya said nothing against it" in first.text
    assert "You said nothing against it" in second.text
    await office.slack.until(lambda: settled(told))
    history = await office.maya.command("/tasks", "1", channel="manila")
    assert ", by silence" in words(history.blocks)


async def test_the_reasons_of_a_no_take_one_tap(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.press(card, "task.decline")
    assert buttons(office.ana.view.blocks) == [
        "task.propose",
        "task.ask",
        "task.reason.time",
        "task.reason.area",
    ]
    await office.ana.press(office.ana.view, "task.reason.area")

    await shows(office, card, "declined")
    told = await dm_of(office, office.maya, words="declines task 1 ")
    assert "Not my area" in words(told.blocks)
    needing = await office.maya.command("/tasks", "waiting", channel="manila")
    assert "Sent, and needs me" in words(needing.blocks)


@pytest.mark.parametrize(
    ("action", "values", "heard"),
    [
        ("task.propose", {"due": "in 20 days", "instead": "Holidays"}, "could do task 1 "),
        ("task.propose", {"instead": "Only the half"}, "proposes something else for task 1 "),
        ("task.ask", {"question": "Which format?"}, "asks about task 1 "),
    ],
)
async def test_a_no_can_turn_into_something_better(
    office: Office, action: str, values: dict[str, str], heard: str
) -> None:
    card = await handed_over(office)

    await office.ana.press(card, "task.decline")
    await office.ana.press(office.ana.view, action)
    await office.ana.submit(values=values)

    assert not office.ana.views
    await dm_of(office, office.maya, words=heard)


async def test_words_that_hold_another_time_are_kept_and_it_can_be_proposed(
    office: Office,
) -> None:
    card = await handed_over(office, "@ana Prepare June report due in 10 days")

    text = "1 yes by 5pm in 3 weeks I send it"
    answer = await office.ana.command("/ack", text, channel="manila")
    assert answer.message is not None
    await shows(office, card, "doing")
    assert buttons(answer.blocks) == ["task.done", "task.note", "task.propose_this"]
    await office.ana.press(answer.message, "task.propose_this")

    told = await dm_of(office, office.maya, words="ana could do task 1 ")
    assert "17:00 Manila)" in words(told.blocks)


async def test_talking_is_one_message_with_a_way_to_answer(office: Office) -> None:
    await handed_over(office)
    await office.ana.command("/ack", "1 yes I send the draft", channel="manila")
    seen = await office.maya.command("/tasks", "1", channel="manila")
    assert seen.message is not None

    await office.maya.press(seen.message, "task.talk")
    await office.maya.submit(values={"words": "I need the final one"})
    told = await dm_of(office, office.ana, words="maya would like to talk about task 1 ")
    assert "You said: I send the draft" in words(told.blocks)
    assert "I need the final one" in told.text
    assert buttons(told.blocks)[:3] == ["task.say", "task.propose", "task.ask"]
    await office.ana.press(told, "task.say")
    await office.ana.submit(values={"words": "I send the final one"})

    await office.slack.until(lambda: settled(told))
    heard = await dm_of(office, office.maya, words="ana says how it is meant: task 1 ")
    assert "I send the final one" in heard.text
    assert buttons(heard.blocks)[:1] == ["task.talk"]


async def test_everything_can_be_written_to_baton(office: Office) -> None:
    await handed_over(office)

    await office.ana.say(office.ana.dm, "propose 1 in 14 days, holidays here")
    await dm_of(office, office.maya, words="could do task 1 ")
    await office.maya.say(office.maya.dm, "talk 1 is there no other way?")
    await dm_of(office, office.ana, words="would like to talk about task 1 ")
    await office.maya.say(office.maya.dm, "keep 1")
    kept = await dm_of(office, office.ana, words="maya keeps task 1 ")
    assert "you have not said yes to that" in kept.text
    assert buttons(kept.blocks)[:3] == ["task.accept", "task.ask", "task.decline"]
    await office.ana.say(office.ana.dm, "propose 1 instead only the first half")
    await dm_of(office, office.maya, words="proposes something else for task 1 ")
    await office.maya.say(office.maya.dm, "agree 1")
    await dm_of(office, office.ana, words="maya agrees: task 1 ")
    await office.ana.say(office.ana.dm, "propose 1")
    form = await dm_of(office, office.ana, words="When could you have task 1?")
    assert buttons(form.blocks)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("propose 1 blursday", "begin with *instead*"),
        ("agree 1", "Only maya can agree to a proposal for task 1."),
        ("keep 1", "Only maya can refuse a proposal for task 1."),
        ("talk 1", "Only maya can ask to talk about task 1."),
    ],
)
async def test_who_may_not_or_cannot_be_read_hears_why(
    office: Office, text: str, says: str
) -> None:
    await handed_over(office)

    answer = await office.ana.command("/tasks", text, channel="manila")

    assert says in answer.text


async def test_a_form_of_a_yes_refuses_what_it_cannot_read(office: Office) -> None:
    card = await handed_over(office, MEDIUM)
    await office.ana.press(card, "task.accept")

    assert "due" in (await office.ana.submit(values={"due": "blursday"})).errors
    assert (
        "takes" in (await office.ana.submit(values={"due": "in 14 days", "takes": "long"})).errors
    )
    await office.ana.close()
    await office.ana.press(card, "task.accept")
    await office.maya.command("/tasks", "due 1 in 12 days", channel="manila")
    assert "was moved to" in (await office.ana.submit()).errors["due"]
    await office.ana.close()
    await office.ana.press(card, "task.decline")
    await office.ana.press(office.ana.view, "task.propose")
    assert "mon noon" in (await office.ana.submit()).errors["due"]
    await office.ana.submit(values={"due": "in 30 days"})
    await dm_of(office, office.maya, words="could do task 1 ")


async def test_a_guest_without_commands_accepts_proposes_and_says(office: Office) -> None:
    lea = office.slack.person(
        office.world.add_person("lea", real_name="Lea Cruz", tz="Asia/Manila", guest=True)
    )
    await office.maya.command("/delegate", f"@lea {LARGE[5:]}", channel="lobby")
    card = await dm_of(office, lea, words="year's report", kind="baton_task")

    await lea.press(card, "task.accept")
    await lea.submit(values={"due": "in 20 days", "words": "The whole year"})
    told = await dm_of(office, office.maya, words="could do task 1 ")
    await office.maya.press(told, "task.keep")
    kept = await dm_of(office, lea, words="maya keeps task 1 ")
    await lea.say(lea.dm, "1 yes then as it was")

    await office.slack.until(lambda: settled(kept))
    await shows(office, card, "doing")


@pytest.mark.parametrize(
    "value", ["1", "1 tomorrow", "1 2026-11-30T12:00", "1 2026-11-30T12:00+01:00 Asia/Manila"]
)
async def test_a_forged_time_is_out_of_date(office: Office, value: str) -> None:
    await handed_over(office)
    answer = await office.ana.command("/tasks", "1", channel="manila")
    assert answer.message is not None
    row = next(block for block in answer.message.blocks if block["type"] == "actions")
    row["elements"] = [row["elements"][0] | {"action_id": "task.propose_this", "value": value}]

    await office.ana.press(answer.message, "task.propose_this")

    assert office.ana.ephemerals[-1].text.startswith("This button is out of date.")


async def test_a_reason_that_nobody_offers_is_out_of_date(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.press(card, "task.decline")
    row = next(block for block in office.ana.view.blocks if block["type"] == "actions")
    row["elements"] = [row["elements"][0] | {"action_id": "task.reason.mood"}]

    await office.ana.press(office.ana.view, "task.reason.mood")

    assert "waiting for a yes" in (await card_of(office)).text


@pytest.mark.parametrize(
    ("build", "values"),
    [
        (accept_form.propose_modal, {"due": "in 14 days"}),
        (accept_form.say_modal, {"words": "The draft"}),
        (accept_form.talk_modal, {"words": "Not the draft"}),
    ],
)
async def test_a_forged_form_tells_nothing_of_a_task_that_i_cannot_see(
    office: Office, build: Callable[[TaskNumber], Json], values: dict[str, str]
) -> None:
    await office.maya.command("/delegate", MEDIUM, channel="lobby")
    await office.ben.command("/delegate", channel="manila")
    office.ben.view.body.clear()
    office.ben.view.body.update(build(TaskNumber(1)))

    answer = await office.ben.submit(values=values)

    said = "".join(answer.errors.values())
    assert said.startswith("There is no task 1 that you can see.")
