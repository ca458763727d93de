"""The load: requests that are signed as Slack signs them, over connections that are kept open."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.sandbox.delivery import sign
from tests.benchmarks.clock import system_clock
from tests.benchmarks.pairs import percentile
from tests.benchmarks.slack import ANA, MAYA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
OK = 200


@dataclass(frozen=True)
class Load:
    """What came of a number of requests."""

    seconds: float
    """From the first to the last byte of all of them."""
    latencies: tuple[float, ...]
    statuses: Mapping[int, int]
    refused: int
    """Answers that were 200 and still did not do what was asked."""
    cpu: float = 0.0
    """Seconds that the server computed."""

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def cost(self) -> float:
        """Return the seconds of computing that each request took."""
        return self.cpu / len(self.latencies)

    @property
    def errors(self) -> int:
        return sum(n for status, n in self.statuses.items() if status != OK) + self.refused

    @property
    def p99(self) -> float:
        return percentile(self.latencies, 0.99)

    @property
    def slowest(self) -> float:
        return max(self.latencies)


async def load(port: int, requests: Sequence[bytes], *, clients: int, says: bytes = b"") -> Load:
    """Send all of these with so many clients, each of which waits for its answer.

    An answer without the bytes `says` counts as refused.
    """
    waiting = iter(requests)
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    refused = 0
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        for request in waiting:
            started = time.monotonic()
            writer.write(request)
            status, body = await _answer(reader)
            latencies.append(time.monotonic() - started)
            statuses[status] += 1
            refused += status == OK and says not in body

    started = time.monotonic()
    await asyncio.gather(*(client(*connection) for connection in connections))
    seconds = time.monotonic() - started
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()
    return Load(seconds, tuple(latencies), statuses, refused)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return int(head[9:12]), await reader.readexactly(length)


def signed(secret: str, body: bytes, kind: str) -> bytes:
    """Return a whole request, as Slack would send it now."""
    timestamp = str(int(system_clock().timestamp()))
    head = (
        "POST /slack/events HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        f"Content-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Slack-Request-Timestamp: {timestamp}\r\n"
        f"X-Slack-Signature: {sign(secret, timestamp, body)}\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n\r\n"
    )
    return head.encode() + body


def delegations(
    secret: str, workspaces: Sequence[Mapping[str, Any]], count: int, *, run: str
) -> list[bytes]:
    """Return so many `/delegate`s, in one workspace after the other."""
    return [
        _command(secret, workspaces[n % len(workspaces)], f"{run}.{n}", n) for n in range(count)
    ]


def _command(secret: str, who: Mapping[str, Any], trigger: str, n: int) -> bytes:
    fields = {
        "token": "local-slack-verification",
        "team_id": who["id"],
        "team_domain": "w",
        "channel_id": who["channels"][n % len(who["channels"])],
        "channel_name": "c",
        "user_id": who[MAYA],
        "user_name": MAYA,
        "command": "/delegate",
        "text": f"<@{who[ANA]}> Prepare the June report {n} due tomorrow 17:00 takes 3h",
        "api_app_id": "A0000000001",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/response/none",
        "trigger_id": trigger,
    }
    return signed(secret, urlencode(fields).encode(), FORM)


def reactions(secret: str, cards: Sequence[tuple[Mapping[str, Any], str, str]]) -> list[bytes]:
    """Return the event that says ✅ of a card's assignee for each workspace, channel and `ts`."""
    return [_reaction(secret, who, channel, ts, n) for n, (who, channel, ts) in enumerate(cards)]


def _reaction(secret: str, who: Mapping[str, Any], channel: str, ts: str, n: int) -> bytes:
    now = int(system_clock().timestamp())
    payload = {
        "token": "local-slack-verification",
        "team_id": who["id"],
        "api_app_id": "A0000000001",
        "type": "event_callback",
        "event_id": f"Ev{n:010X}",
        "event_time": now,
        "event": {
            "type": "reaction_added",
            "user": who[ANA],
            "reaction": "white_check_mark",
            "item": {"type": "message", "channel": channel, "ts": ts},
            "item_user": who["bot_user"],
            "event_ts": f"{now}.{n:06d}",
        },
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": who["id"],
                "user_id": who["bot_user"],
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
    }
    return signed(secret, json.dumps(payload).encode(), JSON)
