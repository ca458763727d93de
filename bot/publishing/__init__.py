"""Makes Slack show what the posts want, never twice, and within Slack's limits."""

from bot.publishing.beating import LEASE
from bot.publishing.limiter import Limits
from bot.publishing.publisher import Publisher
from bot.publishing.showing import ClaimLost, Messenger

__all__ = ["LEASE", "ClaimLost", "Limits", "Messenger", "Publisher"]
