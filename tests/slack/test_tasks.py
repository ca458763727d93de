"""`/ack`, `/tasks`, the buttons of tasks and their modals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.post import ChannelId
from bot.domain.task import Via
from bot.slack import tasks
from bot.slack.edge import Request
from bot.slack.typed import Menu
from tests.slack.handing import REPORT, buttons, card_of, dm_of, handed_over, shows, words

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from tests.office import Office


async def test_ack_alone_lists_and_accepts_nothing(office: Office) -> None:
    card = await handed_over(office)

    answer = await office.ana.command("/ack", channel="manila")

    assert answer.text == "1 task waits for your yes."
    assert buttons(answer.blocks) == ["task.accept", "task.ask", "task.decline"]
    assert "waiting for a yes" in card.text


async def test_a_task_accepted_in_the_list_leaves_the_list(office: Office) -> None:
    await handed_over(office)
    await handed_over(office, "@ana Call Sam due fri 17:00")
    answer = await office.ana.command("/ack", channel="manila")
    assert answer.message is not None

    await office.ana.press(answer.message, "task.accept", "1")
    assert "Call Sam" in words(office.ana.ephemerals[-1].blocks)
    assert "Prepare June report" not in words(office.ana.ephemerals[-1].blocks)
    await office.ana.press(answer.message, "task.accept", "2")

    assert "Nothing waits for your yes" in office.ana.ephemerals[-1].text


async def test_a_long_list_says_how_much_is_left(office: Office) -> None:
    for number in range(14):
        await office.maya.command("/delegate", f"@ana Part {number} due fri", channel="manila")
        # One message a second is all that a channel takes, and nothing here waits for them.

    answer = await office.ana.command("/ack", channel="manila")

    assert answer.text == "14 tasks wait for your yes."
    assert "and 2 more" in words(answer.blocks)
    assert len(answer.blocks) <= 50


@pytest.mark.parametrize("text", ["1", "#1", "1 yes I send the draft first"])
async def test_ack_with_a_number_accepts(office: Office, text: str) -> None:
    card = await handed_over(office)

    answer = await office.ana.command("/ack", text, channel="manila")

    await shows(office, card, "doing")
    assert answer.text.startswith("You accepted task 1: Prepare June report")
    assert buttons(answer.blocks) == ["task.done", "task.note"]
    assert "draft" not in str(card.blocks)


async def test_ack_declines_with_a_reason_for_the_delegator_only(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.command("/ack", "1 decline too busy", channel="manila")

    told = await dm_of(office, office.maya, words="declines")
    await shows(office, card, "declined")
    assert "too busy" in words(told.blocks)
    assert "too busy" not in str(card.blocks) + card.text
    assert buttons(card.blocks) == []


async def test_a_question_goes_to_the_delegator_and_its_answer_back(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.command("/ack", "1 ask which format?", channel="manila")
    told = await dm_of(office, office.maya, words="asks about")
    await shows(office, card, "question")
    assert "which format?" not in str(card.blocks)

    await office.maya.press(told, "task.answer")
    assert "which format?" in words(office.maya.view.blocks)
    await office.maya.submit(values={"answer": "A PDF"})

    back = await dm_of(office, office.ana, words="answers on")
    await shows(office, told, "settled")
    assert "A PDF" in words(back.blocks)
    assert buttons(told.blocks) == []


async def test_other_words_are_kept_in_the_ask(office: Office) -> None:
    card = await handed_over(office)

    answer = await office.ana.command("/ack", "1 is Friday really needed", channel="manila")
    assert answer.message is not None
    await office.ana.press(answer.message, "task.ask")
    await office.ana.submit()

    await shows(office, card, "question")
    told = await dm_of(office, office.maya, words="asks about")
    assert "is Friday really needed" in words(told.blocks)


@pytest.mark.parametrize("command", ["/ack", "/tasks"])
async def test_a_task_that_is_not_there_is_said_not_to_be(office: Office, command: str) -> None:
    answer = await office.ana.command(command, "42", channel="manila")

    assert answer.text.startswith("There is no task 42 that you can see.")


async def test_somebody_elses_task_in_no_channel_of_mine_is_not_there(office: Office) -> None:
    await office.maya.command("/delegate", f"{REPORT}", channel="lobby")

    for text in ("1", "done 1", "note 1 hello", "give 1 @ben", "edit 1", "again 1"):
        answer = await office.ben.command("/tasks", text, channel="manila")
        assert answer.text.startswith("There is no task 1 that you can see."), text


async def test_somebody_elses_task_on_a_card_i_see_is_refused_with_names(office: Office) -> None:
    await handed_over(office)

    answer = await office.ben.command("/tasks", "done 1", channel="manila")
    shown = await office.ben.command("/tasks", "1", channel="manila")

    assert answer.text.startswith("Only ana can finish task 1.")
    assert "Prepare June report" in words(shown.blocks)
    assert buttons(shown.blocks) == []


async def test_a_bystander_who_presses_is_told_in_private(office: Office) -> None:
    card = await handed_over(office)

    for action in ("task.accept", "task.decline"):
        await office.ben.press(card, action)

    assert [said.text[:8] for said in office.ben.ephemerals] == ["Only ana", "Only ana"]
    assert not office.ben.views


async def test_a_task_goes_from_hand_to_hand_by_buttons(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.press(card, "task.accept")
    await shows(office, card, "doing")
    await office.ana.press(card, "task.note")
    await office.ana.submit(values={"note": "Half <!here> way"})
    await shows(office, card, "Half &lt;!here&gt; way")
    await office.ana.press(card, "task.done")
    await shows(office, card, "Done by")
    assert buttons(card.blocks) == ["task.reopen", "task.where"]
    await office.maya.press(card, "task.reopen")

    await shows(office, card, "doing")
    assert buttons(card.blocks) == ["task.done", "task.note"]
    await dm_of(office, office.ana, words="reopened")


async def test_declining_by_button_takes_an_optional_reason(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.press(card, "task.decline")
    await office.ana.submit()

    await shows(office, card, "declined")


async def test_the_blocks_of_a_card_are_new_with_each_update(office: Office) -> None:
    card = await handed_over(office)
    before = {block["block_id"] for block in card.blocks}

    await office.ana.press(card, "task.accept")
    await shows(office, card, "doing")

    assert not before & {block["block_id"] for block in card.blocks}


async def test_a_step_in_a_private_answer_shows_there(office: Office) -> None:
    await handed_over(office)
    answer = await office.ana.command("/ack", "1", channel="manila")
    assert answer.message is not None

    await office.ana.press(answer.message, "task.done")

    assert "Done by" in words(office.ana.ephemerals[-1].blocks)


async def test_the_list_opens_a_task_with_all_that_can_be_done(office: Office) -> None:
    card = await handed_over(office)
    listed = await office.ana.command("/tasks", channel="manila")
    assert "Waiting for my yes" in words(listed.blocks)
    assert listed.message is not None

    await office.ana.press(listed.message, "task.show")
    view = office.ana.view
    assert {"task.accept", "task.block", "task.snooze", "task.again"} <= set(buttons(view.blocks))
    await office.ana.press(view, "task.accept")
    await office.ana.press(view, "task.block")
    await office.ana.submit(values={"reason": "No login"})

    await shows(office, card, "blocked")
    told = await dm_of(office, office.maya, words="is blocked on")
    assert "No login" in words(told.blocks)
    assert "No login" not in str(card.blocks)


async def test_the_delegator_can_cancel_from_the_list(office: Office) -> None:
    card = await handed_over(office)
    listed = await office.maya.command("/tasks", "sent", channel="manila")
    assert listed.message is not None

    await office.maya.press(listed.message, "task.show")
    await office.maya.press(office.maya.view, "task.cancel")

    await shows(office, card, "Cancelled by")
    assert "Cancelled by" in words(office.maya.view.blocks)
    await dm_of(office, office.ana, words="cancelled")


async def test_a_task_is_put_aside_by_a_form(office: Office) -> None:
    await handed_over(office)
    listed = await office.ana.command("/tasks", channel="manila")
    assert listed.message is not None
    await office.ana.press(listed.message, "task.show")
    await office.ana.press(office.ana.view, "task.snooze")

    refused = await office.ana.submit(values={"until": "some day"})
    await office.ana.submit(values={"until": "in 2 days"})

    assert "as a time" in refused.errors["until"]
    again = await office.ana.command("/tasks", channel="manila")
    assert "put aside until" in words(again.blocks)


@pytest.mark.parametrize(
    ("text", "words_of_card"),
    [
        ("done 1", "Done by"),
        ("1 done", "Done by"),
        ("done 1 it is in the folder", "it is in the folder"),
        ("note 1 half way", "half way"),
    ],
)
async def test_an_assignee_types_what_the_buttons_do(
    office: Office, text: str, words_of_card: str
) -> None:
    card = await handed_over(office)

    await office.ana.command("/tasks", text, channel="manila")

    await shows(office, card, words_of_card)


async def test_a_delegator_types_what_the_buttons_do(office: Office) -> None:
    card = await handed_over(office)

    await office.maya.command("/tasks", "due 1 mon 10:00", channel="manila")
    await shows(office, card, "10:00 New York")
    await office.maya.command("/tasks", "give 1 @ben", channel="manila")
    await shows(office, card, "→ ben")
    await office.maya.command("/tasks", "cancel 1", channel="manila")
    await shows(office, card, "Cancelled by")
    await office.maya.command("/tasks", "reopen 1", channel="manila")

    await shows(office, card, "waiting for a yes")
    await dm_of(office, office.ben, words="Prepare June report")


async def test_giving_to_nobody_says_how_to_name_somebody(office: Office) -> None:
    await handed_over(office)

    for who in ("qwerty", "@qwerty"):
        answer = await office.maya.command("/tasks", f"give 1 {who}", channel="manila")
        assert "pick a name from Slack's list" in answer.text


async def test_who_is_given_a_task_outside_of_the_channel_gets_a_copy(office: Office) -> None:
    joy = office.slack.person(office.world.add_person("joy", tz="Europe/London"))
    await handed_over(office)

    await office.maya.command("/tasks", "give 1 @joy", channel="manila")
    copy = await dm_of(office, joy, words="Prepare June report", kind="baton_task")
    await office.maya.command("/tasks", "give 1 @ana", channel="manila")

    await shows(office, copy, "was given to somebody else")
    assert buttons(copy.blocks) == []


@pytest.mark.parametrize(
    ("text", "callback"),
    [("note 1", "task.note"), ("edit 1", "task.delegate")],
)
async def test_missing_words_open_a_form(office: Office, text: str, callback: str) -> None:
    await handed_over(office)

    await office.maya.command("/tasks", text, channel="manila")

    assert office.maya.view.body["callback_id"] == callback


async def test_ask_without_words_opens_a_form(office: Office) -> None:
    card = await handed_over(office)

    await office.ana.command("/ack", "1 ask", channel="manila")
    await office.ana.submit(values={"question": "Which format?"})

    await shows(office, card, "question")


@pytest.mark.parametrize(
    ("which", "who", "sentence"),
    [
        ("", "ben", "Nothing of yours is open"),
        ("sent", "ana", "Nothing that you handed over"),
        ("team", "ana", "Nothing is open in your teams"),
        ("waiting", "maya", "Nothing waits"),
        ("overdue", "ana", "Nothing is overdue"),
        ("done", "ana", "Nothing is done"),
    ],
)
async def test_an_empty_list_says_what_to_do(
    office: Office, which: str, who: str, sentence: str
) -> None:
    await handed_over(office)

    answer = await office.person(who).command("/tasks", which, channel="manila")

    assert sentence in answer.text


async def test_of_a_team_everybody_in_its_channel_sees_what_is_there(office: Office) -> None:
    await office.maya.command(
        "/baton", "team create Manila tz Asia/Manila at 09:00 on mon-fri", channel="manila"
    )
    await handed_over(office)

    answer = await office.ben.command("/tasks", "team", channel="manila")

    assert "Prepare June report" in words(answer.blocks)


async def test_a_task_shows_its_history(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.press(card, "task.accept")
    await office.maya.command("/tasks", "due 1 mon 10:00", channel="manila")
    await office.ana.command("/ack", "1 ask which format?", channel="manila")

    mine = words((await office.maya.command("/tasks", "1", channel="manila")).blocks)
    theirs = words((await office.ben.command("/tasks", "1", channel="manila")).blocks)

    assert "accepted" in mine
    assert "asked: which format?" in mine
    assert "moved it to Mon" in theirs
    assert "which format?" not in theirs


@pytest.mark.parametrize("sender", ["ana", "maya"])
async def test_it_works_in_a_direct_message_without_the_slash(office: Office, sender: str) -> None:
    await handed_over(office)
    person: Person = office.person(sender)

    await person.say(person.dm, "tasks 1")

    await dm_of(office, person, words="Prepare June report, due")


async def test_an_answer_in_a_direct_message_shows_what_became_of_it(office: Office) -> None:
    await handed_over(office)
    await office.ana.say(office.ana.dm, "ack 1")
    answer = await dm_of(office, office.ana, words="You accepted task 1: Prepare June report, due")

    await office.ana.press(answer, "task.done")

    await office.slack.until(lambda: "Done by" in words(answer.blocks))


async def test_copies_in_direct_messages_have_the_buttons_of_their_reader(
    office: Office,
) -> None:
    await office.maya.command("/delegate", REPORT, channel="lobby")
    mine = await dm_of(office, office.maya, words="June", kind="baton_task")
    theirs = await dm_of(office, office.ana, words="June", kind="baton_task")
    assert buttons(mine.blocks)[:3] == ["task.change", "task.note", "task.cancel"]

    await office.ana.press(theirs, "task.ask")
    await office.ana.submit(values={"question": "Which format?"})

    await shows(office, mine, "question")
    await office.slack.until(lambda: "Which format?" in words(mine.blocks))
    assert buttons(mine.blocks)[:3] == ["task.answer", "task.change", "task.cancel"]
    await office.maya.press(mine, "task.cancel")
    await shows(office, theirs, "Cancelled by")
    assert buttons(theirs.blocks) == []


async def test_a_hand_over_that_nobody_saw_yet_is_withdrawn(office: Office) -> None:
    await handed_over(office)
    told = await dm_of(office, office.ana, words="asks you")

    await office.maya.command("/tasks", "cancel 1", channel="manila")

    await shows(office, told, "Cancelled by")
    assert buttons(told.blocks) == []
    assert (await card_of(office)).text


async def test_a_task_is_put_aside_by_command(office: Office) -> None:
    await handed_over(office)

    answer = await office.ana.command("/tasks", "snooze 1 in 2 days", channel="manila")

    assert answer.text.startswith("You put aside task 1")


async def test_a_task_in_direct_messages_is_given_away_there(office: Office) -> None:
    await office.maya.command("/delegate", REPORT, channel="lobby")

    await office.maya.command("/tasks", "give 1 @ben", channel="lobby")

    await dm_of(office, office.ben, words="Prepare June report", kind="baton_task")


async def test_a_list_of_many_groups_says_how_much_is_left(office: Office) -> None:
    for number in range(22):
        await office.maya.command("/delegate", f"@ana Part {number} due fri", channel="lobby")
    await office.maya.command("/delegate", "me Part 22 due fri", channel="lobby")
    await office.ana.command("/ack", "1", channel="lobby")

    answer = await office.ana.command("/tasks", channel="lobby")

    assert "Waiting for my yes* (21)" in words(answer.blocks)
    assert "and 2 more" in words(answer.blocks)
    assert len(answer.blocks) <= 50
    assert answer.message is not None

    await office.ana.press(answer.message, "task.page.on")
    second = office.ana.ephemerals[-1]
    assert "Part 0" in words(second.blocks)
    assert "Part 1\n" not in words(second.blocks)
    assert buttons(second.blocks) == ["task.page.back"]
    await office.ana.press(second, "task.page.back")
    assert "and 2 more" in words(office.ana.ephemerals[-1].blocks)


async def test_how_it_is_going_is_answered_without_asking_anybody(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.press(card, "task.accept")
    await office.ana.command("/tasks", "note 1 Half of it is there", channel="manila")
    detail = await office.maya.command("/tasks", "1", channel="manila")
    assert detail.message is not None

    await office.maya.press(detail.message, "task.status")

    answered = office.maya.ephemerals[-1]
    assert "Half of it is there" in words(answered.blocks)
    assert buttons(answered.blocks) == ["task.check", "task.show"]
    assert len(office.slack.find(office.ana.dm)) == 1

    await office.maya.press(answered, "task.check")
    told = await dm_of(office, office.ana, words="asks how it is going with task 1")
    assert buttons(told.blocks)[:3] == ["task.note", "task.done", "task.block"]
    await office.ana.press(told, "task.note")
    await office.ana.submit(values={"note": "Nearly"})
    await shows(office, told, "settled")


async def test_how_it_stands_is_typed_too_and_only_the_delegator_asks(office: Office) -> None:
    await handed_over(office)

    stands = await office.ana.command("/tasks", "status 1", channel="manila")
    asked = await office.maya.command("/tasks", "check 1", channel="manila")
    refused = await office.ana.command("/tasks", "check 1", channel="manila")

    assert "Nobody has noted anything yet" in words(stands.blocks)
    assert "task.check" not in buttons(stands.blocks)
    assert "You asked how it is going with task 1" in asked.text
    assert "Only maya can ask how it is going with task 1" in refused.text


async def test_whoever_is_done_can_say_where_it_is(office: Office) -> None:
    card = await handed_over(office)
    await office.ana.react(card, "white_check_mark")
    await office.slack.until(lambda: office.ana.ephemerals)
    offered = office.ana.ephemerals[-1]

    await office.ana.press(offered, "task.where")
    await office.ana.submit(values={"link": "https://example.com/june"})

    await shows(office, card, "https://example.com/june")
    await office.maya.press(card, "task.where")
    assert "https://example.com/june" in words(office.maya.ephemerals[-1].blocks)
    assert "Where is it?" in offered.text
    await office.slack.until(lambda: "task.where" in buttons(card.blocks))


async def test_a_long_history_and_a_long_text_fit_into_slacks_limits(office: Office) -> None:
    await handed_over(office, f"@ana {'<> & so on ' * 2_200} due fri 17:00")
    for number in range(33):
        await office.ana.command("/tasks", f"note 1 line {number}", channel="manila")

    answer = await office.ana.command("/tasks", "1", channel="manila")

    said = words(answer.blocks)
    assert answer.ok
    assert len(answer.blocks) <= 50
    assert "4 earlier steps are not shown." in said
    assert "The text goes on beyond what Slack shows." in said


async def test_a_task_of_a_team_in_a_channel_i_am_not_in_stays_unseen(office: Office) -> None:
    joy = office.world.add_person("joy")
    await office.maya.command(
        "/baton", "team create Manila tz Asia/Manila at 09:00 on mon-fri", channel="manila"
    )
    await office.maya.command("/baton", "team add @joy", channel="manila")
    await handed_over(office)

    answer = await office.slack.person(joy).command("/tasks", "team")

    assert "Nothing is open in your teams that you can see" in answer.text


async def test_what_is_not_about_tasks_is_not_answered_here(office: Office) -> None:
    request = Request(
        workspace=office.workspace,
        user=office.user("ana"),
        channel=ChannelId("C1"),
        text="",
        key="1",
        via=Via.COMMAND,
        now=office.clock(),
    )

    with pytest.raises(TypeError, match="Menu is not about tasks"):
        await tasks.task(office.baton.edge, request, Menu())
