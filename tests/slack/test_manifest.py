"""The manifest: valid by Slack's schema, complete, and the same as `app.yml`."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.config import LONGEST_PREFIX
from bot.slack.manifest import (
    BOT_EVENTS,
    COMMANDS,
    SCOPES,
    ManifestError,
    manifest,
    manifest_yaml,
)

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "contracts" / "manifest.schema.2.0.0.json"

WAYS = [
    (None, ""),
    (None, "acme-"),
    (None, "a" * LONGEST_PREFIX),
    ("https://baton.example.com", ""),
    ("https://example.com/baton/", "acme-"),
]


@pytest.mark.parametrize(("url", "prefix"), WAYS)
@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's schema is not part of a clone")
def test_slacks_own_schema_accepts_the_manifest(url: str | None, prefix: str) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))

    jsonschema.Draft7Validator(schema).validate(manifest(url=url, prefix=prefix))


def test_the_file_in_the_repository_is_what_the_command_prints() -> None:
    printed = manifest_yaml(url=None, prefix="")

    assert (ROOT / "app.yml").read_text("utf-8") == printed


@pytest.mark.parametrize(("url", "prefix"), WAYS)
def test_the_yaml_says_what_the_manifest_says(url: str | None, prefix: str) -> None:
    assert yaml.safe_load(manifest_yaml(url=url, prefix=prefix)) == manifest(url=url, prefix=prefix)


def test_socket_mode_needs_no_address() -> None:
    settings = manifest(url=None, prefix="")["settings"]

    assert settings["socket_mode_enabled"] is True
    assert "url" not in json.dumps(settings)


def test_over_http_everything_arrives_at_one_address() -> None:
    asked = manifest(url="https://baton.example.com/", prefix="")

    endpoint = "https://baton.example.com/slack/events"
    assert asked["settings"]["socket_mode_enabled"] is False
    assert asked["settings"]["event_subscriptions"]["request_url"] == endpoint
    assert asked["settings"]["interactivity"] == {"is_enabled": True, "request_url": endpoint}
    assert {command["url"] for command in commands(asked)} == {endpoint}


def test_the_prefix_renames_every_command() -> None:
    names = [command["command"] for command in commands(manifest(url=None, prefix="acme-"))]

    assert names == ["/acme-delegate", "/acme-ack", "/acme-tasks", "/acme-baton"]
    assert [command.called("") for command in COMMANDS] == ["/delegate", "/ack", "/tasks", "/baton"]


def test_people_and_channels_arrive_as_ids() -> None:
    assert all(command["should_escape"] for command in commands(manifest(url=None, prefix="")))


def test_tokens_are_not_rotated_because_that_cannot_be_turned_off() -> None:
    assert manifest(url=None, prefix="")["settings"]["token_rotation_enabled"] is False


def test_home_and_direct_messages_are_open() -> None:
    assert manifest(url=None, prefix="")["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_every_scope_and_event_says_what_it_is_for() -> None:
    asked = manifest(url=None, prefix="")

    assert set(asked["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert set(asked["settings"]["event_subscriptions"]["bot_events"]) == set(BOT_EVENTS)
    assert all([*SCOPES.values(), *BOT_EVENTS.values()])


def test_every_event_has_the_scope_that_slack_wants_for_it() -> None:
    wanted = {
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "reaction_added": "reactions:read",
        "reaction_removed": "reactions:read",
        "user_change": "users:read",
        "channel_archive": "channels:read",
        "channel_deleted": "channels:read",
        "channel_left": "channels:read",
        "group_deleted": "groups:read",
        "group_left": "groups:read",
        "channel_id_changed": "channels:read",
        "group_archive": "groups:read",
        "member_joined_channel": "channels:read",
        "member_left_channel": "channels:read",
        "app_home_opened": None,
    }

    assert set(wanted) == set(BOT_EVENTS)
    assert {scope for scope in wanted.values() if scope} <= set(SCOPES)


def test_a_prefix_that_makes_a_command_too_long_is_refused() -> None:
    with pytest.raises(ManifestError, match="choose a shorter one"):
        manifest(url=None, prefix="a" * (LONGEST_PREFIX + 1))


@pytest.mark.parametrize(
    "url",
    ["http://baton.example.com", "baton.example.com", "https://", "https://[", "https://a/?b=1"],
)
def test_an_address_that_slack_would_not_call_is_refused(url: str) -> None:
    with pytest.raises(ManifestError, match=r"such as https://baton\.example\.com"):
        manifest(url=url, prefix="")


def commands(asked: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = asked["features"]["slash_commands"]
    return listed
