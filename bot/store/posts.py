"""The posts of a workspace: what Slack is to show, and how far it shows it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, case, literal, or_, select, update

from bot.domain.person import WorkspaceId
from bot.domain.post import ChannelId, MessageTs, Post, PostId, PostKind, PostState, post_id
from bot.store.schema import posts
from bot.store.scope import THIS_WORKSPACE, Insert
from bot.store.several import Several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.dialects import sqlite
    from sqlalchemy.sql.base import Executable

    from bot.store.scope import AnyRow, Scope

_HERE = posts.c.workspace == THIS_WORKSPACE
_LIVE = posts.c.state == PostState.LIVE
_PENDING = posts.c.shown < posts.c.wanted
_GET = select(posts).where(_HERE, posts.c.id == bindparam("of_post"))
_FIND = select(posts).where(
    _HERE, posts.c.kind == bindparam("of_kind"), posts.c.subject == bindparam("of_subject")
)
_AT = select(posts).where(
    _HERE,
    posts.c.channel == bindparam("in_channel"),
    posts.c.ts == bindparam("at_ts"),
    posts.c.kind != PostKind.MARK,
)
_ACTED_ON = (PostKind.HUDDLE, PostKind.CARD, PostKind.NEW_TASK, PostKind.STEP)
# What people reply and react to, from when it may have left until it is known where it is.
_LEAVING = select(posts).where(
    _HERE,
    _LIVE,
    _PENDING,
    posts.c.channel.in_((bindparam("in_channel"), bindparam("or_in"))),
    posts.c.ts.is_(None),
    posts.c.attempts > 0,
    posts.c.kind.in_([literal(kind) for kind in _ACTED_ON]),
)
_MOVED = (
    update(posts).where(_HERE, posts.c.channel == bindparam("old")).values(channel=bindparam("new"))
)
_REVIVE = (
    update(posts)
    .where(
        _HERE,
        posts.c.kind == bindparam("of_kind"),
        posts.c.subject == bindparam("of_subject"),
        posts.c.state == PostState.REJECTED,
        posts.c.ts.is_(None),
    )
    .values(
        state=PostState.LIVE,
        reason=None,
        attempts=0,
        attempted_at=None,
        retry_at=None,
        wanted=posts.c.wanted + 1,
        channel=bindparam("in_channel"),
        urgent=True,
    )
    .returning(posts)
)
_HELD_FOR = select(posts).where(
    _HERE, _LIVE, posts.c.channel == bindparam("in_channel"), posts.c.wanted == 0
)
_REFUSED = Several(
    lambda channels: select(posts.c.channel, posts.c.reason).where(
        _HERE,
        posts.c.channel.in_(channels),
        posts.c.ts.is_(None),
        posts.c.state == PostState.REJECTED,
        posts.c.attempted_at > bindparam("since"),
    )
)
_BUMPED = case((posts.c.wanted == 0, 0), else_=posts.c.wanted + 1)
_BUMP = (
    update(posts)
    .where(
        _HERE,
        _LIVE,
        posts.c.kind == bindparam("of_kind"),
        posts.c.subject == bindparam("of_subject"),
    )
    .values(
        wanted=_BUMPED,
        urgent=or_(and_(_PENDING, posts.c.urgent), bindparam("is_urgent")),
    )
    .returning(posts)
)
_BUMP_ALL = Several(
    lambda of_posts: (
        update(posts)
        .where(_HERE, _LIVE, posts.c.id.in_(of_posts))
        .values(
            wanted=_BUMPED,
            urgent=or_(and_(_PENDING, posts.c.urgent), posts.c.kind == bindparam("urgent_kind")),
        )
        .returning(posts.c.wanted > posts.c.shown)
    )
)
_RELEASE = (
    update(posts)
    .where(_HERE, _LIVE, posts.c.id == bindparam("of_post"), posts.c.wanted == 0)
    .values(wanted=1)
    .returning(posts)
)

_GATHER = Several(
    lambda of_posts: (
        update(posts)
        .where(_HERE, _LIVE, posts.c.id.in_(of_posts), posts.c.wanted == 0)
        .values(state=PostState.GATHERED)
    )
)
_PART = (
    update(posts)
    .where(
        _HERE,
        posts.c.kind == bindparam("of_kind"),
        posts.c.subject == bindparam("of_subject"),
        posts.c.state == PostState.GATHERED,
    )
    .values(state=PostState.LIVE, wanted=1, urgent=True)
    .returning(posts)
)


@cache
def _under(count: int) -> Select[Any]:
    """Return what finds the posts of so many kinds and subjects, and those of their parts."""
    # "/" and "0" are neighbours, so this range is everything that begins with subject and slash,
    # and little else. An index finds ranges; what is beside an OR it looks at one by one.
    which = [
        and_(
            _HERE,
            posts.c.kind == bindparam(f"kind_{number}"),
            posts.c.subject >= bindparam(f"subject_{number}"),
            posts.c.subject < bindparam(f"last_{number}"),
            or_(
                posts.c.subject == bindparam(f"subject_{number}"),
                posts.c.subject > bindparam(f"first_{number}"),
            ),
        )
        for number in range(count)
    ]
    return select(posts).where(or_(*which)).order_by(posts.c.kind, posts.c.subject)


def _want(insert: Callable[..., sqlite.Insert]) -> Executable:
    new = insert(posts)
    held = new.excluded.wanted == 0
    moved = and_(new.excluded.ts.is_not(None), new.excluded.ts.is_distinct_from(posts.c.ts))
    return new.on_conflict_do_update(
        index_elements=["workspace", "kind", "subject"],
        set_={
            "wanted": case(
                (moved, posts.c.wanted + 1),
                (posts.c.state != PostState.LIVE, posts.c.wanted),
                (and_(held, posts.c.wanted == 0), 0),
                else_=posts.c.wanted + 1,
            ),
            "urgent": or_(and_(_PENDING, posts.c.urgent), new.excluded.urgent),
            # A mark that goes to another message starts afresh there.
            "ts": case((moved, new.excluded.ts), else_=posts.c.ts),
            "channel": case((moved, new.excluded.channel), else_=posts.c.channel),
            "state": case((moved, PostState.LIVE), else_=posts.c.state),
            "reason": case((moved, None), else_=posts.c.reason),
            "attempts": case((moved, 0), else_=posts.c.attempts),
            "attempted_at": case((moved, None), else_=posts.c.attempted_at),
        },
    ).returning(posts)


_WANT = Insert(_want)


class Posts:
    """The posts of this workspace: at most one per kind and subject."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def want(
        self,
        kind: PostKind,
        subject: str,
        *,
        channel: ChannelId,
        parent: PostId | None = None,
        ts: MessageTs | None = None,
        urgent: bool = False,
        held: bool = False,
    ) -> Post:
        """Have something shown, or shown anew when it is there already.

        A held post waits for `release`, whatever changes meanwhile, unless it is wanted without
        `held`. `ts` is for marks: the message that carries the mark, which may become another
        one. A post that Slack rejected, or that somebody deleted, stays as it is.
        """
        row = self._scope.insert(
            _WANT,
            id=post_id(self._scope.workspace, kind, subject),
            kind=kind,
            subject=subject,
            channel=channel,
            parent=parent,
            ts=ts,
            wanted=0 if held else 1,
            shown=0,
            attempts=0,
            attempted_at=None,
            state=PostState.LIVE,
            reason=None,
            urgent=urgent,
            retry_at=None,
        ).one()
        return self._wake(row)

    def bump(self, kind: PostKind, subject: str, *, urgent: bool = False) -> Post | None:
        """Have a post that is there shown anew; a held one stays held. None: there is none."""
        row = self._scope.row(_BUMP, of_kind=kind, of_subject=subject, is_urgent=urgent)
        return self.find(kind, subject) if row is None else self._wake(row)

    def bump_all(
        self,
        which: Iterable[tuple[PostKind, str]],
        *,
        urgent: PostKind | None = None,
    ) -> None:
        """Have those of these posts that are there shown anew; the ones of one kind are urgent."""
        here = self._scope.workspace
        # In one order, so that two processes do not wait for each other.
        of_posts = sorted({post_id(here, kind, subject) for kind, subject in which})
        if of_posts:
            statement, found = _BUMP_ALL.of(of_posts)
            rows = self._scope.rows(statement, urgent_kind=urgent or "", **found)
            self._scope.wakes_posts |= any(is_pending for (is_pending,) in rows)

    def release(self, post: PostId) -> Post | None:
        """Let a held post go. None: it is not held."""
        row = self._scope.row(_RELEASE, of_post=post)
        return None if row is None else self._wake(row)

    def gather(self, which: Iterable[PostId]) -> None:
        """Let held posts be lines of another message from now on."""
        if of_posts := sorted(which):
            statement, found = _GATHER.of(of_posts)
            self._scope.execute(statement, **found)

    def part(self, kind: PostKind, subject: str) -> Post | None:
        """Show a post on its own that is a line of another message. None: it is none."""
        row = self._scope.row(_PART, of_kind=kind, of_subject=subject)
        return None if row is None else self._wake(row)

    def get(self, post: PostId) -> Post | None:
        row = self._scope.row(_GET, of_post=post)
        return None if row is None else post_from(row)

    def find(self, kind: PostKind, subject: str) -> Post | None:
        row = self._scope.row(_FIND, of_kind=kind, of_subject=subject)
        return None if row is None else post_from(row)

    def at(self, channel: ChannelId, ts: MessageTs) -> Post | None:
        """Return the post that is this message, if it is one of ours."""
        row = self._scope.row(_AT, in_channel=channel, at_ts=ts)
        return None if row is None else post_from(row)

    def leaving(self, channel: ChannelId, other: ChannelId) -> list[Post]:
        """Return what may be shown in one of two conversations by now, without our knowing."""
        return [
            post_from(row) for row in self._scope.rows(_LEAVING, in_channel=channel, or_in=other)
        ]

    def under(self, kind: PostKind, subject: str) -> list[Post]:
        """Return the post of this subject and those of its parts: 42, 42/U1, but not 421."""
        return self.under_any([(kind, subject)])

    def under_any(self, which: Sequence[tuple[PostKind, str]]) -> list[Post]:
        """Return the posts of these kinds and subjects and those of their parts."""
        values: dict[str, str] = {}
        for number, (kind, subject) in enumerate(which):
            values |= {
                f"kind_{number}": kind,
                f"subject_{number}": subject,
                f"first_{number}": f"{subject}/",
                f"last_{number}": f"{subject}0",
            }
        return [post_from(row) for row in self._scope.rows(_under(len(which)), **values)]

    def moved(self, old: ChannelId, new: ChannelId) -> None:
        """Follow a conversation to the new id that Slack gave it."""
        self._scope.execute(_MOVED, old=old, new=new)

    def revive(self, kind: PostKind, subject: str, *, channel: ChannelId) -> Post | None:
        """Try a message again that Slack refused and never showed. None: there is none."""
        row = self._scope.row(_REVIVE, of_kind=kind, of_subject=subject, in_channel=channel)
        return None if row is None else self._wake(row)

    def refused_in(self, channels: Iterable[ChannelId], *, since: datetime) -> dict[ChannelId, str]:
        """Return in which conversations Slack refused a message since then, and with what code."""
        statement, which = _REFUSED.of(list(channels))
        rows = self._scope.rows(statement, since=since, **which)
        return {ChannelId(row.channel): row.reason or "" for row in rows}

    def held_for(self, channel: ChannelId) -> list[Post]:
        """Return what waits to be released in a conversation."""
        return [post_from(row) for row in self._scope.rows(_HELD_FOR, in_channel=channel)]

    def _wake(self, row: AnyRow) -> Post:
        post = post_from(row)
        self._scope.wakes_posts |= post.is_pending
        return post


def post_from(row: AnyRow) -> Post:
    return Post(
        workspace=WorkspaceId(row.workspace),
        id=PostId(row.id),
        kind=PostKind(row.kind),
        subject=row.subject,
        channel=ChannelId(row.channel),
        parent=None if row.parent is None else PostId(row.parent),
        ts=None if row.ts is None else MessageTs(row.ts),
        wanted=row.wanted,
        shown=row.shown,
        attempts=row.attempts,
        attempted_at=row.attempted_at,
        state=PostState(row.state),
        reason=row.reason,
        urgent=row.urgent,
    )
