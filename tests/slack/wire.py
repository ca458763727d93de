"""A listening socket that answers HTTP requests with whatever bytes a test wants."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SLACK_DATE = "Mon, 23 Nov 2026 09:00:00 GMT"

HANG = b"hang"
"""Answer nothing, and keep the connection open."""

RESET = b"reset"
"""Reset the connection instead of answering."""


def answer(
    body: object,
    *,
    status: int = 200,
    kind: str = "application/json; charset=utf-8",
    promised: int = 0,
    **headers: str,
) -> bytes:
    """Return a response; `promised` more bytes are announced than come."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content) + promised}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    if promised:
        lines.append("X-Note: a broken promise, after which the connection closes")
    if "Date" not in headers:
        lines.append(f"Date: {SLACK_DATE}")
    return "\r\n".join([*lines, "", ""]).encode() + content


OK = answer({"ok": True})


@dataclass
class Seen:
    """One request that arrived whole."""

    line: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever JSON holds
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


@dataclass
class Wire:
    """What was seen, and what is answered next; the last answer stays."""

    port: int = 0
    answers: list[bytes] = field(default_factory=lambda: [OK])
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in rest)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.seen.append(Seen(line, headers, body.decode()))
        reply = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if reply == HANG:
            await reader.read()
            return False
        if reply == RESET:
            writer.transport.abort()
            return False
        writer.write(reply)
        await writer.drain()
        return b"promise" not in reply


@asynccontextmanager
async def listening() -> AsyncIterator[Wire]:
    wire = Wire()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(wire.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
