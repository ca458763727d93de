"""What happens when a team's huddle cannot be shown in its channel: its leads hear of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.alarm import AlarmKind
from bot.domain.huddle import HuddleStatus, from_subject
from bot.domain.person import UserId
from bot.domain.post import ChannelId, PostKind
from bot.domain.team import TeamId
from bot.usecases.telling import tell

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.post import Post
    from bot.domain.team import Team
    from bot.store.transaction import Tx

NOTICE = "huddle"
"""What the subject of such a notice begins with: huddle/team/since/code/person."""

NOT_IN_CHANNEL = "not_in_channel"
IS_ARCHIVED = "is_archived"
CHANNEL_GONE = "channel_not_found"
UNKNOWN = "unknown"
"""Nobody can tell whether a message reached Slack, so it is not repeated."""

REASONS = {
    NOT_IN_CHANNEL: "Baton was not in the channel.",
    IS_ARCHIVED: "The channel was archived.",
    CHANNEL_GONE: "The channel was deleted, or Baton was removed from it.",
    UNKNOWN: "Slack did not say whether it took the message, so Baton did not repeat it.",
}
_OTHER_REASON = "Slack did not take the message ({code})."

# Slack no longer lets this message be edited.
_TOO_LATE = frozenset({"edit_window_closed", "cant_update_message"})

# Of a message in the thread or a mark, these say something about that message only.
_OF_ONE_MESSAGE = frozenset(
    {
        "message_not_found",
        "bad_timestamp",
        "no_item_specified",
        "too_many_emoji",
        "too_many_reactions",
        "thread_locked",
        "not_reactable",
    }
)


def on_trouble(tx: Tx, post: Post, reason: str, now: datetime) -> None:
    """Take note that Slack does not show a post of a huddle, and tell whom it concerns."""
    if post.kind not in {PostKind.HUDDLE, PostKind.ANSWER, PostKind.MARK, PostKind.SUMMARY}:
        return
    team_id, local_date, _ = from_subject(post.subject)
    huddle = tx.huddles.get(team_id, local_date)
    team = tx.teams.get(team_id)
    if huddle is None or team is None:
        return
    if post.kind is PostKind.HUDDLE and post.ts is None:
        # An unclear one may be there, and then it takes answers like any other.
        if reason != UNKNOWN and huddle.status is HuddleStatus.OPEN:
            words = REASONS.get(reason) or _OTHER_REASON.format(code=reason)
            tx.huddles.save(huddle.missed(words))
            tx.alarms.cancel(AlarmKind.HUDDLE_CLOSE, huddle.subject)
    elif reason in _TOO_LATE:
        if post.kind is PostKind.HUDDLE and huddle.status is HuddleStatus.CLOSED:
            tx.posts.want(PostKind.SUMMARY, post.subject, channel=post.channel, parent=post.id)
        return
    elif reason in _OF_ONE_MESSAGE:
        return
    tell_leads(tx, team, reason, now=now)


def left_channel(tx: Tx, channel: ChannelId, reason: str, *, now: datetime) -> None:
    """Tell the leads of a channel's teams that Baton can no longer post there."""
    for team in tx.teams.in_channel(channel):
        tell_leads(tx, team, reason, now=now)


def tell_leads(tx: Tx, team: Team, code: str, *, now: datetime) -> None:
    """Tell each lead once, until a huddle has been held again; a deleted team has none to tell."""
    if team.deleted_at is not None:
        return
    spell = f"{NOTICE}/{team.id}/{_last_held(tx, team)}-{team.channel}"
    if tx.posts.under(PostKind.NOTICE, spell):
        return
    for lead in team.leads:
        tell(tx, lead, PostKind.NOTICE, f"{spell}/{code}/{lead}", now=now)


def from_notice(subject: str) -> tuple[TeamId, str, ChannelId, UserId] | None:
    """Return team, code, channel and reader of a notice about a huddle; None: it is of another."""
    what, *rest = subject.split("/")
    if what != NOTICE:
        return None
    team, spell, code, reader = rest
    return TeamId(int(team)), code, ChannelId(spell.rpartition("-")[2]), UserId(reader)


def _last_held(tx: Tx, team: Team) -> str:
    held = (
        huddle.date.isoformat()
        for huddle in tx.huddles.latest(team.id, 400)
        if huddle.status is not HuddleStatus.MISSED
    )
    return next(held, "never")
