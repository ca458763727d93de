"""One way for everything that is typed: after a slash, in a message, or by a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.office import opened

if TYPE_CHECKING:
    from bot.sandbox.records import Ephemeral, Message
    from tests.office import Office


def _last(office: Office, name: str) -> Message:
    return office.slack.messages(office.person(name).dm)[-1]


async def _written(office: Office, name: str, text: str) -> Message:
    """Write to Baton, and return its answer."""
    person = office.person(name)
    before = len(office.slack.messages(person.dm))
    await person.say(person.dm, text)
    await office.slack.until(lambda: len(office.slack.messages(person.dm)) >= before + 2)
    return _last(office, name)


async def test_the_menu_leads_to_everything(office: Office) -> None:
    menu = await office.maya.command("/baton", channel="manila")
    shown = _shown(menu.message)

    tasks = await office.maya.press(shown, "command.run.tasks", value="tasks mine")
    team = await office.maya.press(shown, "team.create")

    assert tasks.ok
    assert team.view is not None
    assert team.view.callback_id == "team.edit"


@pytest.mark.parametrize("text", ["help", "/baton help"])
async def test_whoever_writes_help_gets_all_of_it(office: Office, text: str) -> None:
    answer = await _written(office, "ana", text)

    assert "delegate @ana" in answer.text
    assert "team create" in answer.text


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("text", ["@Baton Tasks Mine", "  @baton, tasks mine", "@Baton: TASKS"])
async def test_a_message_may_begin_with_batons_name(
    office: Office, *, text: str, raw: bool
) -> None:
    await office.ana.say(office.ana.dm, text, raw=raw)
    await office.slack.until(lambda: len(office.slack.messages(office.ana.dm)) == 2)
    answer = _last(office, "ana")

    assert "cannot read" not in answer.text
    menu = await _written(office, "ana", "@Baton")
    assert "Delegate a task" in str(menu.blocks)


async def test_capitals_make_no_difference(office: Office) -> None:
    created = await office.maya.command(
        "/baton", "TEAM Create Manila TZ manila AT 09:00 ON Mon-Fri", channel="manila"
    )
    status = await office.maya.command("/baton", "Huddle STATUS", channel="manila")
    tasks = await office.maya.command("/tasks", "MINE", channel="manila")

    assert "Manila is set up" in created.text
    assert "None was held yet" in status.text
    assert "Did you mean" not in tasks.text


async def test_a_task_is_delegated_and_finished_by_messages_alone(office: Office) -> None:
    receipt = await _written(office, "maya", "delegate @ana Send the contract due tomorrow")
    assert "Task 1" in receipt.text
    await office.slack.until(lambda: office.slack.find(office.ana.dm, event_type="baton_task"))

    await _written(office, "ana", "ack 1 yes")
    await _written(office, "ana", "done 1")

    answer = await _written(office, "maya", "tasks 1")
    assert "done" in str(answer.blocks)


async def test_a_form_that_no_message_can_open_is_a_button_away(office: Office) -> None:
    answer = await _written(office, "maya", "delegate @ana Send the contract")

    form = await office.maya.press(answer, "command.run")

    assert "Say by when" in answer.text
    assert form.view is not None
    assert form.view.callback_id == "task.delegate"
    assert office.user("ana") in str(form.view.blocks)


async def test_nonsense_in_a_message_is_answered_once(office: Office) -> None:
    answer = await _written(office, "ben", "lorem ipsum")

    assert "`baton help` for everything" in answer.text
    assert len(office.slack.messages(office.ben.dm)) == 2


async def test_a_greeting_is_answered_with_the_menu(office: Office) -> None:
    answer = await _written(office, "ben", "hello")

    assert "Delegate a task" in str(answer.blocks)


@pytest.mark.parametrize("code", ["expired_trigger_id", "exchanged_trigger_id"])
async def test_a_form_that_comes_too_late_says_so(office: Office, code: str) -> None:
    office.slack.faults.add("error", method="views.open", code=code, count=1)

    answer = await office.maya.command("/delegate", "@ana Send it", channel="manila")
    form = await office.maya.press(_shown(answer.message), "command.run")

    assert answer.text.startswith("That took too long for Slack to open this")
    assert form.view is not None
    assert "Send it" in str(form.view.blocks)


async def test_slack_refusing_a_form_for_another_reason_is_not_the_persons_fault(
    office: Office,
) -> None:
    office.slack.faults.add("error", method="views.open", code="view_too_large", count=1)

    answer = await office.maya.command("/delegate", channel="manila")

    assert answer.text == "Slack did not let Baton do that just now. Try again in a minute."


async def test_me_says_where_and_when_i_am(office: Office) -> None:
    answer = await office.ana.command("/baton", "me")

    assert "Manila for you" in answer.text
    assert "Set my hours" in str(answer.blocks)


async def test_talk_in_a_channel_is_none_of_batons_business(office: Office) -> None:
    said = await office.ana.say("manila", "delegate @ben Buy milk due tomorrow")
    await office.ben.say("manila", "done 1", thread=said.ts)
    await office.slack.settled()

    assert len(office.slack.messages("manila")) == 1
    assert not office.slack.calls("chat.postMessage")


def _shown(message: Message | Ephemeral | None) -> Message | Ephemeral:
    assert message is not None
    return message


async def test_an_installation_with_a_prefix_speaks_of_its_own_commands(sqlite_url: str) -> None:
    async with opened(sqlite_url, prefix="acme-") as office:
        refusal = await office.maya.command("/acme-ack", "999", channel="manila")
        created = await office.maya.command("/acme-baton", "team remove @ana", channel="manila")
        await office.maya.command(
            "/acme-delegate", "@ana Read the/tasks due tomorrow", channel="manila"
        )
        shown = await office.maya.command("/acme-tasks", "1", channel="manila")

    assert "`/acme-tasks` lists yours" in refusal.text
    assert "/acme-baton team create" in created.text
    assert "the/tasks" in shown.text


async def test_whoever_writes_before_any_team_exists_finds_how_to_set_one_up(
    office: Office,
) -> None:
    for text in ("how does this work?", "tasks", "help"):
        answer = await _written(office, "ana", text)
        assert "Set up a team" in str(answer.blocks)
    await office.maya.command(
        "/baton", "team create Manila tz Manila at 09:00 on mon-fri", channel="manila"
    )

    answer = await _written(office, "ana", "tasks")

    assert "Set up a team" not in str(answer.blocks)


async def test_a_message_that_slack_delivers_twice_is_answered_once(office: Office) -> None:
    office.slack.faults.add("duplicate", method="message", count=1)

    await office.ana.say(office.ana.dm, "tasks")
    await office.slack.settled()

    assert len(office.slack.messages(office.ana.dm)) == 2


async def test_a_reply_to_a_message_about_a_task_is_about_that_task(office: Office) -> None:
    await office.maya.command("/delegate", "@ana Send it due tomorrow", channel="manila")
    told = await office.slack.until(
        lambda: office.slack.find(office.ana.dm, event_type="baton_note")
    )

    await office.ana.say(office.ana.dm, "the draft is ready", thread=told[0].ts)
    await office.ana.say(office.ana.dm, "Done.", thread=told[0].ts)

    shown = await office.maya.command("/tasks", "1")
    assert "the draft is ready" in str(shown.blocks)
    assert "*done*" in str(shown.blocks)


async def test_a_reply_to_any_other_answer_is_read_like_a_message(office: Office) -> None:
    answer = await _written(office, "ana", "tasks")

    await office.ana.say(office.ana.dm, "help", thread=answer.ts)

    await office.slack.until(lambda: "team create" in _last(office, "ana").text)
