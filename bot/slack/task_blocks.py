"""The blocks of a task: its card, messages about it, lists, and the modals of its steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.domain.agreement import lacks_words
from bot.domain.task import YES, Reply, Status, Step
from bot.slack import brief_words
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    cut,
    divider,
    escape,
    modal,
    moment,
    section,
    text_input,
)
from bot.slack.task_words import (
    closing,
    facts_line,
    history_line,
    name_of,
    parts_lines,
    people_line,
    proposed_words,
    repeats_line,
    row,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.task import TaskEvent, TaskNumber
    from bot.usecases.task_views import Listing, TaskView, Which

MORE_LIMIT = 2_900
NOTE_LIMIT = 500
MOST_BLOCKS = 50
MOST_ROWS = 20
MOST_CARDS = 12
MOST_STEPS = 30
_MOST_PIECES = 10


def card(view: TaskView) -> list[Block]:
    """Return what stands on a card, without its buttons."""
    task = view.task
    blocks = [section(f"*{escape(task.title)}*\n{people_line(view)}\n{facts_line(view)}")]
    if task.more:
        blocks.append(section(_with_rest(escape(task.more), MORE_LIMIT, task.number)))
    blocks += brief_words.details(view)
    if parts := parts_lines(view):
        blocks.append(section(parts))
    if task.parent is not None:
        blocks.append(context(f"A part of task {task.parent}"))
    if view.is_private and (words := _private(view)):
        blocks.append(section(words) | _talk(view))
    if note := view.last_note:
        who = name_of(view.people.get(note.by))
        blocks.append(context(f"{who} noted: {cut(escape(note.text), NOTE_LIMIT)}"))
    blocks += brief_words.grey(view)
    if repeats := repeats_line(view):
        blocks.append(context(repeats))
    if not task.is_open:
        blocks.append(context(closing(view)))
    return blocks


def settled(line: str) -> list[Block]:
    """Return the one grey line that stays of a message about which nothing is to be done."""
    return [context(line)]


def buttons(view: TaskView) -> list[Block]:
    """Return the row of buttons of a card, or nothing; in a channel, those of its assignees."""
    task = view.task
    if view.reader is not None and not task.is_assignee(view.reader):
        is_asked = task.pending is not None
        theirs = ["agree", "talk", "keep"] if is_asked else _of_delegator(view)
        chosen = theirs if view.reader == task.delegator else []
    else:
        chosen = _of_assignee(view)
    return [actions(*(_button(name, task.number) for name in chosen))] if chosen else []


def more_buttons(view: TaskView) -> list[Block]:
    """Return everything else that the reader can do, three in a row."""
    task = view.task
    shown = {
        element["action_id"] for block in buttons(view) for element in block.get("elements", ())
    }
    chosen: list[str] = []
    if view.reader is not None and task.is_assignee(view.reader) and task.is_open:
        chosen += ["accept"] if view.reply not in YES else []
        chosen += ["reopen"] if view.reply is Reply.DONE else []
        chosen += ["done", "note", "ask", "block", "snooze"]
        chosen += ["propose"] if view.reader != task.delegator else []
        chosen += ["say"] if lacks_words(task, view.reader) else []
        chosen += ["decline"]
    if view.reader == task.delegator:
        chosen += ["note", "change", "cancel"] if task.is_open else []
        chosen += ["divide"] if task.is_open and task.parent is None else []
        chosen += ["verify", "return", "reopen"] if task.status is Status.DONE else []
        chosen += ["reopen"] if task.status is Status.VERIFIED else []
        chosen += ["change", "reopen"] if task.status is Status.DECLINED else []
        chosen += ["reopen"] if task.status is Status.CANCELLED else []
    chosen += _of_delegator(view) if view.reader == task.delegator else []
    if view.repeats and view.reader == task.delegator:
        chosen += [*(["skip"] * task.is_open), "stop"]
    chosen += ["again"] if view.is_private else []
    left = [name for name in dict.fromkeys(chosen) if f"task.{name}" not in shown]
    return [
        actions(*(_button(name, task.number) for name in left[start : start + 3]))
        for start in range(0, len(left), 3)
    ]


def detail(view: TaskView) -> list[Block]:
    """Return a task with all that was said, its history, and all that the reader can do."""
    task = view.task
    blocks = card(view)
    if task.more:
        pieces = _pieces(task.more)
        blocks[1:2] = [section(piece) for piece in pieces[:_MOST_PIECES]]
        if len(pieces) > _MOST_PIECES:
            blocks.insert(_MOST_PIECES + 1, context("The text goes on beyond what Slack shows."))
    if cut_short := brief_words.details(view):
        place = blocks.index(cut_short[0])
        blocks[place : place + len(cut_short)] = brief_words.details(view, whole=True)
    ends = [*buttons(view), *more_buttons(view)]
    lines = [history_line(view, event) for event in view.history]
    # The divider and what says that there is more take two.
    room = min(MOST_STEPS, MOST_BLOCKS - len(blocks) - len(ends) - 2)
    older = len(lines) - room
    blocks.append(divider())
    if older > 0:
        blocks.append(context(f"{older} earlier steps are not shown."))
    return [*blocks, *(context(line) for line in lines[-room:]), *ends]


def cards(views: Sequence[TaskView]) -> list[Block]:
    """Return tasks one below the other, each with its buttons."""
    blocks: list[Block] = []
    for view in views[:MOST_CARDS]:
        task = view.task
        words = f"*{escape(task.title)}*\n{people_line(view)}\n{facts_line(view)}"
        blocks += [section(words), *buttons(view)]
    left = len(views) - MOST_CARDS
    return [*blocks, context(f"and {left} more")] if left > 0 else blocks


def rows(listing: Listing, which: Which, now: datetime, *, start: int = 0) -> list[Block]:
    """Return a page of the groups of a list, each task with a button that opens it."""
    blocks: list[Block] = []
    total = sum(len(tasks) for _, tasks in listing.groups)
    start = start if start < total else 0
    passed = 0
    for heading, tasks in listing.groups:
        first = max(start - passed, 0)
        shown = tasks[first : max(start + MOST_ROWS - passed, 0)]
        passed += len(tasks)
        if shown:
            blocks.append(context(f"*{heading}* ({len(tasks)})"))
        for task in shown:
            opened = button("Open", "task.show", value=str(task.number))
            blocks.append(section(row(task, listing.people, now)) | {"accessory": opened})
    left = total - start - MOST_ROWS
    turns = [button("Earlier", "task.page.back", value=f"{which} {start - MOST_ROWS}")] * (
        start > 0
    )
    if left > 0:
        blocks.append(context(f"and {left} more"))
        turns.append(button("More", "task.page.on", value=f"{which} {start + MOST_ROWS}"))
    return [*blocks, actions(*turns)] if turns else blocks


def with_ids(blocks: Sequence[Block], prefix: str) -> list[Block]:
    """Return blocks whose ids are new with every `prefix`, so that Slack draws them anew."""
    return [block | {"block_id": f"{prefix}.{place}"} for place, block in enumerate(blocks)]


def ask_modal(task: TaskNumber, above: Sequence[Block] = (), *, initial: str = "") -> Block:
    """Return the form for a question, below those that one tap asks."""
    return _modal(
        "task.ask",
        f"Ask about task {task}",
        text_input("question", "What do you need to know?", initial=initial, multiline=True),
        task,
        submit="Ask",
        above=above,
        below="Only the delegator and the assignees see it. The task waits for the answer.",
    )


def decline_modal(task: TaskNumber) -> Block:
    taps = [
        section("What would help most? One tap is enough."),
        actions(_button("propose", task), button("Need information", "task.ask", value=str(task))),
        task_buttons(task, *(f"reason.{name}" for name in REASONS)),
    ]
    return _modal(
        "task.decline",
        f"Decline task {task}",
        text_input("reason", "Other", multiline=True, optional=True),
        task,
        submit="Decline",
        above=with_ids(taps, "tap"),
        below="Only the delegator and the assignees see the reason.",
    )


def note_modal(task: TaskNumber) -> Block:
    return _modal(
        "task.note",
        f"Note on task {task}",
        text_input("note", "What is new?", multiline=True),
        task,
        submit="Save",
        below="Everybody who sees the card sees the note. Nobody gets a message.",
    )


def answer_modal(task: TaskNumber, question: str = "") -> Block:
    asked = [section(f">{cut(escape(' '.join(question.split())), MORE_LIMIT)}")] if question else []
    return _modal(
        "task.answer",
        f"Answer on task {task}",
        text_input("answer", "Your answer", multiline=True),
        task,
        submit="Answer",
        above=asked,
        below="Only the delegator and the assignees see it.",
    )


def block_modal(task: TaskNumber) -> Block:
    return _modal(
        "task.block",
        f"Task {task} is blocked",
        text_input("reason", "What is it waiting for?", multiline=True, optional=True),
        task,
        submit="Save",
        below="Only the delegator and the assignees see it.",
    )


def return_modal(task: TaskNumber) -> Block:
    return _modal(
        "task.return",
        f"Give task {task} back",
        text_input("missing", "What is still missing?", multiline=True),
        task,
        submit="Give back",
        below="Whoever did it hears of it, and the task is open again.",
    )


def where_modal(task: TaskNumber) -> Block:
    return _modal(
        "task.where",
        f"Task {task}: where is it?",
        text_input("link", "Where can it be found?", placeholder="https://…"),
        task,
        submit="Save",
        below="Everybody who sees the card sees it. Nobody gets a message.",
    )


def how_it_goes(view: TaskView) -> list[Block]:
    """Return how a task stands as far as is known, without asking anybody."""
    task = view.task
    blocks = [section(f"*{escape(task.title)}*\n{people_line(view)}\n{facts_line(view)}")]
    if note := view.last_note:
        said = history_line(view, note)
        blocks.append(context(said))
    else:
        blocks.append(context("Nobody has noted anything yet."))
    if view.reader == task.delegator and task.is_open:
        blocks += [
            task_buttons(task.number, "check", "show"),
            context("*Ask anyway* is one message, in the other's working hours."),
        ]
    return blocks


def snooze_modal(task: TaskNumber) -> Block:
    return _modal(
        "task.snooze",
        f"Put task {task} aside",
        text_input("until", "Until when?", placeholder="mon, or tomorrow 14:00"),
        task,
        submit="Save",
        below="The due time stays what it is.",
    )


def _modal(
    callback_id: str,
    title: str,
    given: Block,
    task: TaskNumber,
    *,
    submit: str,
    above: Sequence[Block] = (),
    below: str,
) -> Block:
    return modal(
        callback_id,
        title,
        [*above, given, context(below)],
        submit=submit,
        private_metadata=json.dumps({"task": task}),
    )


REASONS = {"time": "No time", "area": "Not my area"}
"""Why somebody declines, by a tap."""

_LABELS = {
    **{f"reason.{name}": words for name, words in REASONS.items()},
    "agree": "Agree",
    "talk": "Talk",
    "keep": "Keep",
    "propose": "I could by…",
    "say": "Say it in your words",
    "accept": "Accept",
    "ask": "Ask",
    "decline": "Decline",
    "done": "Done",
    "note": "Note",
    "reopen": "Reopen",
    "answer": "Answer",
    "block": "Blocked",
    "snooze": "Put aside",
    "change": "Change",
    "cancel": "Cancel task",
    "skip": "Skip this one",
    "stop": "Stop repeating",
    "again": "Once more",
    "divide": "Divide",
    "status": "How is it going?",
    "check": "Ask anyway",
    "where": "Add a link",
    "show": "Open",
    "verify": "Good",
    "return": "Give back",
    "undo": "Undo",
    "send_now": "Send now",
}
_STYLES = dict.fromkeys(("accept", "agree", "done", "answer", "verify"), "primary")

_CONFIRMED = {
    "cancel": (
        "Cancel task {task}?",
        "Whoever works on it gets a message.",
        "Cancel the task",
        "Keep it",
    ),
    "skip": (
        "Skip task {task}?",
        "Whoever works on it gets a message. The next one comes as usual.",
        "Skip this one",
        "Keep it",
    ),
    "stop": (
        "Stop repeating?",
        "Task {task} stays; no further one comes.",
        "Stop repeating",
        "Keep repeating",
    ),
}


def _button(name: str, task: TaskNumber) -> Block:
    confirm = None
    if name in _CONFIRMED:
        question, what, yes, no = _CONFIRMED[name]
        confirm = {
            "title": {"type": "plain_text", "text": question.format(task=task)},
            "text": {"type": "plain_text", "text": what.format(task=task)},
            "confirm": {"type": "plain_text", "text": yes},
            "deny": {"type": "plain_text", "text": no},
        }
    return button(
        _LABELS[name],
        f"task.{name}",
        value=str(task),
        style=_STYLES.get(name),
        confirm=confirm,
    )


def task_buttons(task: TaskNumber, *chosen: str) -> Block:
    return actions(*(_button(name, task) for name in chosen))


def _of_assignee(view: TaskView) -> list[str]:
    """Return the buttons of whom it was given to; in a channel, of all of them together."""
    task = view.task
    if not task.is_open:
        return ["reopen", "where"] if task.status is Status.DONE else []
    if view.reply is Reply.DONE:
        return ["note", "reopen"]
    said = {given.reply for given in task.assignees} if view.reader is None else {view.reply}
    if said & YES:
        # One row serves those who said yes, and those who still may.
        may_accept = task.status is Status.BLOCKED or Reply.NONE in said
        return [*(["accept"] * may_accept), "done", "note"]
    if task.status is Status.BLOCKED:
        return ["accept", "done", "note"]
    return ["accept", "ask", "decline"] if Reply.NONE in said else []


_OF_DELEGATOR = {
    Status.WAITING: ["change", "note", "cancel"],
    Status.ASKED: ["answer", "change", "cancel"],
    Status.BLOCKED: ["answer", "change", "cancel"],
    Status.DOING: ["status", "change", "cancel"],
    Status.RETURNED: ["status", "change", "cancel"],
    Status.DONE: ["reopen"],
    Status.VERIFIED: ["reopen"],
    Status.DECLINED: ["change", "reopen"],
    Status.CANCELLED: [],
}


def _of_delegator(view: TaskView) -> list[str]:
    if view.task.status is Status.DONE and view.task.review:
        return ["verify", "return"]
    return _OF_DELEGATOR[view.task.status]


def _private(view: TaskView) -> str:
    """Return what is only for the delegator and the assignees."""
    task = view.task
    parts = []
    asked, blocked = _asked(view), view.latest(Step.BLOCK)
    if task.status is Status.ASKED and asked:
        words = task.question or "(not written down yet)"
        parts.append(f"{name_of(view.people.get(asked.by))} asks: {cut(escape(words), 1_200)}")
    if task.status is Status.BLOCKED and blocked and blocked.text:
        parts.append(f"Blocked: {cut(escape(blocked.text), 1_200)}")
    if task.pending is not None:
        proposer = name_of(view.people.get(task.pending.by))
        parts.append(f"{proposer} proposes {proposed_words(view, task.pending)}")
    parts += [
        f"{name_of(view.people.get(given.person))}, in own words: {cut(escape(given.words), 500)}"
        for given in task.assignees
        if given.words
    ]
    if task.snoozed_until and view.reader is not None and task.is_assignee(view.reader):
        parts.append(f"Put aside until {moment(task.snoozed_until, task.due.zone)}.")
    return "\n".join(parts)


def _talk(view: TaskView) -> Block:
    """Return the only thing to be said to somebody's own words; silence is consent."""
    task = view.task
    has_words = any(given.words for given in task.assignees)
    if view.reader != task.delegator or not (task.is_open and has_words) or task.pending:
        return {}
    said = button("Not quite, let's talk", "task.talk", value=str(task.number))
    return {"accessory": said}


def _asked(view: TaskView) -> TaskEvent | None:
    """Return who asked the question that is open; somebody else may ask without words yet."""
    worded = (
        event
        for event in reversed(view.history)
        if event.step is Step.ASK and event.text == view.task.question
    )
    return next(worded, None) or view.latest(Step.ASK)


def _with_rest(text: str, limit: int, number: TaskNumber) -> str:
    if len(text) <= limit:
        return text
    rest = f"\n_The rest:_ `/tasks {number}`"
    return f"{cut(text, limit - len(rest))}{rest}"


def _pieces(text: str) -> list[str]:
    """Return a long text in escaped pieces, each of which fits in a section."""
    pieces = []
    # Each character may become five when it is escaped.
    for start in range(0, len(text), 2_000):
        piece = escape(text[start : start + 2_000])
        pieces += (
            [piece]
            if len(piece) <= MORE_LIMIT
            else [
                escape(text[at : at + 500])
                for at in range(start, min(start + 2_000, len(text)), 500)
            ]
        )
    return [piece for piece in pieces if piece.strip()]
