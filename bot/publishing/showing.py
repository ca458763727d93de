"""One post, one attempt: which calls make Slack show it, and what their answers mean."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from bot.domain.errors import SlackRejected, SlackUnknown
from bot.domain.post import (
    ChannelId,
    HomeView,
    Mark,
    Message,
    MessageTs,
    Post,
    PostKind,
    PostState,
    Withdrawn,
)
from bot.publishing.limiter import POST
from bot.store.outbox import (
    REPOSTED,
    WITHDRAWING,
    Anew,
    Attempt,
    Found,
    Outcome,
    Removed,
    Sent,
    Shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from bot.domain.person import WorkspaceId
    from bot.store.claims import ClaimedWorkspace

logger = logging.getLogger(__name__)

LONGEST_TEXT = 3_900
"""Slack refuses an edit with more than 4,000 characters."""

LONGEST_LINK = 300
"""How far back a cut looks for the beginning of what it would cut in two."""

LOOK_BACK = timedelta(seconds=60)
"""How much earlier than its first attempt a message is looked for."""

PAGE = 15
"""Apps sold outside Slack's marketplace get no more of a history at once."""

OURS = "baton_"

# Codes that are about what was sent, so that plain text may do instead.
CONTENT = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_arguments",
        "msg_blocks_too_long",
        "msg_too_long",
        "block_mismatch",
    }
)

# Codes that are about the installation: nothing can be posted in the workspace until a person
# has done something, and then all of it can.
INSTALLATION = frozenset(
    {
        "accesslimited",
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "team_access_not_granted",
        "token_revoked",
    }
)


class ClaimLost(Exception):
    """The claim on the workspace is too old to be relied on, so nothing may be sent."""


class WorkspaceStalled(Exception):
    """Slack lets nothing through for this workspace, whatever it is."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Messenger(Protocol):
    """What the publisher needs of the gateway."""

    async def call(
        self,
        workspace: WorkspaceId,
        method: str,
        /,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]:
        """Call once. Raises SlackUnavailable, SlackRejected or SlackUnknown."""
        ...

    def guarded(self, check: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `check` right before the bytes of every request made inside leave."""
        ...

    def slack_now(self, now: datetime) -> datetime:
        """Return Slack's time, never later than it is."""
        ...

    @property
    def knows_slack_time(self) -> bool: ...


class Call(Protocol):
    """Calls Slack for one workspace, when the limits allow it."""

    async def __call__(
        self,
        method: str,
        /,
        **arguments: Any,  # noqa: ANN401  # whatever the method takes
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class GivenUp:
    """The post cannot be shown, now or later."""

    attempt: Attempt
    state: PostState
    reason: str


def first_method(post: Post) -> str:
    """Return the method that showing a post most likely begins with."""
    if post.kind is PostKind.HOME:
        return "views.publish"
    if post.kind is PostKind.MARK:
        return "reactions.add"
    if post.ts is not None:
        return "chat.update"
    if post.attempts == 0:
        return POST
    if _is_person(post.channel):
        return "conversations.open"
    return "conversations.history" if post.parent is None else "conversations.replies"


async def show(attempt: Attempt, who: ClaimedWorkspace, call: Call) -> Outcome | GivenUp:
    """Make Slack show what was rendered. What cannot be done now, or is unclear, is raised."""
    try:
        match attempt.rendered:
            case HomeView(view=view):
                return await _show_home(attempt, view, call)
            case Mark():
                return await _mark(attempt, attempt.rendered, call)
            case Withdrawn():
                return await _remove(attempt, who, call)
            case Message():
                if attempt.post.ts is None:
                    return await _send(attempt, attempt.rendered, who, call)
                return await _edit(attempt, attempt.rendered, call)
    except SlackRejected as refusal:
        return GivenUp(attempt, PostState.REJECTED, refusal.code)


async def _show_home(attempt: Attempt, view: Mapping[str, Any], call: Call) -> Shown:
    try:
        await call("views.publish", user_id=attempt.post.subject, view=dict(view))
    except SlackRejected as refusal:
        # The next change brings another one, which Slack may well take.
        logger.warning(
            "Slack does not take somebody's Home (%s)",
            refusal,
            extra={"action": "home_refused", "workspace": attempt.post.workspace},
        )
    return Shown(attempt)


async def _mark(attempt: Attempt, mark: Mark, call: Call) -> Shown | GivenUp:
    post = attempt.post
    if post.ts is None:
        return GivenUp(attempt, PostState.REJECTED, "no_ts")
    method, done = (
        ("reactions.add", {"already_reacted"})
        if mark.stands
        else ("reactions.remove", {"no_reaction", "message_not_found"})
    )
    try:
        await call(method, channel=post.channel, timestamp=post.ts, name=mark.name)
    except SlackRejected as refusal:
        if refusal.code == "message_not_found" and mark.stands:
            return GivenUp(attempt, PostState.GONE, refusal.code)
        if refusal.code not in done:
            raise
    return Shown(attempt)


async def _remove(attempt: Attempt, who: ClaimedWorkspace, call: Call) -> Removed | GivenUp:
    post = attempt.post
    if post.ts is not None:
        await delete(call, post.channel, post.ts)
    elif post.attempts:
        try:
            channel, found = await _look(attempt, who, call)
        except SlackRejected as refusal:
            return GivenUp(attempt, PostState.UNKNOWN, refusal.code)
        for ts in found:
            await delete(call, channel, ts)
    return Removed(attempt)


async def delete(call: Call, channel: ChannelId, ts: MessageTs) -> None:
    """Delete a message of ours, which may be gone already."""
    try:
        await call("chat.delete", channel=channel, ts=ts)
    except SlackRejected as refusal:
        if refusal.code != "message_not_found":
            raise


async def _send(
    attempt: Attempt, message: Message, who: ClaimedWorkspace, call: Call
) -> Sent | Found | GivenUp:
    post = attempt.post
    if post.parent is not None and attempt.parent_ts is None:
        return GivenUp(attempt, PostState.REJECTED, "no_parent")
    if post.attempts:
        try:
            channel, found = await _look(attempt, who, call)
        except SlackRejected as refusal:
            # Nobody can tell whether it is there, and a second one must never be.
            return GivenUp(attempt, PostState.UNKNOWN, refusal.code)
        if found:
            first, *others = found
            for other in others:
                with suppress(SlackRejected):
                    await delete(call, channel, other)
            return Found(attempt, channel, first)
    answer = await _with_content(
        call,
        POST,
        message,
        post,
        channel=post.channel,
        thread_ts=attempt.parent_ts,
        unfurl_links=False,
        unfurl_media=False,
    )
    ts, there = answer.get("ts"), answer.get("channel")
    if not isinstance(ts, str) or not isinstance(there, str):
        raise SlackUnknown("an answer that does not say where the message is")
    return Sent(attempt, ChannelId(there), MessageTs(ts))


async def _edit(attempt: Attempt, message: Message, call: Call) -> Shown | Anew | GivenUp:
    post = attempt.post
    try:
        await _with_content(call, "chat.update", message, post, channel=post.channel, ts=post.ts)
    except SlackRejected as refusal:
        if refusal.code != "message_not_found":
            raise
        if post.reason == WITHDRAWING:
            return Anew(attempt, None)
        # Somebody deleted it. A card comes back once, because people work with it.
        if post.kind is PostKind.CARD and post.reason != REPOSTED:
            return Anew(attempt, REPOSTED)
        return GivenUp(attempt, PostState.GONE, refusal.code)
    return Shown(attempt)


async def _with_content(
    call: Call,
    method: str,
    message: Message,
    post: Post,
    **where: Any,  # noqa: ANN401  # a channel, a thread, options
) -> Mapping[str, Any]:
    """Send a message whole, or as plain text when Slack does not understand the rest."""
    text = shortened(message.text)
    metadata = {"event_type": message.event_type, "event_payload": dict(message.event_payload)}
    try:
        return await call(
            method, text=text, blocks=list(message.blocks), metadata=metadata, **where
        )
    except SlackRejected as refusal:
        if refusal.code not in CONTENT:
            raise
        logger.error(  # noqa: TRY400  # where it was raised says nothing; the code and place do
            "Slack does not understand what Baton made (%s); sending plain text",
            refusal,
            extra={"action": "plain_text", "workspace": post.workspace, "post": post.id},
        )
    return await call(method, text=text, blocks=[], metadata=metadata, **where)


async def _look(
    attempt: Attempt, who: ClaimedWorkspace, call: Call
) -> tuple[ChannelId, list[MessageTs]]:
    """Return where this post's messages would be, and those that are there, oldest first.

    Raises SlackRejected when Baton may not read there.
    """
    post = attempt.post
    channel = post.channel
    if _is_person(channel):
        opened = await call("conversations.open", users=channel)
        channel = ChannelId(opened["channel"]["id"])
    since = post.attempted_at
    oldest = None if since is None else f"{(since - LOOK_BACK).timestamp():.6f}"
    method, where = (
        ("conversations.history", {"channel": channel})
        if attempt.parent_ts is None
        else ("conversations.replies", {"channel": channel, "ts": attempt.parent_ts})
    )
    found: set[MessageTs] = set()
    cursor: str | None = None
    while True:
        page = await call(
            method,
            **where,
            oldest=oldest,
            limit=PAGE,
            include_all_metadata=True,
            cursor=cursor,
        )
        found.update(
            MessageTs(message["ts"])
            for message in page.get("messages", ())
            if _is_this(message, attempt, who)
        )
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return channel, sorted(found)


def _is_this(message: Mapping[str, Any], attempt: Attempt, who: ClaimedWorkspace) -> bool:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    is_ours = (who.bot_id and message.get("bot_id") == who.bot_id) or (
        who.bot_user and message.get("user") == who.bot_user
    )
    return bool(
        is_ours
        and str(metadata.get("event_type", "")).startswith(OURS)
        and payload.get("post") == attempt.post.id
    )


def _is_person(channel: ChannelId) -> bool:
    return channel.startswith(("U", "W"))


def shortened(text: str) -> str:
    """Cut a text that is longer than Slack lets us edit, outside of links and escapes."""
    if len(text) <= LONGEST_TEXT:
        return text
    kept = text[: LONGEST_TEXT - 1]
    for opening, closing in (("<", ">"), ("&", ";")):
        start = kept.rfind(opening, len(kept) - LONGEST_LINK)
        if start >= 0 and closing not in kept[start:] and closing in text[start:]:
            kept = kept[:start]
    return f"{kept}…"
