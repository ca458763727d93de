"""Settings: what is read, what is refused in which words, and what never reaches a log."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import (
    LONGEST_PREFIX,
    ConfigError,
    LogFormat,
    LogLevel,
    Settings,
    configure_logging,
    read_environment,
    variables,
)

SOCKET = {"SLACK_BOT_TOKEN": "xoxb-1-2-abc", "SLACK_APP_TOKEN": "xapp-1-A-2-abc"}
HTTP = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
}


def refusal(environ: dict[str, str], *, needs_slack: bool = True) -> str:
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(environ, needs_slack=needs_slack)
    return str(caught.value)


def outcome(environ: dict[str, str]) -> str | None:
    try:
        Settings.from_env(environ)
    except ConfigError as error:
        return str(error)
    return None


def fail_with(error: Exception) -> None:
    raise error


def test_defaults_are_those_of_the_documentation() -> None:
    settings = Settings.from_env(SOCKET)

    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url.get_secret_value() == "sqlite:///baton.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.secret_key is None
    assert settings.command_prefix == ""
    assert (settings.log_level, settings.log_format) == (LogLevel.INFO, LogFormat.CONSOLE)
    assert settings.warnings == ()


def test_everything_is_read_from_its_variable() -> None:
    settings = Settings.from_env(
        {
            **HTTP,
            "SLACK_API_URL": "http://127.0.0.1:8080/api/",
            "DATABASE_URL": "postgresql://u:p@db/baton",
            "HOST": "0.0.0.0",  # noqa: S104  # what a container sets
            "PORT": "8000",
            "BATON_SECRET_KEY": "k" * 32,
            "BATON_COMMAND_PREFIX": "acme-",
            "BATON_LOG_LEVEL": "DEBUG",
            "BATON_LOG_FORMAT": "Json",
        }
    )

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == HTTP["SLACK_BOT_TOKEN"]
    assert settings.slack_signing_secret is not None
    assert settings.slack_signing_secret.get_secret_value() == HTTP["SLACK_SIGNING_SECRET"]
    assert settings.slack_api_url == "http://127.0.0.1:8080/api/"
    assert settings.database_url.get_secret_value() == "postgresql://u:p@db/baton"
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104  # as set above
    assert settings.secret_key is not None
    assert settings.command_prefix == "acme-"
    assert (settings.log_level, settings.log_format) == (LogLevel.DEBUG, LogFormat.JSON)


def test_every_variable_of_the_documentation_is_known() -> None:
    assert variables() == {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_API_URL",
        "DATABASE_URL",
        "HOST",
        "PORT",
        "BATON_SECRET_KEY",
        "BATON_COMMAND_PREFIX",
        "BATON_LOG_LEVEL",
        "BATON_LOG_FORMAT",
    }


def test_socket_mode_wins_when_both_ways_are_set() -> None:
    assert Settings.from_env({**SOCKET, **HTTP}).socket_mode
    assert not Settings.from_env(HTTP).socket_mode


def test_empty_values_and_spaces_around_count_as_nothing() -> None:
    settings = Settings.from_env({**SOCKET, "PORT": "", "HOST": "  ", "BATON_LOG_LEVEL": " info\n"})

    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 3000, LogLevel.INFO)


def test_a_missing_bot_token_is_named() -> None:
    assert refusal({}).startswith("SLACK_BOT_TOKEN is not set; ")
    assert refusal({**SOCKET, "SLACK_BOT_TOKEN": ""}).startswith("SLACK_BOT_TOKEN is not set; ")


def test_without_a_way_to_hear_slack_both_ways_are_offered() -> None:
    sentence = refusal({"SLACK_BOT_TOKEN": "xoxb-1"})

    assert "SLACK_APP_TOKEN (xapp-…) for Socket Mode" in sentence
    assert "SLACK_SIGNING_SECRET to be called over HTTP" in sentence


@pytest.mark.parametrize("name", ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"])
def test_installing_by_oauth_is_refused_until_it_exists(name: str) -> None:
    assert refusal({**SOCKET, name: "1.2"}).startswith(f"{name} is for installing by OAuth")


def test_commands_without_slack_do_not_read_its_variables() -> None:
    settings = Settings.from_env(
        {"SLACK_BOT_TOKEN": "nonsense", "SLACK_CLIENT_ID": "1", "BATON_COMMAND_PREFIX": "a_"},
        needs_slack=False,
    )

    assert settings.slack_bot_token is None
    assert settings.command_prefix == "a_"


WRONG = [
    ("SLACK_BOT_TOKEN", "xoxp-1-2-3-sesame"),
    ("SLACK_BOT_TOKEN", "xoxb-"),
    ("SLACK_BOT_TOKEN", '"xoxb-sesame"'),
    ("SLACK_BOT_TOKEN", "xoxb-sesame more"),
    ("SLACK_APP_TOKEN", "xoxb-sesame"),
    ("SLACK_APP_TOKEN", "xapp-sesamé"),
    ("SLACK_SIGNING_SECRET", "open sesame"),
    ("SLACK_API_URL", "sesame"),
    ("SLACK_API_URL", "ftp://sesame/api/"),
    ("SLACK_API_URL", "https:///api/"),
    ("SLACK_API_URL", "https://sesame/api"),
    ("SLACK_API_URL", "https://sesame/api/?x=/v1"),
    ("SLACK_API_URL", "https://[sesame/api/"),
    ("DATABASE_URL", "sesame"),
    ("DATABASE_URL", "mysql://u:sesame@host/db"),
    ("DATABASE_URL", "postgresql+psycopg://u:sesame@host/db"),
    ("DATABASE_URL", "sqlite+pysqlite:///sesame.db"),
    ("DATABASE_URL", "postgresql://u:p@host:sesame/db"),
    ("DATABASE_URL", "sqlite://sesame.db"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("HOST", "http://sesame"),
    ("PORT", "sesame"),
    ("PORT", "65536"),
    ("PORT", "-1"),
    ("PORT", "\uff13\uff10"),  # digits, but not ASCII ones
    ("BATON_SECRET_KEY", "open sesame"),
    ("BATON_SECRET_KEY", "'sesame'"),
    ("BATON_SECRET_KEY", "sesame\\n"),
    ("BATON_COMMAND_PREFIX", "Sesame"),
    ("BATON_COMMAND_PREFIX", "/sesame"),
    ("BATON_COMMAND_PREFIX", "s" * (LONGEST_PREFIX + 1)),
    ("BATON_LOG_LEVEL", "sesame"),
    ("BATON_LOG_FORMAT", "sesame"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_line_with_the_name_and_without_any_value(
    name: str, value: str
) -> None:
    sentence = refusal({**SOCKET, **HTTP, name: value})

    assert sentence.startswith(f"{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "esame" not in sentence
    assert "abc" not in sentence


@given(st.sampled_from(sorted(variables())), st.text(max_size=40))
def test_whatever_a_variable_holds_is_accepted_or_refused_in_one_line(name: str, junk: str) -> None:
    sentence = outcome({**SOCKET, name: junk})

    assert sentence is None or sentence.startswith(name)
    assert sentence is None or "\n" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///baton.db",
        "sqlite:////data/baton.db",
        "postgres://u:p@host/db",
        "postgresql://postgres:@/postgres?host=/tmp/socket",
        "postgresql://u:p%40ss@[::1]:5432/db?sslmode=require",
    ],
)
def test_plain_database_addresses_are_taken_as_they_are(url: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": url}, needs_slack=False)

    assert settings.database_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("BATON_LOGLEVEL", "BATON_LOG_LEVEL"),
        ("BATON_LOG_FROMAT", "BATON_LOG_FORMAT"),
        ("BATON_LOG_LEVELS", "BATON_LOG_LEVEL"),
        ("BATON_PREFIX", "BATON_COMMAND_PREFIX"),
        ("BATON_SECRETKEY", "BATON_SECRET_KEY"),
        ("BATON_SECRET", "BATON_SECRET_KEY"),
        ("baton_log_level", "BATON_LOG_LEVEL"),
    ],
)
def test_a_near_miss_is_refused_with_the_name_that_was_meant(slip: str, meant: str) -> None:
    sentence = refusal({slip: "debug"}, needs_slack=False)

    assert sentence.startswith(f"{slip} is not a setting; rename it to {meant} ")


@pytest.mark.parametrize(
    "name",
    [
        "BATON_PORT",
        "BATON_SERVICE_HOST",
        "BATON_PORT_3000_TCP_ADDR",
        "BATON_LOG_PORT",
        "BATON_HOME",
    ],
)
def test_other_names_that_orchestrators_inject_are_only_warned_about(name: str) -> None:
    settings = Settings.from_env({**SOCKET, name: "tcp://10.0.0.1:3000"})

    assert settings.warnings == (f"{name} is not a setting of Baton and is ignored.",)


def test_settings_do_not_show_secrets_when_printed() -> None:
    printed = repr(Settings.from_env({**SOCKET, **HTTP, "DATABASE_URL": "postgres://u:sesame@h/d"}))

    assert "xoxb-1" not in printed
    assert "xapp-1" not in printed
    assert "sesame" not in printed
    assert HTTP["SLACK_SIGNING_SECRET"] not in printed


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("\ufeffHOST=file\nPORT='3$1'\nBATON_ALONE\n", "utf-8")
    monkeypatch.setenv("HOST", "process")

    environ = read_environment(tmp_path)

    assert environ["HOST"] == "process"
    assert environ["PORT"] == "3$1"
    assert "BATON_ALONE" not in environ


def test_without_a_file_there_is_only_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", "process")

    assert read_environment(tmp_path)["HOST"] == "process"


def test_a_file_in_another_encoding_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("HOST=é".encode("utf-16"))

    with pytest.raises(ConfigError, match=r"\.env is not UTF-8"):
        read_environment(tmp_path)


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> dict[str, str]:
        raise PermissionError

    # Root, as which tests may run, can read every file.
    monkeypatch.setattr(Path, "read_text", refuse)

    with pytest.raises(ConfigError, match=r"\.env cannot be read"):
        read_environment(tmp_path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("HOST=a\n\n# why\nxoxb-1-2-secret and more\n", 4),
        ("SLACK_BOT_TOKEN='xoxb-1-2-secret\nHOST=a\n", 1),
        ("HOST=a\n=xoxb-1-2-secret\n", 2),
    ],
)
def test_a_line_of_the_file_that_sets_nothing_is_named_by_its_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, line: int
) -> None:
    (tmp_path / ".env").write_text(text, "utf-8")

    with pytest.raises(ConfigError) as caught:
        read_environment(tmp_path)

    assert str(caught.value).startswith(f"Line {line} of the file .env is not NAME=value")
    assert "secret" not in str(caught.value)
    assert not caplog.records


Configure = Callable[[Settings], io.StringIO]


@pytest.fixture
def configure() -> Iterator[Configure]:
    undo: list[Callable[[], None]] = []

    def start(settings: Settings) -> io.StringIO:
        stream = io.StringIO()
        undo.append(configure_logging(settings, stream=stream))
        return stream

    yield start
    for step in reversed(undo):
        step()


def test_a_line_for_people_has_sentence_and_ids(configure: Configure) -> None:
    stream = configure(Settings())

    logging.getLogger("bot.web").info("Slack was answered", extra={"action": "answer", "team": 7})

    line = stream.getvalue()
    assert line.endswith("INFO    bot.web: Slack was answered action=answer team=7\n")
    assert line.split()[0].endswith("Z")


def test_json_is_one_object_a_line_even_with_a_traceback(configure: Configure) -> None:
    stream = configure(Settings(log_format=LogFormat.JSON))

    try:
        fail_with(RuntimeError("a\nb"))
    except RuntimeError:
        logging.getLogger("bot.web").exception("It failed", extra={"action": "fail"})

    (line,) = stream.getvalue().splitlines()
    fields = json.loads(line)
    assert fields["time"].endswith("+00:00")
    assert (fields["level"], fields["logger"]) == ("error", "bot.web")
    assert (fields["message"], fields["action"]) == ("It failed", "fail")
    assert "RuntimeError: a\nb" in fields["exception"]


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.parametrize(
    ("mention", "secret"),
    [
        ("xoxb-123-456-aBc", "aBc"),
        ("xoxe.xoxp-1-Mi0yLTEw", "Mi0yLTEw"),
        ("xapp-1-A02-34-ff00", "ff00"),
        ("https://hooks.slack.com/commands/T1/2/QwErTy", "QwErTy"),
        ("wss://wss-primary.slack.com/link/?ticket=c4ff-11&app_id=4", "c4ff"),
        ("postgresql://baton:pass%40word@db/baton", "pass%40word"),
        ("postgresql://db/baton?user=u&password=tops3cret", "tops3cret"),
        (HTTP["SLACK_SIGNING_SECRET"], HTTP["SLACK_SIGNING_SECRET"]),
        ("k3y+with/signs=", "signs="),
        ("a-db-passw@rd", "passw@rd"),
        ("a-db-passw%40rd", "passw%40rd"),
    ],
)
def test_no_secret_gets_into_the_log_however_it_is_mentioned(
    configure: Configure, form: LogFormat, mention: str, secret: str
) -> None:
    settings = Settings.from_env(
        {
            **HTTP,
            "BATON_SECRET_KEY": "k3y+with/signs=",
            "DATABASE_URL": "postgres://u:a-db-passw%40rd@h/d",
        }
    ).model_copy(update={"log_format": form})
    stream = configure(settings)

    log = logging.getLogger("bot.anything")
    log.warning("It was %s", mention, extra={"body": {"inside": [mention]}})
    try:
        fail_with(ValueError(mention))
    except ValueError:
        log.exception("And again")

    assert secret not in stream.getvalue()
    assert stream.getvalue().count("[secret]") >= 3


def test_a_short_secret_does_not_blacken_the_log(configure: Configure) -> None:
    stream = configure(Settings.from_env({**HTTP, "SLACK_SIGNING_SECRET": "a"}))

    logging.getLogger("bot").warning("a banana")

    assert "a banana" in stream.getvalue()


def test_libraries_may_not_log_what_people_say(configure: Configure) -> None:
    stream = configure(Settings(log_level=LogLevel.DEBUG))

    for name in ("slack_bolt.AsyncApp", "slack_sdk.web.async_client"):
        logging.getLogger(name).debug("Sending a request: something private")
    logging.getLogger("bot.web").debug("Ours")

    assert "private" not in stream.getvalue()
    assert "Ours" in stream.getvalue()


def test_logging_can_be_put_back_as_it_was() -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("slack_sdk").level)

    undo = configure_logging(Settings(log_level=LogLevel.ERROR), stream=io.StringIO())
    undo()

    assert (list(root.handlers), root.level, logging.getLogger("slack_sdk").level) == before
