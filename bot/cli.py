"""The command line: parses arguments, prints, exits."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import Baton, StartRefused, system_clock
from bot.config import ConfigError, Settings, configure_logging, read_environment
from bot.domain.errors import SlackFailure
from bot.domain.zones import find_zone, zone_data_version
from bot.sandbox.running import CannotListen as PageCannotListen
from bot.sandbox.running import Sandbox
from bot.slack.gateway import Gateway, Identity
from bot.slack.manifest import COMMANDS, SCOPES, ManifestError, manifest_yaml
from bot.slack.socket_mode import AppTokenRefused
from bot.store.failures import StoreRefused, StoreUnavailable
from bot.store.migrating import migrate, schema_version
from bot.web import CannotListen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import datetime
    from typing import Any

OK = 0
FAILED = 1
MISUSED = 2

GIVING_UP = 5.0
"""Seconds in which a start that is called off lets go of what it holds."""


def main(
    argv: Sequence[str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    make: Callable[..., Baton] = Baton,
    clock: Callable[[], datetime] = system_clock,
) -> int:
    """Run one command and return its exit code: 0 success, 1 failure, 2 wrong usage.

    `make` builds the bot from its settings and `clock`.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as done:
        return int(done.code or 0)
    try:
        given = read_environment(Path.cwd()) if environ is None else environ
        code: int = arguments.command(_Call(arguments, given, make, clock))
    except _CONFIGURATION as error:
        return _complain(str(error), MISUSED)
    except _OUTAGES as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return FAILED
    return code


@dataclass(frozen=True)
class _Call:
    """What every command is given."""

    arguments: argparse.Namespace
    environ: Mapping[str, str]
    make: Callable[..., Baton]
    clock: Callable[[], datetime]


class _Misuse(Exception):
    """Arguments that are well-formed and still cannot be meant: a sentence."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="baton",
        description="A self-hosted Slack bot for morning huddles and delegation across time zones.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, does: str, command: Callable[..., int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
        one.set_defaults(command=command)
        return one

    add("run", "run the bot: migrate the database, connect to Slack, serve HTTP", _run)
    sandbox = add("sandbox", "run the same bot against a local Slack in the browser", _sandbox)
    sandbox.add_argument(
        "--port", type=_port, default=3001, help="where the local Slack's page is (default: 3001)"
    )
    add("migrate", "bring the database to the newest schema", _migrate)
    add("doctor", "check configuration, database, Slack token, scopes, zone data", _doctor)
    manifest = add("manifest", "print the Slack app manifest, as YAML", _manifest)
    manifest.add_argument("--url", help="https://HOST at which Slack reaches the bot over HTTP")
    manifest.add_argument("--prefix", help="what the slash commands begin with, such as acme-")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:  # noqa: PLR2004  # the largest port
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _run(call: _Call) -> int:
    settings = Settings.from_env(call.environ)
    undo = configure_logging(settings, stream=sys.stderr)
    try:
        for warning in settings.warnings:
            sys.stderr.write(f"{warning}\n")
        return asyncio.run(until_told(call.make(settings, clock=call.clock)))
    finally:
        undo()


async def until_told(bot: Any) -> int:  # noqa: ANN401  # whatever starts and stops
    """Run something that starts and stops until SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    starting = asyncio.create_task(bot.start())
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting}, timeout=GIVING_UP)
        # A migration waits in another thread that cannot be cancelled; what it did not commit is
        # undone, and nothing else was begun.
        os._exit(OK)
    try:
        starting.result()
        await waiting
        await bot.stop()
    finally:
        waiting.cancel()
    return OK


def _sandbox(call: _Call) -> int:
    environ = call.environ
    settings = Settings.from_env(environ, needs_slack=False)
    prefix = settings.command_prefix

    def build(slack: Mapping[str, str], sandbox_clock: Callable[[], datetime]) -> Baton:
        own = {name: value for name, value in environ.items() if not name.startswith("SLACK_")}
        return call.make(Settings.from_env({**own, **slack}), clock=sandbox_clock)

    sandbox = Sandbox(
        build,
        host=settings.host,
        port=call.arguments.port,
        commands=[command.called(prefix) for command in COMMANDS],
        prefix=prefix,
        clock=call.clock,
        say=_say,
    )
    undo = configure_logging(settings, stream=sys.stderr)
    try:
        return asyncio.run(until_told(sandbox))
    finally:
        undo()


def _migrate(call: _Call) -> int:
    settings = Settings.from_env(call.environ, needs_slack=False)
    before, after = asyncio.run(migrate(settings.database_url.get_secret_value()))
    if before == after:
        _say(f"The database is at {after} already.")
    else:
        _say(f"The database was migrated from {before} to {after}.")
    return OK


def _manifest(call: _Call) -> int:
    prefix = call.arguments.prefix
    given = call.environ if prefix is None else {"BATON_COMMAND_PREFIX": prefix}
    prefix = Settings.from_env(given, needs_slack=False).command_prefix
    try:
        sys.stdout.write(manifest_yaml(url=call.arguments.url, prefix=prefix))
    except ManifestError as error:
        raise _Misuse(str(error)) from None
    return OK


def _doctor(call: _Call) -> int:
    return asyncio.run(_examine(call.environ))


async def _examine(environ: Mapping[str, str]) -> int:
    """Check what Baton needs, a line each, and go on after a failure: the rest may be wrong too."""
    healthy = True

    async def check(name: str, examination: Coroutine[Any, Any, str]) -> None:
        nonlocal healthy
        try:
            _say(f"ok    {name}: {await examination}")
        except (_Ill, *_OUTAGES) as error:
            healthy = False
            _say(f"FAIL  {name}: {error}")

    try:
        settings = Settings.from_env(environ)
    except ConfigError as error:
        _say(f"FAIL  configuration: {error}")
        healthy = False
        try:
            settings = Settings.from_env(environ, needs_slack=False)
        except ConfigError:
            return FAILED
    else:
        transport = "Socket Mode" if settings.socket_mode else "HTTP"
        _say(f"ok    configuration: Slack is reached by {transport}")
        for warning in settings.warnings:
            _say(f"note  configuration: {warning}")
    await check("database", _examine_database(settings))
    await check("schema", _examine_schema(settings))
    if settings.slack_bot_token is not None:
        await check("Slack token", _examine_token(settings))
        await check("scopes", _examine_scopes(settings))
    else:
        _say("skip  Slack token, scopes: there is no token to ask with")
    await check("time zones", _examine_zones())
    return OK if healthy else FAILED


class _Ill(Exception):
    """What a check found, in a sentence that says what to do."""


async def _examine_database(settings: Settings) -> str:
    url = settings.database_url.get_secret_value()
    await schema_version(url)
    return f"{url.partition(':')[0]}, it can be read"


async def _examine_schema(settings: Settings) -> str:
    current, newest = await schema_version(settings.database_url.get_secret_value())
    if current != newest:
        raise _Ill(f"it is {current}, the newest is {newest}; run `baton migrate`.")
    return f"{current}, the newest"


async def _examine_token(settings: Settings) -> str:
    identity = await _identify(settings)
    return f"it belongs to Baton in the workspace {identity.name or identity.workspace}"


async def _examine_scopes(settings: Settings) -> str:
    granted = (await _identify(settings)).scopes
    if not granted:
        raise _Ill("Slack did not say which scopes the token has; try again.")
    missing = sorted(set(SCOPES) - granted)
    if missing:
        raise _Ill(
            f"missing {', '.join(missing)}; update the app by `baton manifest` and install it to "
            "the workspace again."
        )
    return "all there"


async def _examine_zones() -> str:
    find_zone("Asia/Manila")
    return f"time-zone data {zone_data_version()}"


async def _identify(settings: Settings) -> Identity:
    token = settings.slack_bot_token
    if token is None:
        raise _Ill("SLACK_BOT_TOKEN is not set.")
    gateway = Gateway(
        api_url=settings.slack_api_url,
        token_of=lambda _workspace: None,
        clock=system_clock,
    )
    await gateway.open()
    try:
        return await gateway.identify(token.get_secret_value())
    except SlackFailure as failure:
        raise _Ill(
            f"Slack answered {failure}; check SLACK_BOT_TOKEN and the way to SLACK_API_URL."
        ) from None
    finally:
        await gateway.close()


_CONFIGURATION = (ConfigError, _Misuse, StartRefused, AppTokenRefused)
_OUTAGES = (StoreRefused, StoreUnavailable, CannotListen, PageCannotListen)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(f"baton: {sentence}\n")
    return code
