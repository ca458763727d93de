"""A task in parts: through its form and in a line, and what its card then shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.parts import MOST_PARTS
from tests.slack.handing import buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from tests.office import Office


async def test_a_task_is_divided_in_its_form_and_done_when_its_parts_are(office: Office) -> None:
    whole = await handed_over(office)

    await office.maya.command("/tasks", "divide 1", channel="manila")
    form = office.maya.view
    await office.maya.press(form, "task.divide_more")
    answer = await office.maya.submit(
        values={
            "person1": office.ana.id,
            "outcome1": "The figures are in\nAll twelve months",
            "due1": "wed",
            "person3": office.ben.id,
            "outcome3": "The totals agree",
            "due3": "thu 12:00",
        }
    )
    assert answer.ok, answer.errors
    await card_of(office, count=3)
    await shows(office, whole, "0 of 2 parts done")
    said = words(office.maya.view.body["blocks"])

    await office.ana.command("/tasks", "done 2", channel="manila")
    await shows(office, whole, "1 of 2 parts done")
    last = office.slack.find("manila", event_type="baton_task")[-1]
    await office.ben.react(last, "white_check_mark")
    await shows(office, whole, "Task 1, done.")

    assert "Task 2 is with ana" in said
    assert "Task 3 is with ben" in said
    assert "The totals agree" not in words(whole.blocks)
    assert "A part of task 1" in words(last.blocks)


async def test_one_part_is_made_in_a_line_and_without_a_slash(office: Office) -> None:
    whole = await handed_over(office)

    await office.maya.command("/tasks", "divide 1 @ben Check the totals due wed", channel="manila")
    await shows(office, whole, "0 of 1 parts done")
    await office.maya.say(office.maya.dm, "divide 1 @ana Draw the cover due thu")

    await shows(office, whole, "0 of 2 parts done")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("divide 1 @ben Check the totals", "/tasks divide 1 @joy Check the totals due wed"),
        ("divide 1 @ben @ana Check the totals due wed", "A part is for one person"),
        ("divide 1 @ben Check the totals due wed every month", "leave “every month” out"),
        ("divide 7", "There is no task 7"),
    ],
)
async def test_what_is_no_part_is_refused_with_what_to_write(
    office: Office, text: str, said: str
) -> None:
    await handed_over(office)

    answer = await office.maya.command("/tasks", text, channel="manila")

    assert said in answer.text
    assert len(office.slack.find("manila", event_type="baton_task")) == 1


@pytest.mark.parametrize(
    ("values", "block", "said"),
    [
        ({}, "person1", "Choose who does this part"),
        ({"outcome2": "Totals", "due2": "wed"}, "person2", "Choose who does this part"),
        ({"person1": "ana", "due1": "wed"}, "outcome1", "no title"),
        ({"person1": "ana", "outcome1": "Totals"}, "due1", "when it is due"),
    ],
)
async def test_what_lacks_in_a_part_is_said_under_its_input(
    office: Office, values: dict[str, str], block: str, said: str
) -> None:
    await handed_over(office)
    await office.maya.command("/tasks", "divide 1", channel="manila")
    given = {
        name: office.user(value) if "person" in name else value for name, value in values.items()
    }

    answer = await office.maya.submit(values=given)

    assert said.casefold() in answer.errors[block].casefold()


async def test_the_form_grows_to_as_many_parts_as_a_task_may_have(office: Office) -> None:
    await handed_over(office)
    await office.maya.command("/tasks", "divide 1", channel="manila")

    for _ in range(MOST_PARTS - 2):
        await office.maya.press(office.maya.view, "task.divide_more")

    assert "task.divide_more" not in buttons(office.maya.view.body["blocks"])
    assert f"person{MOST_PARTS}" in [b.get("block_id") for b in office.maya.view.body["blocks"]]


async def test_only_its_delegator_divides_a_task(office: Office) -> None:
    await handed_over(office)

    answer = await office.ana.command("/tasks", "divide 1", channel="manila")

    assert "Only maya can divide task 1" in answer.text
    assert not office.ana.views


async def test_a_result_to_look_at_comes_with_buttons_and_goes_back_with_words(
    office: Office,
) -> None:
    whole = await handed_over(office)
    await office.ana.press(whole, "task.accept")
    await office.maya.command("/tasks", "divide 1 @ben Check the totals due wed", channel="manila")
    await shows(office, whole, "0 of 1 parts done")
    await office.ben.command("/tasks", "done 2", channel="manila")
    await office.maya.command("/tasks", "return 1 the dates", channel="manila")

    told = await dm_of(office, office.ana, words="gave back task 1")
    await office.ana.press(told, "task.done")
    await office.maya.command("/tasks", "verify 1", channel="manila")

    await shows(office, whole, "maya has looked at it: good.")
    assert "the dates" in told.text or "settled" in told.text
