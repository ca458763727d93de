"""The one workspace whose token the operator gave: who Baton is there, and whether it still is."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from bot.domain.errors import SlackFailure, SlackRejected
from bot.domain.workspace import Workspace
from bot.domain.zones import zone_data_version
from bot.usecases import people

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.slack.edge import Do
    from bot.slack.gateway import Gateway, Identity

logger = logging.getLogger(__name__)

FRESH = 300.0
"""Seconds within which Slack must have answered for an installation over HTTP to be ready."""

ASKED = 120.0
"""Seconds of silence after which Slack is asked whether it is still there."""


class Installation:
    """Knows the token and whose it is, and asks Slack again while that is in doubt."""

    def __init__(self, *, token: str | None, do: Do) -> None:
        self._token = token
        self._do = do
        self.identity: Identity | None = None
        """Who Baton is, as soon as Slack has said so."""
        self._is_refused = False

    @property
    def workspace(self) -> WorkspaceId | None:
        return None if self.identity is None else self.identity.workspace

    def identity_of(self, workspace: WorkspaceId) -> Identity | None:
        return self.identity if workspace == self.workspace else None

    def token_of(self, workspace: WorkspaceId) -> str | None:
        return None if self.identity_of(workspace) is None else self._token

    async def identify(self, gateway: Gateway) -> None:
        """Find out whose token it is, and remember the workspace; raises a SlackFailure."""
        identity = await gateway.identify(self._token or "")
        known = await self._do(identity.workspace, people.workspace)
        await self._do(
            identity.workspace,
            people.remember_workspace,
            Workspace(
                id=identity.workspace,
                name=identity.name,
                bot_id=identity.bot_id,
                bot_user=identity.bot_user,
                zone_data=known.zone_data if known else zone_data_version(),
            ),
        )
        self.identity = identity
        logger.info(
            "Baton works in the workspace %s",
            identity.workspace,
            extra={"action": "identified", "workspace": identity.workspace},
        )

    def trouble(self, gateway: Gateway, *, connected: bool | None) -> str | None:
        """Return why nothing can be done in Slack, or None.

        `connected` is whether the socket is, and None over HTTP. A socket has a token of its own
        and stays open when this one is revoked.
        """
        if gateway.token_refused is not None:
            return f"refuses SLACK_BOT_TOKEN ({gateway.token_refused})"
        if self.identity is None:
            return "has not answered yet"
        if connected is not None:
            return None if connected else "the socket is not connected"
        answered = gateway.last_answer
        if answered is None or time.monotonic() - answered > FRESH:
            return "has not answered for five minutes"
        return None

    async def ask(self, gateway: Gateway) -> None:
        """Call Slack when nobody has for a while, or when it refused the token the last time."""
        answered = gateway.last_answer
        is_fresh = answered is not None and time.monotonic() - answered < ASKED
        if self._token is None or (is_fresh and gateway.token_refused is None):
            self._say(gateway.token_refused)
            return
        try:
            await gateway.identify(self._token)
        except SlackRejected:
            pass  # Said below, once for as long as it lasts.
        except SlackFailure as failure:
            logger.warning("Slack does not answer (%s)", failure, extra={"action": "slack_away"})
        self._say(gateway.token_refused)

    def _say(self, code: str | None) -> None:
        """Log when Slack begins to refuse the token, and when it takes it again."""
        if code is not None and not self._is_refused:
            logger.error(
                "Slack refuses SLACK_BOT_TOKEN (%s). Install the app in your workspace again, and "
                "set the bot token from OAuth & Permissions if it is another one",
                code,
                extra={"action": "bot_token_refused"},
            )
        if code is None and self._is_refused:
            logger.info("Slack takes SLACK_BOT_TOKEN again", extra={"action": "bot_token_taken"})
        self._is_refused = code is not None
