"""Everything that Slack can make Baton do, registered in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import commands, delegating, home, hours, huddling, messages, reactions, tasks, teams

if TYPE_CHECKING:
    from slack_bolt.app.async_app import AsyncApp

    from bot.slack.edge import Edge


def register(app: AsyncApp, edge: Edge) -> None:
    """Bind every command, button, modal and event to what answers it."""
    for part in (commands, delegating, tasks, teams, huddling, reactions, messages, home, hours):
        part.register(app, edge)
