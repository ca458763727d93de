"""Slack hangs while a modal is opened: the person hears what to do, and keeps what they wrote."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.slack import surfaces
from bot.slack.home import DELEGATE, SET_UP_A_TEAM
from bot.slack.hours import SET_HOURS
from bot.slack.patience import ANSWERED, LEAST, somebody_waits, within
from tests.slack.handing import handed_over, words

if TYPE_CHECKING:
    from bot.sandbox.answers import Answer
    from bot.sandbox.records import Ephemeral, Message
    from tests.office import Office

TEAM = "team create Manila tz Asia/Manila at 09:00 on mon-fri"


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surfaces, "OPENING", 0.1)


def _hang(office: Office) -> None:
    for method in ("views.open", "views.push"):
        office.slack.faults.add("hang", method=method, count=1)


def _shown(answer: Answer) -> Message | Ephemeral:
    assert answer.message is not None
    return answer.message


async def _menu(office: Office) -> Message | Ephemeral:
    return _shown(await office.maya.command("/baton", channel="manila"))


@pytest.mark.parametrize(
    ("command", "text", "callback"),
    [
        ("/delegate", "", "task.delegate"),
        ("/delegate", "@ana Send the contract", "task.delegate"),
        ("/tasks", "edit 1", "task.delegate"),
        ("/tasks", "again 1", "task.delegate"),
        ("/tasks", "note 1", "task.note"),
        ("/baton", "team create Cebu", "team.edit"),
        ("/baton", "team edit Manila", "team.edit"),
    ],
)
async def test_a_form_that_a_command_could_not_open_is_a_button_away(
    office: Office, command: str, text: str, callback: str
) -> None:
    await office.maya.command("/baton", TEAM, channel="manila")
    await handed_over(office)
    _hang(office)

    answer = await office.maya.command(command, text, channel="manila")
    opened = await office.maya.press(_shown(answer), "command.run")

    assert answer.view is None
    assert "Slack takes too long to open this, so nothing was changed." in answer.text
    assert "it keeps what you wrote" in answer.text
    assert opened.view is not None
    assert opened.view.callback_id == callback
    assert "Cebu" not in text or "Cebu" in str(opened.view.blocks)
    assert "contract" not in text or "Send the contract" in str(opened.view.blocks)


async def test_all_that_was_typed_is_shown_when_no_button_holds_it(office: Office) -> None:
    _hang(office)
    typed = " & ".join(f"word{number}" for number in range(400))

    answer = await office.maya.command("/delegate", f"@ana {typed}", channel="manila")

    assert "The button keeps only the beginning" in answer.text
    said = words(answer.blocks)
    assert "word0 &amp; word1" in said
    assert "word399" in said


@pytest.mark.parametrize("fault", ["hang", "drop", "html"])
@pytest.mark.parametrize("action", [DELEGATE, SET_UP_A_TEAM, SET_HOURS])
async def test_a_button_that_opens_nothing_says_to_press_it_again(
    office: Office, action: str, fault: str
) -> None:
    menu = await _menu(office)
    office.slack.faults.add(fault, method="views.open", count=1)

    answer = await office.maya.press(menu, action)
    again = await office.maya.press(menu, action)

    assert answer.ok
    assert answer.view is None
    told = office.maya.member.ephemerals[-1].text
    assert told.endswith("so nothing was changed. Press the button again in a minute.")
    assert again.view is not None


async def test_the_buttons_of_a_card_and_of_a_modal_say_so_too(office: Office) -> None:
    card = await handed_over(office)
    _hang(office)
    await office.ana.press(card, "task.ask")
    assert "Press the button again" in office.ana.member.ephemerals[-1].text

    shown = await office.maya.command("/tasks", "sent", channel="manila")
    office.slack.faults.clear()
    detail = await office.maya.press(_shown(shown), "task.show")
    assert detail.view is not None
    _hang(office)
    before = len(office.slack.messages(office.maya.dm))
    await office.maya.press(detail.view, "task.change")

    # Where a modal covers everything, the answer is a direct message.
    await office.slack.until(lambda: len(office.slack.messages(office.maya.dm)) > before)
    assert "Press the button again" in office.slack.messages(office.maya.dm)[-1].text


async def test_a_huddles_form_that_does_not_open_says_so(office: Office) -> None:
    await office.maya.command("/baton", TEAM, channel="manila")
    await office.maya.command("/baton", "huddle now", channel="manila")
    await office.slack.until(lambda: office.slack.find("manila", event_type="baton_huddle"))
    (root,) = office.slack.find("manila", event_type="baton_huddle")
    _hang(office)

    await office.maya.press(root, "huddle.answer")

    assert "Press the button again" in office.maya.member.ephemerals[-1].text


async def test_shortcuts_say_to_be_chosen_again(office: Office) -> None:
    said = await office.ana.say("manila", "Somebody should send the contract")
    _hang(office)
    await office.maya.message_shortcut(said, "delegate_message")
    assert "Choose the shortcut on the message again" in office.maya.member.ephemerals[-1].text

    office.slack.faults.clear()
    _hang(office)
    await office.maya.global_shortcut("delegate_new")
    await office.slack.until(lambda: office.slack.messages(office.maya.dm))
    assert "Choose the shortcut again" in office.slack.messages(office.maya.dm)[-1].text


async def test_nothing_of_slack_that_hangs_keeps_a_command_from_its_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    await handed_over(office)
    # Who people are is remembered, but a process that has just started asks Slack again.
    await office.baton.stop()
    await office.start()
    office.slack.faults.add("hang", method="users.info", count=None)
    office.slack.faults.add("hang", method="users.list", count=None)
    office.slack.faults.add("hang", method="conversations.members", count=None)
    _hang(office)

    answer = await office.maya.command("/delegate", "@ana Send the contract", channel="manila")
    office.slack.faults.clear()

    assert answer.ok
    assert "it keeps what you wrote" in answer.text


async def test_steps_share_the_seconds_that_somebody_has() -> None:
    with somebody_waits(since=time.monotonic() - ANSWERED + 1):
        limit = within(5.0)
        async with limit:
            assert _left(limit) == pytest.approx(1.0, abs=0.2)
    with somebody_waits(since=time.monotonic() - 10):
        limit = within(5.0)
        async with limit:
            assert _left(limit) == pytest.approx(LEAST, abs=0.2)
    limit = within(5.0)
    async with limit:
        assert _left(limit) == pytest.approx(5.0, abs=0.2)


def _left(limit: object) -> float:
    when = limit.when()  # type: ignore[attr-defined]  # asyncio's own, which has no public name
    return float(when) - time.monotonic()
