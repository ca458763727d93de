"""`/ack` and `/tasks`, and the same written to Baton without a slash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import BotError
from bot.domain.fitting import misfit
from bot.domain.task import Step
from bot.slack import (
    accept_form,
    accepting,
    briefing,
    delegation_form,
    dividing,
    due_choice,
    gap_questions,
    repeat_notices,
    task_blocks,
    task_buttons,
    task_lists,
    typed,
)
from bot.slack.blocks import Block, actions, button, context, escape, section
from bot.slack.delegation_grammar import read_people
from bot.slack.edge import Answer, Form
from bot.slack.hearing import later, send_now
from bot.slack.receipts import FIT
from bot.slack.task_access import around, check_possible, due_in, readers_of, sees_card
from bot.slack.task_words import sentence
from bot.usecases import (
    agreeing,
    changing,
    delegation,
    hearing,
    repeating,
    reviewing,
    task_views,
)
from bot.usecases.task_views import Which

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.app.async_app import AsyncApp

    from bot.domain.task import Task, TaskNumber
    from bot.slack.edge import Edge, Request
    from bot.slack.typed import Typed


def register(app: AsyncApp, edge: Edge) -> None:
    """Answer the buttons of tasks and the modals of their steps."""
    task_buttons.register(app, edge)
    task_lists.register(app, edge)
    dividing.register(app, edge)
    accepting.register(app, edge)
    repeat_notices.register(app, edge)


async def task(  # noqa: PLR0911, PLR0912, C901  # one line for each thing that can be typed
    edge: Edge, request: Request, asked: Typed
) -> Answer | Form:
    """Do what was typed about tasks."""
    match asked:
        case typed.Waiting():
            return await task_lists.waiting(edge, request.workspace, request.user)
        case typed.ListTasks(scope):
            return await task_lists.listed(
                edge, request.workspace, request.user, Which(scope.value), now=request.now
            )
        case typed.ShowTask(number):
            return await _detail(edge, request, number)
        case typed.Accept(number, words):
            answer = await _step(edge, request, number, delegation.accept, "accepted", words=words)
            return await accepting.with_offers(edge, request, number, words, answer)
        case typed.Propose(number, ""):
            return await _form(edge, request, number, Step.PROPOSE, accept_form.propose_modal)
        case typed.Propose(number, said):
            return await _propose(edge, request, number, said)
        case typed.Agree(number):
            return await _step(edge, request, number, agreeing.agree, "agreed on")
        case typed.Keep(number):
            return await _step(edge, request, number, agreeing.keep, "kept")
        case typed.Talk(number, words):
            return await _step(
                edge, request, number, agreeing.talk, "asked to talk about", text=words
            )
        case typed.Decline(number, reason):
            return await _step(edge, request, number, delegation.decline, "declined", reason=reason)
        case typed.Ask(number, ""):
            return await _asking(edge, request, number)
        case typed.Ask(number, question):
            return await _step(
                edge, request, number, delegation.ask, "asked about", question=question
            )
        case typed.Card(number, words):
            return await _card_with(edge, request, number, words)
        case typed.Finish(number, note):
            return await _step(edge, request, number, delegation.finish, "finished", text=note)
        case typed.AddNote(number, ""):
            return await _form(edge, request, number, Step.NOTE, task_blocks.note_modal)
        case typed.AddNote(number, words):
            return await _step(
                edge, request, number, delegation.note, "added a note to", text=words
            )
        case typed.Reopen(number):
            return await _step(edge, request, number, delegation.reopen, "reopened")
        case typed.Cancel(number):
            return await _step(edge, request, number, delegation.cancel, "cancelled")
        case typed.AnswerQuestion(number, ""):
            return await _form(edge, request, number, Step.ANSWER, task_blocks.answer_modal)
        case typed.AnswerQuestion(number, words):
            return await _step(edge, request, number, delegation.answer, "answered on", text=words)
        case typed.HowItGoes(number):
            view = await _load(edge, request, number)
            return Answer(sentence(view, ""), task_blocks.how_it_goes(view))
        case typed.Check(number):
            return await _step(
                edge, request, number, delegation.ask_how_it_goes, "asked how it is going with"
            )
        case typed.Verify(number):
            return await _step(edge, request, number, reviewing.verify, "looked at")
        case typed.Return(number, ""):
            return await _form(edge, request, number, Step.RETURN, task_blocks.return_modal)
        case typed.Return(number, missing):
            return await _step(
                edge, request, number, reviewing.send_back, "gave back", text=missing
            )
        case typed.Divide(number, part):
            return await dividing.divide(edge, request, number, part)
        case typed.Skip(number):
            return await _step(edge, request, number, repeating.skip, "left out")
        case typed.Stop(number):
            return await _step(edge, request, number, repeating.stop, "stopped")
        case typed.Snooze(number, until):
            return await _snooze(edge, request, number, until)
        case typed.Move(number, when):
            return await _move(edge, request, number, when)
        case typed.Give(number, who):
            return await _give(edge, request, number, who)
        case typed.Edit(number):
            return await _edit(edge, request, number)
        case typed.Again(number):
            return await _again(edge, request, number)
        case _:
            raise TypeError(f"{type(asked).__name__} is not about tasks")


async def _snooze(edge: Edge, request: Request, number: TaskNumber, said: str) -> Answer:
    until = await due_in(edge, request.workspace, request.user, said, now=request.now)
    return await _step(edge, request, number, delegation.snooze, "put aside", until=until.at)


async def _move(edge: Edge, request: Request, number: TaskNumber, said: str) -> Answer:
    task = await _check(edge, request, number, Step.MOVE)
    due = await due_in(
        edge, request.workspace, request.user, said, theirs=task.people[0], now=request.now
    )
    answer = await _step(edge, request, number, changing.move, "moved", due=due)
    view = await _load(edge, request, number)
    others = (view.people[user] for user in view.task.people if user in view.people)
    found = misfit(due, [one for one in others if one.id != request.user], now=request.now)
    if found is None:
        return answer
    line = due_choice.outside(due, found)
    row = due_choice.moves(due, found, FIT, before=f"{number} ")
    return Answer(f"{answer.text}\n{line}", [*answer.blocks, context(line), *row])


async def _propose(edge: Edge, request: Request, number: TaskNumber, said: str) -> Answer:
    # What is said of a task's words comes before what is wrong with a time.
    await _check(edge, request, number, Step.PROPOSE)
    due, instead = await accepting.read_proposal(edge, request, said)
    did = f"proposed {due.words} for" if due else "proposed something else for"
    return await _step(edge, request, number, agreeing.propose, did, due=due, instead=instead)


async def _give(edge: Edge, request: Request, number: TaskNumber, said: str) -> Answer:
    await _check(edge, request, number, Step.GIVE)
    there = await around(edge, request, by_name=True)
    found = read_people(said, names=there.names, name_of=there.name_of, me=request.user)
    if found.problems or not found.users:
        problem = "Say to whom: mention somebody with @ and pick a name from Slack's list."
        raise BotError(" ".join(found.problems) or problem)
    in_channel = await readers_of(edge, request.workspace, number, request.user)
    await _do(edge, request, number, changing.give, found.users, in_channel=in_channel)
    return await _after(edge, request, number, "gave away")


async def _edit(edge: Edge, request: Request, number: TaskNumber) -> Form:
    check_possible(await _check(edge, request, number, Step.EDIT), Step.EDIT)
    view = await _load(edge, request, number)
    filled = delegation_form.of_task(view)
    form = await briefing.shown(edge, request.workspace, request.user, filled, now=request.now)
    return Form(form, Answer(f"What do you want to change in task {number}?"))


async def _again(edge: Edge, request: Request, number: TaskNumber) -> Form:
    view = await _load(edge, request, number)
    filled = delegation_form.of_task(view, is_new=True)
    form = await briefing.shown(edge, request.workspace, request.user, filled, now=request.now)
    return Form(form, Answer(f"Task {number} once more: when is it due this time?"))


async def _form(
    edge: Edge, request: Request, number: TaskNumber, step: Step, form: Callable[..., Block]
) -> Form:
    """Answer with the modal in which the words that are missing can be written."""
    check_possible(await _check(edge, request, number, step), step)
    return Form(form(number), Answer(_MISSING[step].format(number=number)))


async def _asking(edge: Edge, request: Request, number: TaskNumber) -> Form:
    """Answer with the modal for a question, in which what is not said yet is a tap away."""
    task = await _check(edge, request, number, Step.ASK)
    check_possible(task, Step.ASK)
    view = task_blocks.ask_modal(number, gap_questions.offered(task))
    return Form(view, Answer(_MISSING[Step.ASK].format(number=number)))


_MISSING = {
    Step.ASK: "What do you want to ask about task {number}?",
    Step.PROPOSE: "When could you have task {number}?",
    Step.NOTE: "What do you want to note on task {number}?",
    Step.RETURN: "What is still missing in task {number}?",
    Step.ANSWER: "What is your answer on task {number}?",
}


async def _step(
    edge: Edge,
    request: Request,
    number: TaskNumber,
    verb: Callable[..., Any],
    did: str,
    **given: object,
) -> Answer:
    await _do(edge, request, number, verb, **given)
    return await _after(edge, request, number, did)


async def _do(
    edge: Edge,
    request: Request,
    number: TaskNumber,
    verb: Callable[..., Any],
    *args: object,
    **given: object,
) -> None:
    """Take a step for the one who asks, who may see what their channels show."""
    visible = await sees_card(edge, request.workspace, number, request.user)
    await edge.do(
        request.workspace,
        verb,
        number,
        *args,
        **given,
        by=request.user,
        via=request.via,
        sees_card=visible,
        now=request.now,
    )


async def _check(edge: Edge, request: Request, number: TaskNumber, step: Step) -> Task:
    visible = await sees_card(edge, request.workspace, number, request.user)
    return await edge.do(
        request.workspace, delegation.check, number, step, by=request.user, sees_card=visible
    )


async def _load(edge: Edge, request: Request, number: TaskNumber) -> task_views.TaskView:
    visible = await sees_card(edge, request.workspace, number, request.user)
    return await edge.do(
        request.workspace, task_views.detail, number, by=request.user, sees_card=visible
    )


async def _detail(edge: Edge, request: Request, number: TaskNumber) -> Answer:
    view = await _load(edge, request, number)
    return Answer(sentence(view, ""), task_blocks.detail(view))


async def _after(edge: Edge, request: Request, number: TaskNumber, did: str) -> Answer:
    """Answer a step with what it made of the task, who hears of it later, and what can be done."""
    view = await _load(edge, request, number)
    text = sentence(view, did)
    held = await edge.do(
        request.workspace, hearing.of_latest, number, by=request.user, now=request.now
    )
    if held is None:
        return Answer(text, [section(text), *task_blocks.buttons(view)])
    text = f"{text}\n{later(held, request.user)}"
    return Answer(text, [section(text), send_now(number, held), *task_blocks.buttons(view)])


async def _card_with(edge: Edge, request: Request, number: TaskNumber, words: str) -> Answer:
    """Answer words that are no answer to a task with its card, and keep them in its *Ask*."""
    await _check(edge, request, number, Step.ASK)
    view = await _load(edge, request, number)
    text = f"Is that a yes? Nothing was changed. *Ask* holds your words: {escape(words[:300])}"
    asked = button("Ask", "task.ask", value=f"{number} {words}"[:1_900])
    row = actions(
        button("Accept", "task.accept", value=str(number), style="primary"),
        asked,
        button("Decline", "task.decline", value=str(number)),
    )
    return Answer(text, [section(text), *task_blocks.card(view), row])
