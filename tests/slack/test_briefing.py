"""The form of a task while it is filled in: both clocks, picks and details; and moves that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.slack.handing import REPORT, buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from bot.sandbox.records import Json, View
    from tests.office import Office

DETAILS = {
    "measure": "All 12 shops, no row empty",
    "risks": "No access: ask Sam",
    "links": "https://example.com/shops",
    "authority": "posted",
    "kind": "challenging",
    "review": ["review"],
}


def inputs(view: View) -> list[str]:
    return [block["block_id"] for block in view.blocks if block["type"] == "input"]


def pressable(view: View) -> dict[str, Json]:
    """Return what stands in rows below the inputs, by its id."""
    return {
        element["action_id"]: element
        for block in view.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


async def opened(office: Office, text: str = "@ana Prepare June report") -> View:
    await office.maya.command("/delegate", text, channel="manila")
    return office.maya.view


async def test_the_first_screen_is_light(office: Office) -> None:
    await office.maya.command("/delegate", channel="manila")
    view = office.maya.view

    assert inputs(view) == ["people", "outcome", "due", "takes", "where"]
    assert {"due.pick.0", "due.pick.1", "due.date", "details.add"} <= pressable(view).keys()


async def test_choosing_somebody_shows_what_the_picks_are_on_both_clocks(office: Office) -> None:
    await office.maya.command("/delegate", channel="manila")
    office.maya.fill(office.maya.view, {"outcome": "June report"})

    await office.maya.press(office.maya.view, "people", [office.ana.id])

    said = words(office.maya.view.blocks)
    assert "18:00 Manila (" in said
    assert "New York)" in said
    assert office.maya.view.values["outcome"]["outcome"]["value"] == "June report"


async def test_a_pick_is_shown_on_both_clocks_and_is_the_due_time(office: Office) -> None:
    view = await opened(office)

    await office.maya.press(view, "due.pick.1")

    said = words(office.maya.view.blocks)
    assert "18:00 Manila (" in said
    assert "due" not in inputs(office.maya.view)
    await office.maya.submit()
    assert "18:00 Manila" in (await card_of(office)).text


async def test_another_day_is_picked_from_the_calendar(office: Office) -> None:
    day = f"{office.clock().year + 1}-03-04"
    await opened(office)

    await office.maya.press(office.maya.view, "due.date", day)
    await office.maya.submit()

    assert "4 Mar" in (await card_of(office)).text


async def test_a_pick_gives_way_to_what_is_written(office: Office) -> None:
    await opened(office)
    await office.maya.press(office.maya.view, "due.pick.0")

    await office.maya.press(office.maya.view, "due.write")
    await office.maya.submit(values={"due": "4 mar 15:00"})

    assert "4 Mar, 15:00 New York" in (await card_of(office)).text


async def test_for_a_picked_day_that_is_over_another_time_can_be_written(office: Office) -> None:
    await opened(office)

    await office.maya.press(office.maya.view, "due.date", "2020-01-02")
    said = words(office.maya.view.blocks)
    await office.maya.submit(values={"due": "fri 17:00"})

    assert "is past" in said
    assert "17:00 New York" in (await card_of(office)).text


async def test_what_is_written_is_shown_on_both_clocks_and_the_nearest_inside_is_offered(
    office: Office,
) -> None:
    await opened(office)
    office.maya.fill(office.maya.view, {"due": "fri 17:00"})

    await office.maya.press(office.maya.view, "due.check")

    said = words(office.maya.view.blocks)
    assert "Sat" in said
    assert "06:00 Manila (Fri 17:00 New York)" in said
    assert "For ana that is Sat" in said
    move = pressable(office.maya.view)["due.pick.move0"]
    assert move["text"]["text"] == "Move to Fri 18:00 Manila"
    await office.maya.press(office.maya.view, "due.pick.move0")
    await office.maya.submit()
    assert "18:00 Manila" in (await card_of(office)).text


async def test_what_cannot_be_read_is_said_before_it_is_sent(office: Office) -> None:
    await opened(office)

    await office.maya.press(office.maya.view, "due", "when it suits you")

    assert "as a time" in words(office.maya.view.blocks)


async def test_details_are_a_button_away_and_keep_what_was_put_in(office: Office) -> None:
    await opened(office)
    office.maya.fill(office.maya.view, {"takes": "2 days", "due": "4 mar 10:00"})

    await office.maya.press(office.maya.view, "details.add")
    view = office.maya.view

    assert inputs(view)[-6:] == list(DETAILS)
    assert view.values["takes"]["takes"]["value"] == "2 days"
    await office.maya.submit(view, DETAILS)
    card = await card_of(office)
    assert "Good when: All 12 shops, no row empty" in card.text
    assert "Act and keep maya posted" in card.text
    assert "<https://example.com/shops>" in words(card.blocks)


async def test_several_people_may_each_have_a_share(office: Office) -> None:
    await opened(office, "@ana @ben Count the boxes")
    assert "The first one done closes it" in words(office.maya.view.blocks)

    await office.maya.press(office.maya.view, "details.add")
    await office.maya.submit(values={"everyone": "all", "takes": "1h", "due": "4 mar 10:00"})
    card = await card_of(office)
    await office.ana.press(card, "task.accept")
    await office.ana.command("/tasks", "done 1")

    await office.slack.settled()
    assert "Done by" not in card.text


async def test_a_larger_first_task_is_advised_against(office: Office) -> None:
    await opened(office)

    await office.maya.press(office.maya.view, "takes", "2 days")

    assert "This is the first task you give ana" in words(office.maya.view.blocks)
    answer = await office.maya.command(
        "/delegate", "@ana Prepare June report due 4 mar 10:00 takes 2 days", channel="manila"
    )
    assert "This is the first task you give ana" in answer.text
    again = await office.maya.command(
        "/delegate", "@ana Prepare July report due 4 mar 10:00 takes 2 days", channel="manila"
    )
    assert "This is the first task" not in again.text


async def test_a_receipt_offers_the_nearest_time_inside_their_hours(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    card = await card_of(office)
    await dm_of(office, office.ana, words="Prepare June report")
    assert "outside their working hours" in answer.text
    assert buttons(answer.blocks)[-2:] == ["task.fit.move0", "task.fit.move1"]
    assert answer.message is not None

    await office.maya.press(answer.message, "task.fit.move0")

    await shows(office, card, "18:00 Manila")
    assert "outside their working hours" not in office.maya.ephemerals[-1].text
    assert len(office.slack.find(office.ana.dm)) == 1


async def test_only_the_delegator_moves_it_and_forged_times_are_refused(office: Office) -> None:
    answer = await office.maya.command("/delegate", REPORT, channel="manila")
    await card_of(office)
    assert answer.message is not None
    row = [block for block in answer.message.blocks if block["type"] == "actions"][-1]
    row["elements"][0]["value"] = "1 soon"

    await office.maya.press(answer.message, "task.fit.move0")

    assert "out of date" in office.maya.ephemerals[-1].text


async def test_a_change_shows_everything_and_the_card_says_what_was_changed(
    office: Office,
) -> None:
    card = await handed_over(office)
    await office.maya.command("/tasks", "edit 1", channel="manila")

    assert {"measure", "risks", "links", "authority", "kind"} <= set(inputs(office.maya.view))
    await office.maya.submit(values={"measure": "Signed by Sam"})

    await shows(office, card, "maya changed how we will know it is good")
    assert "Good when: Signed by Sam" in card.text
    history = await office.ana.command("/tasks", "1")
    assert "maya changed how we will know it is good" in words(history.blocks)


async def test_once_more_has_the_whole_brief(office: Office) -> None:
    await opened(office)
    await office.maya.press(office.maya.view, "details.add")
    await office.maya.submit(values=DETAILS | {"due": "4 mar 10:00"})
    await card_of(office)

    await office.maya.command("/tasks", "again 1", channel="manila")
    await office.maya.submit(values={"due": "5 mar 10:00"})

    second = await card_of(office, count=2)
    assert "Task 2" in second.text
    assert "Good when: All 12 shops, no row empty" in second.text


async def test_a_form_that_changed_meanwhile_is_left_as_it_is(office: Office) -> None:
    view = await opened(office)
    office.slack.faults.add("error", method="views.update", code="hash_conflict")

    pressed = await office.maya.press(view, "details.add")

    assert pressed.ok
    assert "measure" not in inputs(office.maya.view)


async def test_a_form_that_slack_does_not_show_anew_says_to_try_again(office: Office) -> None:
    view = await opened(office)
    with office.slack.faults.lasting("latency", method="views.update", seconds=20):
        await office.maya.press(view, "details.add")

    told = await dm_of(office, office.maya, words="try again")
    assert "What you wrote is still there" in told.text


async def test_a_form_opens_without_clocks_while_people_are_unknown(office: Office) -> None:
    with office.slack.faults.lasting("latency", method="users.info", seconds=5):
        office.baton.edge.directory._asked.clear()
        await office.maya.command("/delegate", channel="manila")

    assert "due" in inputs(office.maya.view)


async def test_a_moved_due_time_is_offered_inside_their_hours_too(office: Office) -> None:
    await handed_over(office)

    answer = await office.maya.command("/tasks", "due 1 fri 16:00", channel="manila")

    assert "For ana that is Sat" in answer.text
    assert "task.fit.move0" in buttons(answer.blocks)
    answer = await office.maya.command("/tasks", "due 1 fri 17:00 pht", channel="manila")
    assert "outside" not in answer.text


async def test_what_is_pressed_in_a_form_that_cannot_be_read_changes_nothing(
    office: Office,
) -> None:
    view = await opened(office)
    await office.maya.press(view, "details.add")
    sent = [sent for sent in office.slack.deliveries if sent.payload.get("type") == "block_actions"]
    for odd in ({"state": {"values": {"due": 7}}}, {"state": 7}, 7):
        payload = sent[-1].payload
        forged = payload | {"view": payload["view"] | odd if isinstance(odd, dict) else odd}

        answer = await office.slack.courier.ask("interaction", sent[-1].team, forged)

        assert answer.attempts[-1].status == 400
