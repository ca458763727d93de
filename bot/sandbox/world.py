"""Everything that one local Slack knows, across its workspaces."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from bot.sandbox.changes import Changes
from bot.sandbox.records import SLACKBOT, Ids, Json, Member, View
from bot.sandbox.shapes import with_ids
from bot.sandbox.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime


@dataclass(slots=True)
class Trigger:
    """What lets the bot open a modal: soon after the person did something, and once."""

    user: str
    team: str
    born: float
    used: bool = False
    # The view in which the person did it, on top of which another may be pushed.
    view: str | None = None


@dataclass(slots=True)
class ResponseUrl:
    """Where the bot may answer one interaction, five times within half an hour."""

    user: str
    team: str
    channel: str
    born: datetime
    uses: int = 0
    # The message that was acted upon, or the last one posted through this URL.
    original: str | None = None
    ephemeral: bool = True
    thread_ts: str | None = None


# The bot scopes of the manifest; a workspace can be given fewer to see what the bot then says.
DEFAULT_SCOPES = (
    "commands",
    "chat:write",
    "reactions:read",
    "reactions:write",
    "users:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "im:history",
    "im:write",
)


class World:
    """Everything that the local Slack knows; `outbox` receives each event the app should get."""

    trigger_life = 3.0
    response_life = 1800.0
    response_uses = 5
    # Whether people can write to the app and it to them, a switch of the app's Home.
    messages_tab = True

    def __init__(
        self, *, clock: Callable[[], datetime], bot_events: Collection[str], app_token: str
    ) -> None:
        self.clock = clock
        self.bot_events = frozenset(bot_events)
        self.app_token = app_token
        self.ids = Ids()
        self.app_id = self.ids.next("A")
        self.changes = Changes()
        self.last_event = 0
        self.workspaces: dict[str, Workspace] = {}
        self.tokens: dict[str, str] = {}
        self.views: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.outbox: Callable[[Workspace, Json], None] = lambda _workspace, _payload: None

    def micros(self) -> int:
        now = self.clock()
        return int(now.timestamp()) * 1_000_000 + now.microsecond

    def uuid(self) -> str:
        number = f"{self.ids.number('uuid'):032x}"
        return "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))

    def bot_token(self, team: str) -> str:
        token = f"xoxb-{team}-{self.ids.number('token')}-{secrets.token_hex(8)}"
        self.tokens[token] = team
        return token

    def add_workspace(
        self,
        name: str,
        *,
        scopes: Collection[str] = DEFAULT_SCOPES,
        bot_name: str = "baton",
        token: str | None = None,
    ) -> Workspace:
        team = self.ids.next("T")
        now = int(self.clock().timestamp())
        bot = Member(
            id=self.ids.next("U"),
            team_id=team,
            name=bot_name,
            real_name=bot_name.title(),
            tz="America/Los_Angeles",
            updated=now,
            is_bot=True,
            bot_id=self.ids.next("B"),
        )
        # Slackbot counts as no bot in the directory, which has surprised many an app.
        slackbot = Member(
            id=SLACKBOT, team_id=team, name="slackbot", real_name="Slackbot", tz=None, updated=now
        )
        if token is not None:
            self.tokens[token] = team
        workspace = Workspace(
            world=self,
            id=team,
            name=name,
            domain="".join(c for c in name.lower() if c.isalnum() or c == "-") or "local",
            bot_user=bot.id,
            bot_id=str(bot.bot_id),
            token=token or self.bot_token(team),
            scopes=tuple(scopes),
            members={slackbot.id: slackbot, bot.id: bot},
        )
        self.workspaces[team] = workspace
        return workspace

    def workspace_of(self, user: str) -> Workspace:
        """Return the workspace that knows this person; raises KeyError when none does."""
        for workspace in self.workspaces.values():
            if user in workspace.members and user != SLACKBOT:
                return workspace
        raise KeyError(user)

    def new_trigger(self, workspace: Workspace, user: str, *, view: str | None = None) -> str:
        name = f"{self.ids.number('trigger')}.{workspace.id[1:]}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user=user, team=workspace.id, born=monotonic(), view=view)
        return name

    def new_view(self, user: str, body: Json, below: View | None) -> View:
        """Return a view of `body` on top of another one, or on its own."""
        name = self.ids.next("V")
        opened = View(
            id=name,
            user=user,
            body={**body, "blocks": with_ids(body["blocks"], self.ids)},
            hash=self.new_hash(),
            root_id=name if below is None else below.root_id,
            previous_id=None if below is None else below.id,
        )
        self.views[name] = opened
        return opened

    def new_hash(self) -> str:
        return f"{int(self.clock().timestamp())}.{secrets.token_hex(4)}"
