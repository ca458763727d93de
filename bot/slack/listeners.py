"""Everything that Slack can make Baton do, registered in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import (
    absences,
    commands,
    days,
    delegating,
    departing,
    home,
    hours,
    huddling,
    messages,
    own_time,
    reactions,
    tasks,
    teams,
)

if TYPE_CHECKING:
    from slack_bolt.app.async_app import AsyncApp

    from bot.slack.edge import Edge


def register(app: AsyncApp, edge: Edge) -> None:
    """Bind every command, button, modal and event to what answers it."""
    # Bolt asks one after the other whether a payload is for it, and to ask all fifty takes longer
    # than the answer. So those come first whose payloads are the most.
    often = (messages, reactions, commands, delegating, tasks, teams, huddling, home, hours)
    for part in (*often, days, absences, own_time, departing):
        part.register(app, edge)
