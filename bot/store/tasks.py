"""The tasks of a workspace, whose they are, and every step taken with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.domain.day import News
from bot.domain.person import UserId
from bot.domain.post import ChannelId
from bot.domain.task import (
    OPEN,
    Assignee,
    Authority,
    Details,
    Due,
    Kind,
    Proposal,
    Reply,
    Status,
    Step,
    Task,
    TaskEvent,
    TaskNumber,
    Via,
)
from bot.store.failures import Stale
from bot.store.schema import Instant, assignees, task_events, tasks
from bot.store.scope import THIS_WORKSPACE, Insert
from bot.store.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.store.scope import AnyRow, Scope

_HERE = tasks.c.workspace == THIS_WORKSPACE
_BY_KEY = select(tasks).where(_HERE, tasks.c.key == bindparam("made_by"))
_ASSIGNEES = (
    select(assignees.c.task, assignees.c.person, assignees.c.reply, assignees.c.words)
    .where(
        assignees.c.workspace == THIS_WORKSPACE,
        assignees.c.task.in_(bindparam("of_tasks", expanding=True)),
    )
    .order_by(assignees.c.task, assignees.c.place)
)
# One task comes with its people at once, a list with two queries however long it is.
_GET = (
    select(tasks, assignees.c.person, assignees.c.reply, assignees.c.words)
    .join(
        assignees,
        and_(assignees.c.workspace == tasks.c.workspace, assignees.c.task == tasks.c.number),
        isouter=True,
    )
    .where(_HERE, tasks.c.number == bindparam("of_task"))
    .order_by(assignees.c.place)
)
_HISTORY = (
    select(task_events)
    .where(task_events.c.workspace == THIS_WORKSPACE, task_events.c.task == bindparam("of_task"))
    .order_by(task_events.c.place)
)

# Which tasks a list holds. Who declined a task has it no longer.
_GIVEN_TO_ANY = tasks.c.number.in_(
    select(assignees.c.task).where(
        assignees.c.workspace == THIS_WORKSPACE,
        assignees.c.person.in_(bindparam("users", expanding=True)),
        assignees.c.reply != Reply.DECLINED,
    )
)
_SENT_BY = tasks.c.delegator == bindparam("user")
_WITH_STATUS = tasks.c.status.in_(bindparam("statuses", expanding=True))
_LATE = (tasks.c.due_at < bindparam("before")) & tasks.c.status.in_(OPEN)
_BY_DUE_TIME = (tasks.c.due_at, tasks.c.number)


def _tasks(*which: Any) -> Select[Any]:  # noqa: ANN401  # conditions of many types
    return select(tasks).where(_HERE, *which).order_by(*_BY_DUE_TIME)


def _page(*which: Any) -> Select[Any]:  # noqa: ANN401  # likewise
    """Return some of a list's tasks, each with how many there are."""
    return (
        select(tasks, func.count().over().label("count"))
        .where(_HERE, *which)
        .order_by(*_BY_DUE_TIME)
        .limit(bindparam("limit"))
    )


_PARTS = select(tasks).where(_HERE, tasks.c.parent == bindparam("whole")).order_by(tasks.c.number)
_TO_REVIEW = _tasks(_SENT_BY, tasks.c.status == Status.DONE, tasks.c.review)
_OF_PEOPLE = _tasks(_GIVEN_TO_ANY, _WITH_STATUS)
_SENT = _tasks(_SENT_BY, _WITH_STATUS)
_OVERDUE = _tasks(_GIVEN_TO_ANY | _SENT_BY, _LATE)
_OF_SERIES = (
    select(tasks)
    .where(_HERE, tasks.c.series == bindparam("of_series"))
    .order_by(tasks.c.number.desc())
    .limit(bindparam("limit"))
)
_FINISHED = (
    select(task_events.c.task, func.max(task_events.c.at).label("at"))
    .where(
        task_events.c.workspace == THIS_WORKSPACE,
        task_events.c.by == bindparam("user"),
        task_events.c.step == Step.FINISH,
    )
    .group_by(task_events.c.task)
    .subquery()
)
_STILL_GIVEN_TO = exists().where(
    assignees.c.workspace == THIS_WORKSPACE,
    assignees.c.task == tasks.c.number,
    assignees.c.person == bindparam("user"),
)
_DONE_BY = (
    select(tasks)
    .join(_FINISHED, _FINISHED.c.task == tasks.c.number)
    .where(
        _HERE,
        tasks.c.status.in_([Status.DONE, Status.VERIFIED]),
        # Whoever lost it since then is not to see any more of it.
        or_(_SENT_BY, _STILL_GIVEN_TO),
    )
    .order_by(_FINISHED.c.at.desc(), tasks.c.number.desc())
    .limit(bindparam("limit"))
)
_EVER_GIVEN = (
    select(assignees.c.person)
    .distinct()
    .join(
        tasks,
        and_(tasks.c.workspace == assignees.c.workspace, tasks.c.number == assignees.c.task),
    )
    .where(
        _HERE,
        assignees.c.workspace == THIS_WORKSPACE,
        _SENT_BY,
        tasks.c.number < bindparam("before"),
        assignees.c.person.in_(bindparam("users", expanding=True)),
    )
)
_SAID = exists().where(
    assignees.c.workspace == THIS_WORKSPACE,
    assignees.c.task == tasks.c.number,
    assignees.c.person == bindparam("user"),
    assignees.c.reply == bindparam("said"),
)
_OPEN = tasks.c.status.in_(OPEN)
_PAGE_GIVEN = _page(_SAID, _OPEN)
_FOR_OTHERS = exists().where(
    assignees.c.workspace == THIS_WORKSPACE,
    assignees.c.task == tasks.c.number,
    assignees.c.person != bindparam("user"),
)
_PAGE_SENT = _page(_SENT_BY, _WITH_STATUS, _FOR_OTHERS, tasks.c.proposed_by.is_(None))
_PAGE_NEEDING = _page(
    _SENT_BY,
    _FOR_OTHERS,
    or_(
        tasks.c.status.in_([Status.ASKED, Status.BLOCKED, Status.DECLINED]),
        and_(tasks.c.status == Status.DONE, tasks.c.review),
        and_(_OPEN, tasks.c.proposed_by.is_not(None)),
    ),
)
_FINISHED_AT = (
    select(func.max(task_events.c.at))
    .where(
        task_events.c.workspace == THIS_WORKSPACE,
        task_events.c.task == tasks.c.number,
        task_events.c.step == Step.FINISH,
    )
    .scalar_subquery()
)
_DONE_LATELY = (
    select(tasks)
    .where(
        _HERE,
        tasks.c.status.in_([Status.DONE, Status.VERIFIED]),
        _SENT_BY | _GIVEN_TO_ANY,
        bindparam("since", type_=Instant) < _FINISHED_AT,
    )
    .order_by(_FINISHED_AT.desc(), tasks.c.number.desc())
    .limit(bindparam("limit"))
)
_HANDED_OVER = (
    select(task_events.c.task, func.max(task_events.c.at).label("at"))
    .where(
        task_events.c.workspace == THIS_WORKSPACE,
        task_events.c.task.in_(bindparam("of_tasks", expanding=True)),
        task_events.c.step.in_([Step.DELEGATE, Step.GIVE, Step.REOPEN]),
    )
    .group_by(task_events.c.task)
)
_REACTABLE = (
    select(tasks.c.number)
    .where(
        _HERE,
        or_(
            tasks.c.status.in_(OPEN),
            and_(
                tasks.c.status == Status.DONE,
                exists().where(
                    task_events.c.workspace == THIS_WORKSPACE,
                    task_events.c.task == tasks.c.number,
                    task_events.c.step == Step.FINISH,
                    task_events.c.via == Via.REACTION,
                    task_events.c.at > bindparam("since"),
                ),
            ),
        ),
    )
    .order_by(tasks.c.number.desc())
    .limit(bindparam("limit"))
)

# What its delegator is not told of at once, done by others.
_NEWS = (
    select(tasks.c.number, tasks.c.title, task_events.c.step, task_events.c.by)
    .join(
        task_events,
        and_(task_events.c.workspace == tasks.c.workspace, task_events.c.task == tasks.c.number),
    )
    .where(
        _HERE,
        _SENT_BY,
        task_events.c.at > bindparam("since"),
        task_events.c.at <= bindparam("until"),
        task_events.c.by != tasks.c.delegator,
        or_(
            task_events.c.step == Step.ACCEPT,
            task_events.c.step == Step.NOTE,
            and_(task_events.c.step == Step.FINISH, tasks.c.review == false()),
        ),
    )
    .order_by(task_events.c.at, task_events.c.task, task_events.c.place)
)

_ADD = Insert(
    lambda insert: (
        insert(tasks)
        .on_conflict_do_nothing(index_elements=["workspace", "key"])
        .returning(tasks.c.number)
    )
)
_SAVE = (
    update(tasks)
    .where(_HERE, tasks.c.number == bindparam("of_task"))
    .values(version=tasks.c.version + 1)
    .returning(tasks.c.version)
)
_MOVED = (
    update(tasks)
    .where(_HERE, tasks.c.channel == bindparam("old"))
    .values(channel=bindparam("new"), version=tasks.c.version + 1)
)
_SAVE_SEEN = _SAVE.where(tasks.c.version == bindparam("seen"))
_ADD_ASSIGNEE = insert(assignees)
_PUT_ASSIGNEE = Insert(
    lambda insert: (new := insert(assignees)).on_conflict_do_update(
        index_elements=["workspace", "task", "person"],
        set_={name: new.excluded[name] for name in ("reply", "words")},
    )
)
_DROP_ASSIGNEES = delete(assignees).where(
    assignees.c.workspace == THIS_WORKSPACE, assignees.c.task == bindparam("of_task")
)
_ADD_EVENT = insert(task_events)


class Tasks:
    """The tasks of this workspace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._workspace = Workspaces(scope)
        self._seen: dict[TaskNumber, tuple[int, tuple[Assignee, ...]]] = {}

    def add(self, task: Task, *, key: str, event: TaskEvent) -> tuple[Task, bool]:
        """Return the new task with its number. False: `key` made one before, and this is it.

        `key` names the interaction, which Slack may deliver again.
        """
        task = replace(task, number=TaskNumber(self._workspace.next_task()))
        if not self._scope.inserted(_ADD, number=task.number, key=key, **_columns(task)):
            # Nobody looks before, because most are new. No number is lost: until we commit, the
            # next one waits for us.
            self._workspace.give_task_back()
            [known] = self._tasks(self._scope.rows(_BY_KEY, made_by=key))
            return known, False
        self._seen[task.number] = 1, task.assignees
        self._add_assignees(task)
        self._add_event(task.number, event)
        return task, True

    def get(self, number: TaskNumber) -> Task | None:
        rows = self._scope.rows(_GET, of_task=number)
        if not rows:
            return None
        people = tuple(_assignee(*row[-3:]) for row in rows if row.person is not None)
        task = _task(rows[0], people)
        self._seen[number] = rows[0].version, people
        return task

    def save(self, task: Task, event: TaskEvent | None) -> None:
        """Keep a changed task, and the step that changed it."""
        seen, given_to = self._seen.get(task.number, (None, None))
        values = {"of_task": task.number, **_columns(task)}
        if seen is None:
            version = self._scope.execute(_SAVE, **values).scalar()
            if version is None:
                raise LookupError(f"there is no task {task.number} here")
        else:
            version = self._scope.execute(_SAVE_SEEN, seen=seen, **values).scalar()
            if version is None:
                raise Stale
        self._seen[task.number] = version, task.assignees
        # Whoever changes them changes the version as well, so those that were seen still stand.
        if task.assignees != given_to:
            self._save_assignees(task, given_to)
        if event is not None:
            self._add_event(task.number, event)

    def moved(self, old: ChannelId, new: ChannelId) -> None:
        """Follow a channel to the new id that Slack gave it."""
        self._scope.execute(_MOVED, old=old, new=new)

    def history(self, number: TaskNumber) -> list[TaskEvent]:
        """Return every step taken with a task, the delegation first."""
        return [_event(row) for row in self._scope.rows(_HISTORY, of_task=number)]

    def assigned_to(self, user: UserId, *statuses: Status) -> list[Task]:
        """Return what somebody was given and did not decline, nearest due first."""
        return self.of_people([user], *statuses)

    def of_people(self, users: Iterable[UserId], *statuses: Status) -> list[Task]:
        """Return what any of these people was given and did not decline, nearest due first."""
        return self._tasks(
            self._scope.rows(_OF_PEOPLE, users=list(users), statuses=_any_of(statuses))
        )

    def sent_by(self, user: UserId, *statuses: Status) -> list[Task]:
        return self._tasks(self._scope.rows(_SENT, user=user, statuses=_any_of(statuses)))

    def parts_of(self, number: TaskNumber) -> list[Task]:
        """Return the parts of a task that was divided, in the order in which they were made."""
        return self._tasks(self._scope.rows(_PARTS, whole=number))

    def to_review(self, user: UserId) -> list[Task]:
        """Return what is done and waits for its delegator to look at it, nearest due first."""
        return self._tasks(self._scope.rows(_TO_REVIEW, user=user))

    def overdue(self, user: UserId, now: datetime) -> list[Task]:
        """Return what is late of that which somebody was given or has delegated."""
        return self._tasks(self._scope.rows(_OVERDUE, user=user, users=[user], before=now))

    def done_by(self, user: UserId, limit: int) -> list[Task]:
        """Return what somebody finished and is still done, the latest first."""
        return self._tasks(self._scope.rows(_DONE_BY, user=user, limit=limit))

    def ever_given(self, by: UserId, users: Iterable[UserId], *, before: TaskNumber) -> set[UserId]:
        """Return whom of these people somebody has given a task, numbered below `before`."""
        rows = self._scope.rows(_EVER_GIVEN, user=by, users=list(users), before=before)
        return {UserId(row.person) for row in rows}

    def handed_over(self, numbers: Iterable[TaskNumber]) -> dict[TaskNumber, datetime]:
        """Return when each of these tasks was last given to people for their yes."""
        rows = self._scope.rows(_HANDED_OVER, of_tasks=list(numbers))
        return {TaskNumber(row.task): row.at for row in rows}

    def of_series(self, series: int, *, limit: int) -> list[Task]:
        """Return the occurrences of a repeating task, the newest first."""
        return self._tasks(self._scope.rows(_OF_SERIES, of_series=series, limit=limit))

    def news(self, user: UserId, *, after: datetime, until: datetime) -> list[News]:
        """Return what others did with what somebody sent, the last of each task."""
        rows = self._scope.rows(_NEWS, user=user, since=after, until=until)
        found = {
            row.number: News(row.number, row.title, Step(row.step), UserId(row.by)) for row in rows
        }
        return list(found.values())

    def reactable(self, *, since: datetime, limit: int) -> list[TaskNumber]:
        """Return what a reaction can still change, the newest first.

        These are the open ones, and those that a reaction finished after `since`.
        """
        rows = self._scope.rows(_REACTABLE, since=since, limit=limit)
        return [TaskNumber(row.number) for row in rows]

    def first_given(self, user: UserId, reply: Reply, limit: int) -> tuple[list[Task], int]:
        """Return the nearest open tasks to which somebody has said this, and how many there are."""
        return self._page(_PAGE_GIVEN, user=user, said=reply, limit=limit)

    def first_sent(self, user: UserId, *statuses: Status, limit: int) -> tuple[list[Task], int]:
        """Return the nearest of what somebody gave to others, and how many there are."""
        return self._page(_PAGE_SENT, user=user, statuses=_any_of(statuses), limit=limit)

    def first_needing(self, user: UserId, limit: int) -> tuple[list[Task], int]:
        """Return the nearest tasks with which their delegator has to do something, and how many.

        Somebody asks or cannot go on, everybody said no, or a result is to be looked at.
        """
        return self._page(_PAGE_NEEDING, user=user, limit=limit)

    def done_lately(self, user: UserId, *, since: datetime, limit: int) -> list[Task]:
        """Return what was done by somebody or for them since then, the latest first."""
        values = {"user": user, "users": [user], "since": since, "limit": limit}
        return self._tasks(self._scope.rows(_DONE_LATELY, **values))

    def _page(self, statement: Select[Any], **values: Any) -> tuple[list[Task], int]:  # noqa: ANN401  # columns are of many types
        rows = self._scope.rows(statement, **values)
        return self._tasks(rows), (rows[0].count if rows else 0)

    def _add_assignees(self, task: Task) -> None:
        self._scope.insert_all(_ADD_ASSIGNEE, _assignee_rows(task))

    def _save_assignees(self, task: Task, before: tuple[Assignee, ...] | None) -> None:
        if before is None or [one.person for one in before] != list(task.people):
            self._scope.execute(_DROP_ASSIGNEES, of_task=task.number)
            self._add_assignees(task)
            return
        # Most steps are one person's reply.
        for row, assignee, known in zip(_assignee_rows(task), task.assignees, before, strict=True):
            if assignee != known:
                self._scope.insert(_PUT_ASSIGNEE, **row)

    def _add_event(self, number: TaskNumber, event: TaskEvent) -> None:
        row = {
            "task": number,
            "place": event.place,
            "step": event.step,
            "by": event.by,
            "via": event.via,
            "at": event.at,
            "before": event.before,
            "after": event.after,
            "reply_before": event.reply_before,
            "text": event.text,
            "reaction": event.reaction,
        }
        self._scope.insert_all(_ADD_EVENT, [row])

    def _tasks(self, rows: Sequence[AnyRow]) -> list[Task]:
        """Return the tasks of these rows in their order, with one query for all their people."""
        if not rows:
            return []
        people: dict[int, list[Assignee]] = {row.number: [] for row in rows}
        for task, person, reply, words in self._scope.rows(_ASSIGNEES, of_tasks=list(people)):
            people[task].append(_assignee(person, reply, words))
        found = [_task(row, tuple(people[row.number])) for row in rows]
        self._seen.update(
            (task.number, (row.version, task.assignees))
            for row, task in zip(rows, found, strict=True)
        )
        return found


def _assignee(person: str, reply: str, words: str) -> Assignee:
    return Assignee(person=UserId(person), reply=Reply(reply), words=words)


def _assignee_rows(task: Task) -> list[dict[str, Any]]:
    return [
        {
            "task": task.number,
            "person": assignee.person,
            "reply": assignee.reply,
            "words": assignee.words,
            "place": place,
        }
        for place, assignee in enumerate(task.assignees)
    ]


def _any_of(statuses: Iterable[Status]) -> list[Status]:
    return list(statuses) or list(Status)


def _columns(task: Task) -> dict[str, Any]:
    return {
        "title": task.title,
        "more": task.more,
        "delegator": task.delegator,
        "due_at": task.due.at,
        "due_local": task.due.local,
        "due_zone": task.due.zone,
        "takes": task.takes,
        "channel": task.channel,
        "status": task.status,
        "created_at": task.created_at,
        "question": task.question,
        "snoozed_until": task.snoozed_until,
        "measure": task.details.measure,
        "risks": task.details.risks,
        "links": task.details.links,
        "authority": task.details.authority,
        "kind": task.details.kind,
        "review": task.review,
        "everyone": task.everyone,
        "parent": task.parent,
        "series": task.series,
        **_proposal_columns(task.proposal),
    }


def _proposal_columns(proposal: Proposal | None) -> dict[str, Any]:
    due = None if proposal is None else proposal.due
    return {
        "proposed_by": None if proposal is None else proposal.by,
        "proposed_at": None if proposal is None else proposal.at,
        "proposed_due_at": None if due is None else due.at,
        "proposed_due_local": None if due is None else due.local,
        "proposed_due_zone": None if due is None else due.zone,
        "proposed_words": "" if proposal is None else proposal.words,
    }


def _task(row: AnyRow, people: tuple[Assignee, ...]) -> Task:
    return Task(
        number=TaskNumber(row.number),
        title=row.title,
        more=row.more,
        delegator=UserId(row.delegator),
        assignees=people,
        due=Due(at=row.due_at, local=row.due_local, zone=row.due_zone),
        takes=row.takes,
        channel=None if row.channel is None else ChannelId(row.channel),
        status=Status(row.status),
        created_at=row.created_at,
        question=row.question,
        snoozed_until=row.snoozed_until,
        details=_details(row),
        review=row.review,
        everyone=row.everyone,
        proposal=_proposal(row),
        parent=None if row.parent is None else TaskNumber(row.parent),
        series=row.series,
    )


def _details(row: AnyRow) -> Details:
    return Details(
        measure=row.measure,
        risks=row.risks,
        links=row.links,
        authority=None if row.authority is None else Authority(row.authority),
        kind=None if row.kind is None else Kind(row.kind),
    )


def _proposal(row: AnyRow) -> Proposal | None:
    if row.proposed_by is None:
        return None
    at, local, zone = row.proposed_due_at, row.proposed_due_local, row.proposed_due_zone
    return Proposal(
        by=UserId(row.proposed_by),
        at=row.proposed_at,
        due=None if at is None else Due(at=at, local=local, zone=zone),
        words=row.proposed_words,
    )


def _event(row: AnyRow) -> TaskEvent:
    return TaskEvent(
        place=row.place,
        step=Step(row.step),
        by=UserId(row.by),
        via=Via(row.via),
        at=row.at,
        before=Status(row.before),
        after=Status(row.after),
        reply_before=Reply(row.reply_before),
        text=row.text,
        reaction=row.reaction,
    )
