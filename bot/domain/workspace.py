"""A Slack workspace in which Baton is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.person import UserId, WorkspaceId


@dataclass(frozen=True)
class Workspace:
    """Who Baton is there, as Slack's `auth.test` says."""

    id: WorkspaceId
    name: str
    bot_id: str
    bot_user: UserId
    zone_data: str = ""
    """The version of the time-zone data with which its alarms were computed."""
