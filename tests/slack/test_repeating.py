"""Tasks that repeat, from the line that was typed to the card of the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.slack.handing import buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from bot.sandbox.answers import Answer
    from bot.sandbox.records import Ephemeral, Message
    from tests.office import Office

WEEKLY = "@ana Prepare the report due fri 17:00 every week"


def chosen(view: Any, block: str) -> Any:  # noqa: ANN401  # a view of Slack's
    """Return what an input of a form holds when it opens."""
    element = next(b["element"] for b in view.blocks if b.get("block_id") == block)
    option = element.get("initial_option") or {}
    return option.get("value") or element.get("initial_value")


def shown(answer: Answer) -> Message | Ephemeral:
    assert answer.message
    return answer.message


async def test_a_line_with_a_repetition_makes_a_task_that_repeats(office: Office) -> None:
    answer = await office.maya.command("/delegate", WEEKLY, channel="manila")
    card = await card_of(office)

    assert "Repeats every Fri. The next one is due Fri" in answer.text
    assert "Repeats every Fri (next: " in words(card.blocks)
    assert "every week" not in card.text
    again = await office.maya.command("/tasks", "1", channel="manila")
    assert {"task.skip", "task.stop"} <= set(buttons(again.blocks))
    theirs = await office.ana.command("/tasks", "1", channel="manila")
    assert not {"task.skip", "task.stop"} & set(buttons(theirs.blocks))


async def test_what_is_unclear_opens_the_form_with_its_words(office: Office) -> None:
    text = "@ana Prepare the report due fri 17:00 every second friday"
    await office.maya.command("/delegate", text, channel="manila")

    view = office.maya.view
    assert "can mean every 2 weeks on friday" in words(view.blocks)
    assert chosen(view, "every") == "other"
    assert chosen(view, "every_words") == "every second friday"
    assert chosen(view, "outcome") == "Prepare the report"

    refused = await office.maya.submit(values={"every": "other"})
    assert "can mean" in refused.errors["every_words"]
    await office.maya.submit(values={"every_words": "every 2 weeks on fri"})
    assert "Repeats every 2 weeks on Fri (next: " in words((await card_of(office)).blocks)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("day", "every day"),
        ("two_weeks", "every 2 weeks on Fri"),
        ("month_date", "every month on the "),
        ("month_weekday", " Fri (next: "),
    ],
)
async def test_the_form_asks_how_often(office: Office, choice: str, said: str) -> None:
    await office.maya.command("/delegate", "@ana Prepare the report", channel="manila")
    await office.maya.press(office.maya.view, "details.add")

    await office.maya.submit(values={"due": "fri 17:00", "every": choice})

    card = await card_of(office)
    assert said in words(card.blocks)


async def test_words_are_needed_for_another_rule(office: Office) -> None:
    await office.maya.command("/delegate", "@ana Prepare the report", channel="manila")

    await office.maya.press(office.maya.view, "details.add")
    answer = await office.maya.submit(values={"due": "fri 17:00", "every": "other"})
    assert "Write how often" in answer.errors["every_words"]
    await office.maya.submit(values={"every": "never", "every_words": "every mon and thu"})

    assert "Repeats every Mon and Thu (next: " in words((await card_of(office)).blocks)


async def test_the_next_one_comes_by_itself(office: Office) -> None:
    """The whole way: the heartbeat rings, the card of the next is there, and so is a message."""
    await handed_over(office, WEEKLY)

    office.clock.skip_to(office.clock() + timedelta(days=11))
    card = await card_of(office, count=2)

    assert card.metadata
    assert card.metadata["event_payload"]["task"] == 2
    told = await dm_of(office, office.ana, words="Task 2.")
    assert "Prepare the report" in told.text
    seen = await office.maya.command("/tasks", "2", channel="manila")
    assert "it came again" in words(seen.blocks)


async def test_this_one_alone_or_all_that_follow_are_changed(office: Office) -> None:
    card = await handed_over(office, WEEKLY)

    await office.maya.command("/tasks", "edit 1", channel="manila")
    assert chosen(office.maya.view, "every_scope") == "one"
    assert chosen(office.maya.view, "every_words") == "every Fri"
    # The form is shown anew, and keeps what was chosen.
    office.maya.fill(office.maya.view, {"every_scope": "all"})
    await office.maya.press(office.maya.view, "due.check")
    assert chosen(office.maya.view, "every_scope") == "all"
    await office.maya.submit(values={"outcome": "Prepare the list", "every_scope": "all"})
    await shows(office, card, "Prepare the list")
    await office.maya.command("/tasks", "edit 1", channel="manila")
    await office.maya.submit(values={"every": "two_weeks"})

    await office.slack.until(lambda: "Repeats every 2 weeks on Fri" in words(card.blocks))
    office.clock.skip_to(office.clock() + timedelta(days=18))
    assert "Prepare the list" in (await card_of(office, count=2)).text


async def test_never_in_the_form_stops_it(office: Office) -> None:
    card = await handed_over(office, WEEKLY)
    await office.maya.command("/tasks", "edit 1", channel="manila")

    await office.maya.submit(values={"every": "never"})

    await office.slack.until(lambda: "Repeats" not in words(card.blocks))


async def test_one_is_skipped_and_all_are_stopped_by_what_is_typed(office: Office) -> None:
    card = await handed_over(office, WEEKLY)

    refused = await office.ana.command("/tasks", "skip 1", channel="manila")
    assert "Only maya can skip task 1" in refused.text
    skipped = await office.maya.command("/tasks", "skip 1", channel="manila")
    assert "You left out task 1" in skipped.text
    await shows(office, card, "left this one out")
    await office.maya.say(office.maya.dm, "stop 1")
    await dm_of(office, office.maya, words="You stopped task 1")

    await office.slack.until(lambda: "Repeats" not in words(card.blocks))


async def test_the_buttons_skip_and_stop(office: Office) -> None:
    card = await handed_over(office, WEEKLY)
    answer = await office.maya.command("/tasks", "1", channel="manila")

    await office.maya.press(shown(answer), "task.skip")
    await shows(office, card, "left this one out")
    again = await office.maya.command("/tasks", "1", channel="manila")
    await office.maya.press(shown(again), "task.stop")

    await office.slack.until(lambda: "Repeats" not in words(card.blocks))


async def test_what_comes_once_is_not_skipped(office: Office) -> None:
    await handed_over(office)

    answer = await office.maya.command("/tasks", "skip 1", channel="manila")

    assert "Task 1 does not repeat" in answer.text


async def test_after_two_the_assignee_is_asked_whether_all_was_there(office: Office) -> None:
    await handed_over(office, WEEKLY)
    await office.ana.command("/tasks", "done 1", channel="manila")
    office.clock.skip_to(office.clock() + timedelta(days=11))
    await card_of(office, count=2)
    await office.ana.command("/tasks", "done 2", channel="manila")

    asked = await dm_of(office, office.ana, words="done twice")
    assert buttons(asked.blocks)[:2] == ["task.enough", "task.missing"]
    await office.ana.press(asked, "task.missing")
    assert office.ana.view.callback_id == "task.note"
    await shows(office, asked, "you said that something was missing")


async def test_a_yes_settles_the_question(office: Office) -> None:
    await handed_over(office, "@ana Check the mail due fri 17:00 every week")
    await office.ana.command("/tasks", "done 1", channel="manila")
    office.clock.skip_to(office.clock() + timedelta(days=11))
    await card_of(office, count=2)
    await office.ana.command("/tasks", "done 2", channel="manila")
    asked = await dm_of(office, office.ana, words="done twice")

    await office.ana.press(asked, "task.enough")

    await shows(office, asked, "you said that everything was there")


async def test_the_delegator_hears_that_somebody_is_gone(office: Office) -> None:
    await handed_over(office, "@ana @ben Check the mail due fri 17:00 every week ")
    office.world.change_person(office.user("ana"), deleted=True)
    await office.maya.command("/delegate", "@ana Look due fri", channel="manila")
    office.clock.skip_to(office.clock() + timedelta(days=11))

    told = await dm_of(office, office.maya, words="does not come again")

    assert "ana can do no more tasks" in told.text
    assert buttons(told.blocks)[:2] == ["task.change", "task.stop"]
    await office.maya.command("/tasks", "done 1", channel="manila")
    await office.maya.press(told, "task.stop")
    await shows(office, told, "settled")
