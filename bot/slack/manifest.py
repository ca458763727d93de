"""What Baton asks of a workspace, as a Slack app manifest: commands, scopes, events."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

# What Slack allows in the name of a command, the slash included.
_COMMAND_LIMIT = 32


@dataclass(frozen=True, kw_only=True)
class Command:
    """A slash command, by its name without slash and prefix."""

    name: str
    description: str
    usage_hint: str

    def called(self, prefix: str) -> str:
        """Return what people type: `/acme-tasks`."""
        return f"/{prefix}{self.name}"


COMMANDS = (
    Command(
        name="delegate",
        description="Hand over a task, and hear whether it was accepted",
        usage_hint="@ana Prepare June report due fri 17:00 takes 3h",
    ),
    Command(
        name="ack",
        description="See what waits for your yes, accept, decline or ask",
        usage_hint="[42] [yes | decline too busy | ask which format?]",
    ),
    Command(
        name="tasks",
        description="List tasks, or work on one",
        usage_hint="[mine | sent | team | waiting | overdue | done] or [done 42]",
    ),
    Command(
        name="baton",
        description="Teams, written huddles, absences and help",
        usage_hint="[team | huddle | away fri | back | me | help]",
    ),
)

MESSAGE_SHORTCUT = "delegate_message"
GLOBAL_SHORTCUT = "delegate_new"

_SHORTCUTS = (
    {
        "name": "Delegate this",
        "type": "message",
        "callback_id": MESSAGE_SHORTCUT,
        "description": "Hand over a task that starts from this message",
    },
    {
        "name": "Delegate a task",
        "type": "global",
        "callback_id": GLOBAL_SHORTCUT,
        "description": "Hand over a task",
    },
)

# Every scope with what would not work without it. A scope that is added later makes every
# workspace install again, and one that is not needed makes people wonder what we read.
SCOPES = {
    "channels:history": "replies under huddles and cards in public channels; look before repeating",
    "channels:read": "who is in a public channel; hear when Baton is invited to one",
    "chat:write": "huddles, cards, receipts and direct messages",
    "commands": "slash commands and shortcuts",
    "groups:history": "the same as channels:history, in private channels",
    "groups:read": "the same as channels:read, in private channels",
    "im:history": "what people write to Baton",
    "im:write": "open the direct message with somebody",
    "reactions:read": "accept and finish a task by reaction; read again after a gap",
    "reactions:write": "mark a reply as the answer",
    "users:read": "time zone, guest, deactivated or bot",
}

# Every event with what it is for. `message.…` are how Slack names the subscriptions; the event
# itself is of type `message`.
BOT_EVENTS = {
    "app_home_opened": "show Home",
    "channel_archive": "tell the leads of a team that its channel was archived",
    "channel_deleted": "the same, deleted",
    "channel_id_changed": "follow a channel that was shared with another company",
    "channel_left": "tell the leads that Baton was removed",
    "group_archive": "the same for private channels: archived",
    "group_deleted": "deleted",
    "group_left": "removed",
    "member_joined_channel": "offer a huddle to whoever invited Baton",
    "member_left_channel": "send somebody the cards that they no longer see there",
    "message.channels": "replies under huddles and cards",
    "message.groups": "the same, in private channels",
    "message.im": "commands without a slash",
    "reaction_added": "steps taken by reaction",
    "reaction_removed": "steps undone",
    "user_change": "somebody moved to another time zone or left",
}


class ManifestError(Exception):
    """The manifest cannot be as asked: a sentence that says why and what to do."""


def manifest(*, url: str | None, prefix: str) -> dict[str, Any]:
    """Return the manifest of Slack's app: for HTTP at `url`, or for Socket Mode without one."""
    endpoint = None if url is None else _endpoint(url)
    requests = {} if endpoint is None else {"request_url": endpoint}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "Baton",
            "description": "Written morning huddles and delegation that is accepted, "
            "across time zones",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Baton", "always_online": True},
            "shortcuts": [dict(shortcut) for shortcut in _SHORTCUTS],
            "slash_commands": [_slash_command(command, prefix, endpoint) for command in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**requests, "bot_events": sorted(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": False,
            "socket_mode_enabled": endpoint is None,
            # Once on it cannot be turned off again.
            "token_rotation_enabled": False,
        },
    }


def manifest_yaml(*, url: str | None, prefix: str) -> str:
    """Return the manifest as the YAML that Slack's *Create an app from a manifest* takes."""
    return yaml.safe_dump(
        manifest(url=url, prefix=prefix), sort_keys=False, allow_unicode=True, width=100
    )


def _slash_command(command: Command, prefix: str, endpoint: str | None) -> dict[str, Any]:
    called = command.called(prefix)
    if len(called) > _COMMAND_LIMIT:
        raise ManifestError(
            f"With this prefix the command {called} is longer than Slack's {_COMMAND_LIMIT} "
            "characters; choose a shorter one."
        )
    return {
        "command": called,
        **({} if endpoint is None else {"url": endpoint}),
        "description": command.description,
        "usage_hint": command.usage_hint,
        # People and channels arrive as ids, not as names that may be anybody's.
        "should_escape": True,
    }


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ManifestError(
            "The address must be the one at which Slack reaches Baton, such as https://baton.example.com"
        )
    return f"{url.rstrip('/')}/slack/events"
