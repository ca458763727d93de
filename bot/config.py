"""Settings from a mapping, the logging they ask for, and the only reading of the environment."""

import difflib
import io
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from time import gmtime
from typing import Annotated, Self, TextIO
from urllib.parse import SplitResult, unquote, urlsplit

from dotenv.parser import parse_stream
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

# Slack allows 32 characters in a command, and the longest of ours, `/delegate`, has nine.
LONGEST_PREFIX = 23

# What follows BATON_ in an unknown name must be at least this similar to what follows it in a
# known one to be a slip of the pen: LOGLEVEL has 0.94, LEVEL 0.71.
_NEAR = 0.7

# Orchestrators inject BATON_PORT, BATON_SERVICE_HOST and the like for a service of that name.
_INJECTED = frozenset({"PORT", "HOST", "SERVICE", "TCP", "UDP"})


class ConfigError(Exception):
    """A setting is missing or wrong: one line that names it and says what to do, without values."""


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a line of the log looks."""

    CONSOLE = "console"  # a line for people
    JSON = "json"  # an object a line, for collectors


def _secret(value: str) -> str:
    # Quotes and backslashes are written differently in places, and could not be found in a log.
    if re.fullmatch(r"[!-~]+", value) is None or set(value) & set("\"'\\"):
        raise ValueError("holds a space, quote or character that no key has; copy it again")
    return value


def _token(prefix: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.startswith(prefix) or value == prefix:
            raise ValueError(f"must start with {prefix}, without quotes; copy it again from Slack")
        return _secret(value)

    return check


def _api_url(value: str) -> str:
    parts = _split(value)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address such as https://slack.com/api/")
    if not value.endswith("/api/"):
        raise ValueError("must end with /api/, as https://slack.com/api/ does")
    return value


def _database_url(value: str) -> str:
    parts = _split(value)
    if parts is None or parts.scheme not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError(
            "must be sqlite:///file.db or postgresql://user:password@host/name; "
            "Baton adds the driver itself"
        )
    if parts.scheme == "sqlite" and (parts.netloc or parts.path in {"", "/", "/:memory:"}):
        raise ValueError("must name a file, as sqlite:///baton.db or sqlite:////data/baton.db does")
    return value


def _host(value: str) -> str:
    if re.fullmatch(r"[0-9A-Za-z.:_-]+", value) is None:
        raise ValueError("must be a host name or address alone, such as 127.0.0.1 or 0.0.0.0")
    return value


def _port(value: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", value) is None or int(value) > 65535:  # noqa: PLR2004  # the largest port
        raise ValueError("must be a number from 0 to 65535")
    return int(value)


def _prefix(value: str) -> str:
    if re.fullmatch(rf"[a-z0-9_-]{{0,{LONGEST_PREFIX}}}", value) is None:
        raise ValueError(
            f"may hold a-z, 0-9, - and _, at most {LONGEST_PREFIX} of them, such as acme-"
        )
    return value


def _one_of(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def check(value: str) -> StrEnum:
        if value.lower() not in set(choices):
            raise ValueError(f"must be one of {', '.join(choices)}")
        return choices(value.lower())

    return check


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises as well when it is no number
    except ValueError:
        return None
    return parts


class Settings(BaseModel):
    """What an operator decides; every name beside a field is the variable it is read from."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, hide_input_in_errors=True)

    slack_bot_token: Annotated[SecretStr, BeforeValidator(_token("xoxb-"))] | None = Field(
        default=None, validation_alias="SLACK_BOT_TOKEN"
    )
    slack_app_token: Annotated[SecretStr, BeforeValidator(_token("xapp-"))] | None = Field(
        default=None, validation_alias="SLACK_APP_TOKEN"
    )
    slack_signing_secret: Annotated[SecretStr, BeforeValidator(_secret)] | None = Field(
        default=None, validation_alias="SLACK_SIGNING_SECRET"
    )
    slack_api_url: Annotated[str, BeforeValidator(_api_url)] = Field(
        default="https://slack.com/api/", validation_alias="SLACK_API_URL"
    )
    # The address of a PostgreSQL holds a password.
    database_url: Annotated[SecretStr, BeforeValidator(_database_url)] = Field(
        default=SecretStr("sqlite:///baton.db"), validation_alias="DATABASE_URL"
    )
    host: Annotated[str, BeforeValidator(_host)] = Field(
        default="127.0.0.1", validation_alias="HOST"
    )
    port: Annotated[int, BeforeValidator(_port)] = Field(default=3000, validation_alias="PORT")
    secret_key: Annotated[SecretStr, BeforeValidator(_secret)] | None = Field(
        default=None, validation_alias="BATON_SECRET_KEY"
    )
    command_prefix: Annotated[str, BeforeValidator(_prefix)] = Field(
        default="", validation_alias="BATON_COMMAND_PREFIX"
    )
    log_level: Annotated[LogLevel, BeforeValidator(_one_of(LogLevel))] = Field(
        default=LogLevel.INFO, validation_alias="BATON_LOG_LEVEL"
    )
    log_format: Annotated[LogFormat, BeforeValidator(_one_of(LogFormat))] = Field(
        default=LogFormat.CONSOLE, validation_alias="BATON_LOG_FORMAT"
    )
    # Sentences for the log: names that look like settings and are none.
    warnings: tuple[str, ...] = ()

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached by Socket Mode, which wins over HTTP when both are set."""
        return self.slack_app_token is not None

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, needs_slack: bool = True) -> Self:
        """Return the settings that `environ` holds, or say in one line what is wrong.

        An empty value counts as none, because that is what a compose file passes for a variable
        that is not set. Commands that never talk to Slack leave its variables unread.
        """
        warnings = _unknown_names(environ)
        given = {name: value.strip() for name, value in environ.items() if value.strip()}
        names = {name for name in variables() if needs_slack or not name.startswith("SLACK_")}
        if needs_slack:
            _refuse_missing(given)
        try:
            settings = cls.model_validate({n: v for n, v in given.items() if n in names})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            sentence = str(first["ctx"]["error"])
            raise ConfigError(f"{first['loc'][0]} {sentence}.") from None
        return settings.model_copy(update={"warnings": warnings})


def variables() -> frozenset[str]:
    """Return the name of every variable that is read."""
    aliases = (field.validation_alias for field in Settings.model_fields.values())
    return frozenset(alias for alias in aliases if isinstance(alias, str))


def read_environment(directory: Path) -> Mapping[str, str]:
    """Return the process's environment over what the `.env` file in `directory` says."""
    try:
        text = (directory / ".env").read_text("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        text = ""
    except UnicodeDecodeError:
        raise ConfigError("The file .env is not UTF-8 text; save it again as UTF-8.") from None
    except OSError:
        raise ConfigError("The file .env cannot be read; check its permissions.") from None
    return {**_written(text), **os.environ}  # noqa: TID251  # the one place that reads it


def _written(text: str) -> dict[str, str]:
    """Return the variables of a `.env` file, or name the first line that sets none.

    The library's own reader leaves such a line out and logs it, before there is a log. What is
    written is what is meant: passwords may hold dollar signs, so none of them stands for anything.
    """
    found = {}
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            # Never the line itself, which may be half of a secret.
            raise ConfigError(
                f"Line {binding.original.line} of the file .env is not NAME=value with every "
                "quote closed; correct it, or put # before it."
            )
        if binding.key is not None and binding.value is not None:
            found[binding.key] = binding.value
    return found


def _refuse_missing(given: Mapping[str, str]) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        if name in given:
            raise ConfigError(
                f"{name} is for installing by OAuth, which Baton does not offer yet; "
                "remove it and set SLACK_BOT_TOKEN."
            )
    if "SLACK_BOT_TOKEN" not in given:
        raise ConfigError(
            "SLACK_BOT_TOKEN is not set; put the bot token of your Slack app (xoxb-…) into the "
            "environment or a .env file, or try Baton without Slack by `baton sandbox`."
        )
    if "SLACK_APP_TOKEN" not in given and "SLACK_SIGNING_SECRET" not in given:
        raise ConfigError(
            "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both not set; set SLACK_APP_TOKEN "
            "(xapp-…) for Socket Mode, or SLACK_SIGNING_SECRET to be called over HTTP."
        )


def _unknown_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = {name.removeprefix("BATON_") for name in variables() if name.startswith("BATON_")}
    warnings = []
    for name in sorted(environ):
        rest = name.upper().removeprefix("BATON_")
        if not name.upper().startswith("BATON_") or name in variables():
            continue
        meant = _meant(rest, known)
        if meant is not None:
            raise ConfigError(
                f"{name} is not a setting; rename it to BATON_{meant} if that is meant, "
                "or remove it."
            )
        warnings.append(f"{name} is not a setting of Baton and is ignored.")
    return tuple(warnings)


def _meant(rest: str, known: set[str]) -> str | None:
    """Return the known name that `rest` was probably meant to be.

    Either the letters are nearly the same, or all of its words belong to one name: PREFIX.
    """
    words = set(rest.split("_"))
    if words & _INJECTED:
        return None
    near = difflib.get_close_matches(rest, sorted(known), n=1, cutoff=_NEAR)
    if near:
        return near[0]
    return next((name for name in sorted(known) if words <= set(name.split("_"))), None)


# Libraries that would write what people said into the log, or a line for every tick.
_QUIET = {
    "alembic": logging.WARNING,
    "slack_bolt": logging.INFO,
    "slack_sdk": logging.WARNING,
    "apscheduler": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "asyncio": logging.WARNING,
}

# Slack's tokens, its addresses that need no token, and passwords inside addresses.
_SECRETS = re.compile(
    r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]+"
    r"|(?<=hooks\.slack\.com/)[\w/-]+"
    r"|(?<=[?&]ticket=)[\w-]+"
    r"|(?<=[?&]password=)[^\s&]+"
    r"|(?<=://)[^\s:/@]*:[^\s/@]+(?=@)"
)

# What every record has; anything else came by `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logging(settings: Settings, *, stream: TextIO) -> Callable[[], None]:
    """Log everything to `stream` as `settings` ask, and return what undoes it."""
    root = logging.getLogger()
    handlers_before, level_before = list(root.handlers), root.level
    quiet_before = {name: logging.getLogger(name).level for name in _QUIET}
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]

    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines(settings))
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, least))

    def undo() -> None:
        root.handlers = handlers_before
        root.setLevel(level_before)
        for name, old in quiet_before.items():
            logging.getLogger(name).setLevel(old)

    return undo


class _Lines(logging.Formatter):
    """Formats a record as a line for people or as an object, with every secret taken out.

    The finished line is cleaned, not the record, so that tracebacks and values inside of other
    values are covered as well.
    """

    converter = staticmethod(gmtime)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._json = settings.log_format is LogFormat.JSON
        self._own = [re.escape(secret) for secret in _secrets(settings)]

    def format(self, record: logging.LogRecord) -> str:
        line = self._object(record) if self._json else self._console(record)
        line = _SECRETS.sub("[secret]", line)
        return re.sub("|".join(self._own), "[secret]", line) if self._own else line

    def _console(self, record: logging.LogRecord) -> str:
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ")
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        line = f"{time} {record.levelname:7} {record.name}: {record.getMessage()}{extra}"
        failure = self._failure(record)
        return f"{line}\n{failure}" if failure else line

    def _object(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        failure = self._failure(record)
        return json.dumps(
            {**fields, "exception": failure} if failure else fields,
            default=str,
            ensure_ascii=False,
        )

    def _failure(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _secrets(settings: Settings) -> list[str]:
    """Return the operator's own secrets, except those so short that a word may contain them."""
    password = urlsplit(settings.database_url.get_secret_value()).password
    own = (
        settings.slack_bot_token,
        settings.slack_app_token,
        settings.slack_signing_secret,
        settings.secret_key,
    )
    values = [secret.get_secret_value() for secret in own if secret is not None]
    if password:
        values += [password, unquote(password)]
    return [value for value in values if len(value) >= len("password")]
