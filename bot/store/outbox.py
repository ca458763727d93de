"""The publisher's narrow door: what waits to be shown, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, assert_never

from sqlalchemy import and_, bindparam, case, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.person import WorkspaceId
from bot.domain.post import ChannelId, Message, MessageTs, Post, PostKind, PostState, Withdrawn
from bot.store.claims import MAY_BE_SHOWN, POSTS_AND_PARENTS, Claims, at, parents
from bot.store.compiled import run, run_many
from bot.store.failures import StoreUnavailable, may_succeed_again, translated
from bot.store.foresight import Foresight
from bot.store.keys import is_asked_for
from bot.store.posts import post_from
from bot.store.schema import posts, workspaces
from bot.store.transaction import Tx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from bot.domain.post import Rendered
    from bot.store.claims import ProcessId
    from bot.store.database import Store
    from bot.store.scope import AnyRow

REPOSTED = "message_not_found"
"""The reason a living card carries once somebody deleted it and it was posted anew."""

WITHDRAWING = "withdrawing"
"""The reason a living post carries while its message is being deleted by Baton itself.

Should nobody learn whether that succeeded and the post be wanted again, a message that is not
there has not been deleted by somebody else.
"""


@dataclass(frozen=True)
class Attempt:
    """A post that is about to be shown, with everything it takes; recorded and committed."""

    post: Post
    """As it was before: `attempts` counts what may have left earlier."""
    rendered: Rendered
    parent_ts: MessageTs | None
    process: ProcessId


@dataclass(frozen=True)
class Attempted:
    """What `attempt` has made of the posts it was given; those it leaves out have to wait."""

    ready: list[Attempt]
    broken: list[tuple[Post, Exception]]
    """Posts that could not be rendered."""


@dataclass(frozen=True)
class Shown:
    """Slack shows what was rendered, where it was before; or it never has to show anything."""

    attempt: Attempt


@dataclass(frozen=True)
class Sent:
    """A new message shows what was rendered."""

    attempt: Attempt
    channel: ChannelId
    ts: MessageTs


@dataclass(frozen=True)
class Found:
    """An earlier attempt had reached Slack after all; what it shows may be old."""

    attempt: Attempt
    channel: ChannelId
    ts: MessageTs


@dataclass(frozen=True)
class Removed:
    """The message was deleted because it was to be; should it be wanted again, it is a new one."""

    attempt: Attempt


@dataclass(frozen=True)
class Anew:
    """The message is no longer there, and it is to be posted once more."""

    attempt: Attempt
    reason: str | None
    """What the post remembers of it."""


@dataclass(frozen=True)
class Later:
    """It was not shown, as far as anybody knows."""

    attempt: Attempt
    retry_at: datetime
    untouched: bool
    """Certainly nothing reached Slack, so the next attempt counts as this one."""


Outcome = Shown | Sent | Found | Removed | Anew | Later


@dataclass(frozen=True)
class Settled:
    """What `settle` could not simply write down."""

    doubles: list[Sent | Found]
    """Messages whose post has another `ts` already: they must be deleted."""
    busy: list[Outcome]
    """Outcomes of posts that somebody else is changing at this moment: settle them again."""


_THE_POSTS = is_asked_for(posts.c.workspace, posts.c.id)
_THIS_POST = and_(
    posts.c.workspace == bindparam("of_workspace"), posts.c.id == bindparam("of_post")
)

# What a post needs decides which of Slack's limits it runs into; none may hide the others.
_class = case(
    (posts.c.kind.in_((PostKind.HOME, PostKind.MARK)), posts.c.kind),
    (posts.c.ts.is_(None), "new"),
    else_="known",
)
_ranked = (
    select(
        posts,
        func.row_number()
        .over(
            partition_by=(posts.c.workspace, _class),
            # Steps of one task are told in their order, which their subjects end with.
            order_by=(
                posts.c.urgent.desc(),
                posts.c.kind,
                func.length(posts.c.subject),
                posts.c.subject,
            ),
        )
        .label("place"),
    )
    .select_from(POSTS_AND_PARENTS)
    .where(MAY_BE_SHOWN, posts.c.workspace.in_(bindparam("these", expanding=True)))
    .subquery("ranked")
)
_PENDING = (
    select(_ranked)
    .where(_ranked.c.place <= bindparam("most"))
    .order_by(_ranked.c.workspace, _ranked.c.urgent.desc(), _ranked.c.place)
)
_TO_ATTEMPT = (
    select(posts, parents.c.ts.label("parent_ts"))
    .select_from(
        POSTS_AND_PARENTS.join(workspaces, workspaces.c.id == posts.c.workspace),
    )
    .where(_THE_POSTS, MAY_BE_SHOWN, workspaces.c.claimed_by == bindparam("me"))
    # Rows that somebody else is changing are left for the next turn: who never waits for a row
    # while holding others takes part in no deadlock.
    .with_for_update(of=posts, skip_locked=True)
)
_RECORD = (
    update(posts)
    .where(_THIS_POST)
    .values(
        attempts=posts.c.attempts + 1,
        attempted_at=func.coalesce(posts.c.attempted_at, bindparam("slack_now")),
    )
)
_TO_SETTLE: Select[Any] = (
    select(posts.c.workspace, posts.c.id, posts.c.ts, posts.c.attempts, workspaces.c.claimed_by)
    .select_from(posts.join(workspaces, workspaces.c.id == posts.c.workspace))
    .where(_THE_POSTS)
    .with_for_update(of=posts, skip_locked=True)
)
_STILL_THERE = select(posts.c.workspace, posts.c.id).where(_THE_POSTS)
_ONE = select(posts, workspaces.c.claimed_by).where(
    _THIS_POST, workspaces.c.id == posts.c.workspace
)

_of_this = update(posts).where(_THIS_POST)
_unsent = {"ts": None, "attempts": 0, "attempted_at": None}
_SHOWN = _of_this.values(
    shown=bindparam("was_wanted"),
    retry_at=None,
    reason=case((posts.c.reason == WITHDRAWING, None), else_=posts.c.reason),
)
_SENT = _SHOWN.values(ts=bindparam("new_ts"), channel=bindparam("new_channel"))
_FOUND = _of_this.values(ts=bindparam("new_ts"), channel=bindparam("new_channel"), retry_at=None)
_SHOW_AGAIN = _of_this.values(wanted=posts.c.wanted + 1)
_SENT_LATE = _SHOW_AGAIN.values(ts=bindparam("new_ts"), channel=bindparam("new_channel"))
_REMOVED = _SHOWN.values(**_unsent, reason=None)
_ANEW = _of_this.values(**_unsent, reason=bindparam("remember"), retry_at=None)
_LATER = _of_this.values(retry_at=bindparam("at"))
_UNTOUCHED = _LATER.values(
    attempts=posts.c.attempts - 1,
    attempted_at=case((posts.c.attempts > 1, posts.c.attempted_at), else_=None),
)
_WITHDRAW = _of_this.values(reason=WITHDRAWING)
_FAILED = _of_this.values(state=bindparam("new_state"), reason=bindparam("why"))


class Outbox:
    """Attempts and outcomes, across workspaces and in batches; one process per workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.claims = Claims(store)

    async def pending(
        self, these: Iterable[WorkspaceId], *, limit: int, now: datetime
    ) -> dict[WorkspaceId, list[Post]]:
        """Return what waits in these workspaces, at most `limit` of each sort, urgent ones first.

        A sort is what runs into the same of Slack's limits: new messages, edits, homes, marks.
        """
        values = {"these": list(these), "most": limit, **at(now)}

        def work(connection: Connection) -> dict[WorkspaceId, list[Post]]:
            waiting: dict[WorkspaceId, list[Post]] = defaultdict(list)
            for row in run(connection, _PENDING, values).rows:
                waiting[WorkspaceId(row.workspace)].append(post_from(row))
            return dict(waiting)

        return await self._store.door(work)

    async def attempt(
        self,
        process: ProcessId,
        chosen: Sequence[Post],
        *,
        render: Callable[[Tx, Post, datetime], Rendered],
        slack_now: datetime,
        now: datetime,
    ) -> Attempted:
        """Render these posts as they are wanted now, and record what may leave no trace here."""
        values = {"keys": [_key(post) for post in chosen], "me": process, **at(now)}

        def work(connection: Connection) -> Attempted:
            result = Attempted([], [])
            transactions: dict[str, Tx] = {}
            found = [
                (post_from(row), None if row.parent_ts is None else MessageTs(row.parent_ts))
                for row in run(connection, _TO_ATTEMPT, values).rows
            ]
            foresight = Foresight(connection, (post for post, _ in found))
            for post, parent_ts in found:
                tx = transactions.get(post.workspace)
                if tx is None:
                    tx = transactions[post.workspace] = Tx(connection, post.workspace)
                    foresight.tell(tx)
                try:
                    rendered = render(tx, post, now)
                except Exception as error:  # noqa: BLE001  # one post must not stop the others
                    _raise_if_everybodys(error, post)
                    result.broken.append((post, error))
                    continue
                result.ready.append(Attempt(post, rendered, parent_ts, process))
            leaving = [
                {**_of(attempt.post), "slack_now": slack_now}
                for attempt in result.ready
                if attempt.post.ts is None and isinstance(attempt.rendered, Message)
            ]
            if leaving:
                run_many(connection, _RECORD, leaving)
            going = [
                _of(attempt.post)
                for attempt in result.ready
                if attempt.post.ts is not None and isinstance(attempt.rendered, Withdrawn)
            ]
            if going:
                run_many(connection, _WITHDRAW, going)
            return result

        try:
            return await self._store.door(work)
        except _BrokenError as error:
            return Attempted([], [(error.post, error.cause)])

    async def settle(self, outcomes: Sequence[Outcome]) -> Settled:
        """Write down what became of attempts; doing it again changes nothing."""
        keys = [_key(outcome.attempt.post) for outcome in outcomes]

        def work(connection: Connection) -> Settled:
            rows = {
                (row.workspace, row.id): row
                for row in run(connection, _TO_SETTLE, {"keys": keys}).rows
            }
            missing = [key for key in keys if key not in rows]
            locked = (
                {tuple(row) for row in run(connection, _STILL_THERE, {"keys": missing}).rows}
                if missing
                else set()
            )
            settled = Settled([], [])
            writes: dict[Any, list[dict[str, Any]]] = defaultdict(list)
            for outcome in outcomes:
                key = _key(outcome.attempt.post)
                if key in rows:
                    _settle_one(outcome, rows[key], writes, settled)
                elif key in locked:
                    settled.busy.append(outcome)
            for statement, values in writes.items():
                run_many(connection, statement, values)
            return settled

        return await self._store.door(work)

    async def fail(
        self,
        attempt: Attempt,
        state: PostState,
        reason: str,
        *,
        on_trouble: Callable[[Tx, Post, str], None],
    ) -> None:
        """Give a post up, and let the people it concerns know in the same transaction."""
        post = attempt.post

        def work(connection: Connection) -> None:
            row = run(connection, _ONE, _of(post)).first()
            if row is None or row.claimed_by != attempt.process or row.state != PostState.LIVE:
                return
            values = {**_of(post), "new_state": state, "why": reason[:64]}
            run(connection, _FAILED, values)
            failed = replace(post_from(row), state=state, reason=reason)
            on_trouble(Tx(connection, post.workspace), failed, reason)

        await self._store.door(work)


class _BrokenError(Exception):
    """Rendering a post broke the transaction, so the whole batch has to be taken back."""

    def __init__(self, post: Post, cause: Exception) -> None:
        super().__init__(post.id)
        self.post = post
        self.cause = cause


def _raise_if_everybodys(error: Exception, post: Post) -> None:
    """Let an outage of the database rise as it is, and a statement that failed with its post."""
    if may_succeed_again(error) or isinstance(translated(error), StoreUnavailable):
        raise error
    if isinstance(error, SQLAlchemyError):
        raise _BrokenError(post, error) from error


def _settle_one(
    outcome: Outcome,
    row: AnyRow,
    writes: dict[Any, list[dict[str, Any]]],
    settled: Settled,
) -> None:
    this = _of(outcome.attempt.post)
    was_wanted = outcome.attempt.post.wanted
    is_ours = row.claimed_by == outcome.attempt.process
    match outcome:
        case Sent() | Found() if row.ts not in (None, outcome.ts):
            settled.doubles.append(outcome)
        case _ if not is_ours:
            _settle_late(outcome, writes)
        case Sent():
            there = {"new_ts": outcome.ts, "new_channel": outcome.channel}
            writes[_SENT].append({**this, **there, "was_wanted": was_wanted})
        case Found():
            writes[_FOUND].append({**this, "new_ts": outcome.ts, "new_channel": outcome.channel})
        case Shown():
            writes[_SHOWN].append({**this, "was_wanted": was_wanted})
        case Removed():
            writes[_REMOVED].append({**this, "was_wanted": was_wanted})
        case Anew():
            writes[_ANEW].append({**this, "remember": outcome.reason})
        case Later():
            _settle_later(outcome, row, writes)
        case _:
            assert_never(outcome)


def _settle_late(outcome: Outcome, writes: dict[Any, list[dict[str, Any]]]) -> None:
    """Settle without a claim: somebody else may have shown something newer before this arrived."""
    this = _of(outcome.attempt.post)
    match outcome:
        case Sent() | Found():
            there = {"new_ts": outcome.ts, "new_channel": outcome.channel}
            writes[_SENT_LATE].append({**this, **there})
        case Shown() | Removed() | Anew():
            writes[_SHOW_AGAIN].append(this)


def _settle_later(outcome: Later, row: AnyRow, writes: dict[Any, list[dict[str, Any]]]) -> None:
    # Should the row not count this attempt, an earlier run of this very work was committed.
    counted = row.attempts == outcome.attempt.post.attempts + 1
    statement = _UNTOUCHED if outcome.untouched and counted else _LATER
    writes[statement].append({**_of(outcome.attempt.post), "at": outcome.retry_at})


def _key(post: Post) -> tuple[str, str]:
    return (post.workspace, post.id)


def _of(post: Post) -> dict[str, Any]:
    return {"of_workspace": post.workspace, "of_post": post.id}
