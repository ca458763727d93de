"""Any text is understood or answered, and every command that can be written is read back."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import Weekday, WorkingHours, describe_weekdays
from bot.domain.person import UserId
from bot.domain.post import ChannelId
from bot.domain.task import TaskNumber
from bot.domain.team import Role
from bot.slack.delegation_grammar import parse_delegate
from bot.slack.grammar import COMMANDS, parse, parse_message
from bot.slack.typed import (
    Accept,
    AddNote,
    AddPeople,
    Again,
    Ask,
    Cancel,
    CreateTeam,
    Decline,
    Edit,
    Finish,
    Give,
    HuddleNow,
    ListTasks,
    Move,
    Nonsense,
    Reopen,
    Scope,
    ShowTask,
    Snooze,
    Typed,
)
from bot.slack.written import normal, plain

NOW = datetime(2026, 8, 5, 14, tzinfo=UTC)
MINE = WorkingHours("America/New_York", time(9), time(17))
THEIRS = WorkingHours("Asia/Manila", time(9), time(18))
FRAGMENTS = (
    "<@U1> <@U2|ben> <@ @ana ana joy me and , & &amp; &lt;@U1&gt; <#C1|ops> <#C1|> <!channel>"
    ' <!here|here> <!subteam^S1|@ops> <https://x.y|x.y> <mailto:a@b.c|a> <!date^1^{date}|x> | > "'
    " ' due by takes est every fri 17:00 3h 3/4 month done note edit give snooze again reopen"
    " cancel yes no ask decline 42 #42 team create add remove pause until list huddle now status tz"
    " at on in as lead observer Manila 09:00 mon-fri help /tasks delegate ack tasks baton . ? !"
)

texts = st.lists(st.sampled_from(FRAGMENTS.split()), max_size=14).map(" ".join) | st.text(
    max_size=200
)
numbers = st.integers(min_value=1, max_value=999_999_999).map(TaskNumber)
words = st.lists(
    st.sampled_from(["the", "draft", "is", "with", "R&D", "<Ben>", "at", "7.30", "now"]),
    min_size=1,
    max_size=6,
).map(" ".join)
team_words = st.sampled_from(["Manila", "Ops", "Q3", "R&D", "at", "on", "tz"])
team_names = st.lists(team_words, min_size=1, max_size=4).map(" ".join)
users = st.integers(min_value=1, max_value=5).map(lambda number: UserId(f"U{number}"))


def name_of(user: UserId) -> str:
    return user


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(command=st.sampled_from(COMMANDS), text=texts)
def test_any_text_after_a_slash_is_understood_or_answered(command: str, text: str) -> None:
    found = parse(command, text, name_of=name_of)

    if isinstance(found, Nonsense):
        assert found.answer().endswith(("?", "."))
        example = parse_message(f"/{found.example}", name_of=name_of)
        assert not isinstance(example, Nonsense)


@given(text=texts)
def test_any_message_is_understood_or_answered(text: str) -> None:
    found = parse_message(text, name_of=name_of, prefix="acme-")

    if isinstance(found, Nonsense):
        assert found.answer(slash=False)


@given(text=texts)
def test_any_line_can_be_delegated_or_says_what_is_missing(text: str) -> None:
    found = parse_delegate(
        text,
        names=lambda words: [UserId("U7")] * (words.lower() in {"ana", "joy"}),
        name_of=name_of,
        me=UserId("U0"),
        mine=MINE,
        theirs_of=lambda _: THEIRS,
        now=NOW,
    )

    is_whole = bool(found.people and found.title and found.due)
    assert is_whole or found.problems
    assert len(set(found.people)) == len(found.people)
    assert "\n" not in found.title


@given(text=st.text(max_size=200))
def test_what_is_escaped_is_shown_as_it_was_written(text: str) -> None:
    assert plain(escaped(text), name_of) == text


@given(text=texts)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(
    users=st.lists(users, min_size=1, max_size=3, unique=True),
    words=st.lists(
        st.sampled_from(["June", "report", "R&D", "<all>", "v2"]), min_size=1, max_size=9
    ),
    minutes=st.integers(min_value=1, max_value=3 * 365 * 24 * 60),
    hours=st.integers(min_value=1, max_value=99),
    every=st.sampled_from(["", "every month", "every 2 weeks", "every mon and thu"]),
)
def test_a_rendered_task_is_read_back(
    users: list[UserId], words: list[str], minutes: int, hours: int, every: str
) -> None:
    due = NOW + timedelta(minutes=minutes)
    title = " ".join(words)
    mentions = " ".join(f"<@{user}>" for user in users)

    found = parse_delegate(
        f"{mentions} {escaped(title)} due {due:%d %b %Y %H:%M} utc takes {hours}h {every}",
        names=lambda _: [],
        name_of=name_of,
        me=UserId("U0"),
        mine=MINE,
        theirs_of=lambda _: THEIRS,
        now=NOW,
    )

    assert found.problems == ()
    assert found.due
    assert (found.people, found.title) == (tuple(users), title)
    assert (found.due.at, found.takes) == (due, timedelta(hours=hours))
    assert found.every == (every or None)


TEMPLATES: dict[type[Typed], tuple[str, str]] = {
    Accept: ("ack", "{0} yes {1}"),
    Decline: ("ack", "{0} decline {1}"),
    Ask: ("ack", "ask {0} {1}"),
    ListTasks: ("tasks", "{0}"),
    ShowTask: ("tasks", "#{0}"),
    Finish: ("tasks", "done {0} {1}"),
    AddNote: ("tasks", "{0} note {1}"),
    Move: ("tasks", "due {0} {1}"),
    Give: ("tasks", "{0} give {1}"),
    Snooze: ("tasks", "snooze {0} {1}"),
    Edit: ("tasks", "edit {0}"),
    Again: ("tasks", "{0} again"),
    Reopen: ("tasks", "reopen {0}"),
    Cancel: ("tasks", "cancel #{0}"),
    CreateTeam: ("baton", 'team create "{0}" in <#{4}|x> on {3} tz {1} at {2}'),
    AddPeople: ("baton", "team add {0} as {1} to {2}"),
    HuddleNow: ("baton", "huddle now {0}"),
}


def rendered(wish: Typed) -> tuple[str, str]:
    """Return the command and the text that mean this."""
    command, template = TEMPLATES[type(wish)]
    return command, template.format(*map(written, vars(wish).values()))


def written(value: object) -> str:
    match value:
        case time():
            return f"{value:%H:%M}"
        case frozenset():
            return describe_weekdays(value)
        case str() if value.startswith("<@"):
            return value
        case _:
            return escaped(str(value))


wishes: st.SearchStrategy[Typed] = st.one_of(
    st.builds(Accept, numbers, words),
    st.builds(Decline, numbers, words),
    st.builds(Ask, numbers, words),
    st.builds(ListTasks, st.sampled_from(Scope)),
    st.builds(ShowTask, numbers),
    st.builds(Finish, numbers, words),
    st.builds(AddNote, numbers, words),
    st.builds(Move, numbers, words),
    st.builds(Give, numbers, users.map(lambda user: f"<@{user}>")),
    st.builds(Snooze, numbers, words),
    st.builds(Edit, numbers),
    st.builds(Again, numbers),
    st.builds(Reopen, numbers),
    st.builds(Cancel, numbers),
    st.builds(
        CreateTeam,
        team_names,
        st.sampled_from(["Asia/Manila", "America/New_York", "UTC"]),
        st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        st.frozensets(st.sampled_from(Weekday), min_size=1),
        st.just(ChannelId("C1")),
    ),
    st.builds(AddPeople, users.map(lambda user: f"<@{user}>"), st.sampled_from(Role), team_names),
    st.builds(HuddleNow, team_names),
)


@given(wish=wishes)
def test_a_rendered_command_is_read_back_with_and_without_its_slash(wish: Typed) -> None:
    command, text = rendered(wish)

    assert parse(command, text, name_of=name_of) == wish
    assert parse_message(f"{command} {text}", name_of=name_of) == wish
    if not isinstance(wish, ListTasks | ShowTask):
        assert parse_message(text, name_of=name_of) == wish
