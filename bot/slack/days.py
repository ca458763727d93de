"""*Your day* as people use it: what its buttons do, and `/baton day`, which shows it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.errors import BotError
from bot.domain.task import TaskNumber, listed
from bot.slack import day_posts, moving_posts
from bot.slack.acquaintance import known
from bot.slack.blocks import actions, button, context, input_checked, modal, section
from bot.slack.edge import Answer, actor
from bot.slack.surfaces import open_modal
from bot.slack.task_values import LARGEST, pressed_task, pressed_words
from bot.slack.task_words import name_of
from bot.slack.whispering import whisper
from bot.usecases import day_views, moving, task_views, your_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.async_context import AsyncBoltContext

    from bot.domain.post import Rendered
    from bot.slack.edge import Edge, Request

_TOO_OLD = "This button is out of date. `/tasks` lists what is yours."


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons of a day."""
    listeners = _Listeners(edge)
    app.action(day_posts.NOT_TODAY)(listeners.put_away)
    app.action(day_posts.WAIT)(listeners.wait)
    app.action(day_posts.TALK)(listeners.talk)
    app.action(day_posts.NEVER_REMIND)(listeners.never_remind)
    app.action(day_posts.REMIND)(listeners.remind)
    app.action(day_posts.MOVE)(listeners.open_moving)
    app.view(day_posts.MOVE)(listeners.ask_to_move)


@dataclass(frozen=True)
class _Listeners:
    edge: Edge

    async def put_away(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        await self.edge.do(workspace, your_day.put_away, _subject(_value(body)), by=user)
        await ack()

    async def wait(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        workspace, user = actor(body, context)
        task, subject = pressed_task(body), _subject(pressed_words(body))
        await self.edge.do(workspace, your_day.put_off, subject, task, by=user)
        await ack()

    async def talk(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        """Show whom to write to; nobody hears that the button was pressed."""
        workspace, user = actor(body, context)
        view = await self.edge.do(workspace, task_views.detail, pressed_task(body), by=user)
        others = [f"<@{one}>" for one in view.task.concerned if one != user]
        text = (
            f"Press a name to write or to call: {listed(others)}. "
            "Nobody was told that you pressed *Talk*."
        )
        shown = modal("day.talk", "Talk", [section(text)])
        await open_modal(self.edge, workspace, body, shown)
        await ack()

    async def never_remind(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        await known(self.edge, workspace, (user,))
        await self._remind(body, context, wanted=False)
        text = (
            "Your day no longer says when a written huddle is unanswered. "
            "`/baton me` takes this back."
        )
        row = actions(button("Remind me again", day_posts.REMIND))
        await whisper(self.edge.gateway, body, text, [section(text), row])
        await ack()

    async def remind(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await self._remind(body, context, wanted=True)
        text = "Your day says again when a written huddle is unanswered."
        await whisper(self.edge.gateway, body, text)
        await ack()

    async def _remind(
        self, body: dict[str, Any], context: AsyncBoltContext, *, wanted: bool
    ) -> None:
        workspace, user = actor(body, context)
        now = self.edge.clock()
        await self.edge.do(workspace, your_day.remind, by=user, wanted=wanted, now=now)

    async def open_moving(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        workspace, user = actor(body, context)
        now = self.edge.clock()
        tasks = await self.edge.do(workspace, moving.movable, user, now=now)
        if not tasks:
            raise BotError("Nothing of this is left to be moved. `/tasks` lists what is yours.")
        people = await known(self.edge, workspace, {user, *(task.delegator for task in tasks)})
        await open_modal(self.edge, workspace, body, moving_posts.form(tasks, people))
        await ack()

    async def ask_to_move(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
    ) -> None:
        workspace, user = actor(body, context)
        chosen = input_checked(view["state"], "tasks")
        numbers = {
            TaskNumber(int(one)) for one in chosen if one.isdecimal() and int(one) <= LARGEST
        }
        hears = await self.edge.do(workspace, moving.ask, numbers, by=user, now=self.edge.clock())
        people = await known(self.edge, workspace, hears)
        who = listed(name_of(people.get(one)) for one in hears) if hears else ""
        text = (
            f"{who} {'is' if len(hears) == 1 else 'are'} asked to move what you chose."
            if hears
            else "They were asked about that day before, so nobody gets another message."
        )
        await ack(response_action="update", view=modal("day.moved", "Ask to move", [section(text)]))


async def day(edge: Edge, request: Request) -> Answer:
    """Answer with what somebody's day would hold if it began now."""
    await known(edge, request.workspace, (request.user,))
    text, blocks = await edge.do(request.workspace, _shown, request)
    return Answer(text, blocks)


def _shown(tx: Any, request: Request) -> tuple[str, list[dict[str, Any]]]:  # noqa: ANN401  # the store's Tx
    found = your_day.preview(tx, request.user, now=request.now)
    view = day_views.of_day(tx, found)
    rows = day_posts.rows_of(tx, view, request.now, message_of=_never)
    if not rows:
        text = "Your day holds nothing: no task is due soon, and nothing waits for you."
        return text, [section(text)]
    return day_posts.shown(view, rows, is_preview=True)


def _never(tx: object, post: object, now: object) -> Rendered:
    """Fail: a day that is only looked at holds nothing that waited."""
    raise AssertionError(tx, post, now)


def reminders(*, is_reminded: bool) -> list[dict[str, Any]]:
    """Return what offers huddles as lines again to whoever did not want them."""
    if is_reminded:
        return []
    return [
        context("Unanswered written huddles are not among the lines of *Your day*."),
        actions(button("Remind me of huddles", day_posts.REMIND)),
    ]


def _value(body: Mapping[str, Any]) -> str:
    return str(body["actions"][0].get("value") or "")


def _subject(text: str) -> str:
    """Return which day a button belongs to."""
    try:
        your_day.from_subject(text)
    except ValueError:
        raise BotError(_TOO_OLD) from None
    return text
