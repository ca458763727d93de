"""What Baton is compared with: `python -m tests.benchmarks.floors serve|post …`.

`serve` is a bare Bolt app on the same HTTP server, which only acknowledges; with a database it
first writes, by the raw driver, the rows that Baton writes. `post` is Slack's own client, posting
what Baton posted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sqlite3
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import psycopg
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.person import WorkspaceId
from bot.domain.post import PostKind, post_id
from tests.benchmarks.clock import system_clock
from tests.benchmarks.engines import SQLITE, in_postgresql, in_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from slack_bolt.context.ack.async_ack import AsyncAck

POSTGRESQL_THREADS = 4
"""As many as Baton has connections."""

_SETTERS = {
    "delegate": (
        "UPDATE workspaces SET next_task = next_task + 1 WHERE id = %s RETURNING next_task - 1"
    ),
    "task": (
        "INSERT INTO tasks (workspace, number, key, title, more, delegator, due_at, due_local, "
        "due_zone, takes, channel, status, created_at, question) "
        "VALUES (%s, %s, %s, %s, '', %s, %s, %s, 'America/New_York', 10800, %s, 'waiting', %s, '')"
    ),
    "assignee": (
        "INSERT INTO assignees (workspace, task, person, reply, words, place) "
        "VALUES (%s, %s, %s, 'none', '', 0)"
    ),
    "event": (
        'INSERT INTO task_events (workspace, task, place, step, "by", via, at, before, after, '
        "reply_before, text, reaction) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'none', '', %s)"
    ),
    "post": (
        "INSERT INTO posts (workspace, id, kind, subject, channel, wanted, shown, attempts, state, "
        "urgent) VALUES (%s, %s, %s, %s, %s, 1, 0, 0, 'live', true)"
    ),
    "card": ("SELECT id, subject FROM posts WHERE workspace = %s AND channel = %s AND ts = %s"),
    "reaction": (
        "INSERT INTO reactions (workspace, channel, ts, person, name, stands, event_ts) "
        "VALUES (%s, %s, %s, %s, %s, true, %s)"
    ),
    "done": (
        "UPDATE tasks SET status = 'done', version = version + 1 "
        "WHERE workspace = %s AND number = %s"
    ),
    "wanted": "UPDATE posts SET wanted = wanted + 1 WHERE workspace = %s AND id = %s",
}


class Rows:
    """Writes the rows of one interaction in one transaction, in a thread, by the driver itself."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_sqlite = url.startswith(SQLITE)
        # SQLite has one lock for writing, so more threads would only wait for each other.
        self._threads = ThreadPoolExecutor(1 if self._is_sqlite else POSTGRESQL_THREADS)
        self._own = threading.local()

    async def write(self, work: Callable[[_Transaction], None]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._transact, work)

    def _transact(self, work: Callable[[_Transaction], None]) -> None:
        if not hasattr(self._own, "connection"):
            self._own.connection = self._connected()
        connection = self._own.connection
        with _begun(connection):
            work(_Transaction(connection, is_sqlite=self._is_sqlite))

    def _connected(self) -> Any:  # noqa: ANN401  # either driver's
        if not self._is_sqlite:
            return psycopg.connect(self._url, autocommit=True)
        path = self._url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection


class _Sqlite:
    """A transaction that takes the lock for writing at its beginning."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def _begun(connection: Any) -> AbstractContextManager[Any]:  # noqa: ANN401  # either driver's
    if isinstance(connection, sqlite3.Connection):
        return _Sqlite(connection)
    begun: AbstractContextManager[Any] = connection.transaction()
    return begun


class _Transaction:
    """Statements in either driver's manner."""

    def __init__(self, connection: Any, *, is_sqlite: bool) -> None:  # noqa: ANN401  # likewise
        self._connection = connection
        self._is_sqlite = is_sqlite

    def run(self, name: str, *values: object) -> Any:  # noqa: ANN401  # either driver's cursor
        statement = _SETTERS[name]
        if self._is_sqlite:
            return self._connection.execute(
                statement.replace("%s", "?"), tuple(map(in_sqlite, values))
            )
        return self._connection.execute(statement, tuple(map(in_postgresql, values)))


def delegated(body: dict[str, Any], rows: _Transaction) -> None:
    """Write what a new task is: the task, its person, its first step, its card, a message."""
    team, user, channel = body["team_id"], body["user_id"], body["channel_id"]
    person = body["text"][2:].partition(">")[0]
    now = system_clock()
    (number,) = rows.run("delegate", team).fetchone()
    rows.run(
        *("task", team, number, body["trigger_id"], body["text"], user, now),
        *(now.replace(tzinfo=None), channel, now),
    )
    rows.run("assignee", team, number, person)
    rows.run("event", team, number, 0, "delegate", user, "command", now, "waiting", "waiting", "")
    for kind, subject, place in (
        (PostKind.CARD, str(number), channel),
        (PostKind.NEW_TASK, f"{number}/{person}", person),
    ):
        key = post_id(WorkspaceId(team), kind, subject)
        rows.run("post", team, key, kind, subject, place)


def reacted(body: dict[str, Any], rows: _Transaction) -> None:
    """Write what a task is that a reaction finished."""
    event, team = body["event"], body["team_id"]
    channel, ts = event["item"]["channel"], event["item"]["ts"]
    now = system_clock()
    post, subject = rows.run("card", team, channel, ts).fetchone()
    name, user = event["reaction"], event["user"]
    rows.run("reaction", team, channel, ts, user, name, event["event_ts"])
    rows.run("done", team, int(subject))
    rows.run(
        *("event", team, int(subject), 2, "finish", user, "reaction", now, "doing", "done", name)
    )
    rows.run("wanted", team, post)


async def _authorize() -> AuthorizeResult:
    """Ask nobody, as Baton does not."""
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_id="B1", bot_user_id="U1")


def bolt(secret: str, rows: Rows | None) -> AsyncApp:
    """Return the smallest app there is; with `rows` it writes them before it acknowledges."""
    app = AsyncApp(signing_secret=secret, authorize=_authorize, process_before_response=True)

    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        if rows is not None:
            await rows.write(partial(delegated, body))
        await ack("Task 1 is with Ana Reyes.")

    async def event(ack: AsyncAck, body: dict[str, Any]) -> None:
        if rows is not None:
            await rows.write(partial(reacted, body))
        await ack()

    app.command("/delegate")(command)
    app.event("reaction_added")(event)
    return app


async def serve(given: argparse.Namespace) -> None:
    app = bolt(given.secret, Rows(given.database) if given.database else None)

    async def events(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    server = web.Application()
    server.add_routes([web.post("/slack/events", events)])
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await web.TCPSite(runner, "127.0.0.1", given.port).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


async def post(given: argparse.Namespace) -> None:
    """Post the messages of a file, so many at once; print the seconds, and those of computing."""
    said: Sequence[tuple[str, dict[str, Any]]] = json.loads(Path(given.file).read_text())
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=given.concurrency)
    ) as session:
        client = AsyncWebClient(base_url=given.api_url, session=session)
        waiting = iter(said)

        async def one_after_the_other() -> None:
            for token, args in waiting:
                await client.api_call(
                    "chat.postMessage", json=args, headers={"Authorization": f"Bearer {token}"}
                )

        started, computed = time.monotonic(), time.process_time()
        await asyncio.gather(*(one_after_the_other() for _ in range(given.concurrency)))
        took = time.monotonic() - started, time.process_time() - computed
        sys.stdout.write(f"{json.dumps(took)}\n")


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.floors", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("serve")
    one.set_defaults(run=serve)
    one.add_argument("--port", type=int, required=True)
    one.add_argument("--secret", required=True)
    one.add_argument("--database")
    other = commands.add_parser("post")
    other.set_defaults(run=post)
    other.add_argument("--api-url", required=True)
    other.add_argument("--concurrency", type=int, required=True)
    other.add_argument("--file", required=True)
    given = parser.parse_args(argv)
    asyncio.run(given.run(given))


if __name__ == "__main__":
    main(sys.argv[1:])
