"""What is typed after a slash, or written to Baton without it, and what nonsense is answered."""

import re

import pytest

from bot.domain.person import UserId
from bot.domain.task import TaskNumber
from bot.slack.blocks import SECTION_LIMIT, TEXT_LIMIT
from bot.slack.forms import FORMS, Form
from bot.slack.grammar import COMMANDS, help_lines, parse, parse_message
from bot.slack.typed import (
    Accept,
    AddNote,
    AddPeople,
    Again,
    Agree,
    Ask,
    Cancel,
    Card,
    CreateTeam,
    Decline,
    Delegate,
    DeleteTeam,
    Edit,
    EditTeam,
    Finish,
    Give,
    Help,
    HuddleNow,
    HuddlePreview,
    HuddleStatus,
    Keep,
    ListTasks,
    ListTeams,
    Me,
    Menu,
    Move,
    Nonsense,
    PauseTeam,
    Propose,
    RemovePeople,
    Reopen,
    ResumeTeam,
    Scope,
    ShowTask,
    Snooze,
    Talk,
    Typed,
    Waiting,
)

N = TaskNumber(42)
CURLY_NAME = "\N{LEFT DOUBLE QUOTATION MARK}On call\N{RIGHT DOUBLE QUOTATION MARK}"

BOTH_WAYS: list[tuple[str, str, Typed]] = [
    ("delegate", "<@U1> plan due fri", Delegate("<@U1> plan due fri")),
    ("delegate", "", Delegate("")),
    ("delegate", "42 things for <@U1>", Delegate("42 things for <@U1>")),
    ("ack", "", Waiting()),
    ("ack", "42", Accept(N)),
    ("ack", "#42.", Accept(N)),
    ("ack", "42 yes", Accept(N)),
    ("ack", "yes 42", Accept(N)),
    ("ack", "42 Yes, by noon I send R&amp;D the draft", Accept(N, "by noon I send R&D the draft")),
    ("ack", "42 ok", Accept(N)),
    ("ack", "42 yes, but which format", Card(N, "yes, but which format")),
    ("ack", "42 ok which one?", Card(N, "ok which one?")),
    ("ack", "42 decline too busy", Decline(N, "too busy")),
    ("ack", "42 no", Decline(N)),
    ("ack", "reject 42", Decline(N)),
    ("ack", "42 no problem", Card(N, "no problem")),
    ("ack", "42 ask which format?", Ask(N, "which format?")),
    ("ack", "42 not before monday", Card(N, "not before monday")),
    ("tasks", "", ListTasks(Scope.MINE)),
    *[("tasks", scope.value, ListTasks(scope)) for scope in Scope],
    ("tasks", "Overdue.", ListTasks(Scope.OVERDUE)),
    ("tasks", "42", ShowTask(N)),
    ("tasks", "done 42", Finish(N)),
    ("tasks", "42 done", Finish(N)),
    ("tasks", "DONE #42: it is with &lt;Ben&gt;", Finish(N, "it is with <Ben>")),
    ("tasks", "42 done. it is with Ben", Finish(N, "it is with Ben")),
    ("tasks", "done\n42\nwith Ben", Finish(N, "with Ben")),
    ("tasks", "done 42 7.30", Finish(N, "7.30")),
    ("tasks", "note 42", AddNote(N)),
    ("tasks", "42 note the draft", AddNote(N, "the draft")),
    ("tasks", "edit 42", Edit(N)),
    ("tasks", "due 42 mon", Move(N, "mon")),
    ("tasks", "propose 42", Propose(N)),
    (
        "tasks",
        "42 propose mon noon because of the audit",
        Propose(N, "mon noon because of the audit"),
    ),
    ("tasks", "agree 42", Agree(N)),
    ("tasks", "keep 42.", Keep(N)),
    ("tasks", "talk 42", Talk(N)),
    ("tasks", "talk 42 only the numbers", Talk(N, "only the numbers")),
    ("tasks", "42 due mon 5pm", Move(N, "mon 5pm")),
    ("tasks", "give 42 <@U1>", Give(N, "<@U1>")),
    ("tasks", "give 42 to @joy", Give(N, "@joy")),
    ("tasks", "snooze 42 mon", Snooze(N, "mon")),
    ("tasks", "again 42", Again(N)),
    ("tasks", "reopen 42", Reopen(N)),
    ("tasks", "cancel 42", Cancel(N)),
    ("baton", "", Menu()),
    ("baton", "menu", Menu()),
    ("baton", "team create Manila", CreateTeam("Manila")),
    (
        "baton",
        "Team  Create \N{LEFT DOUBLE QUOTATION MARK}On call\N{RIGHT DOUBLE QUOTATION MARK}",
        CreateTeam("On call"),
    ),
    ("baton", "team list", ListTeams()),
    ("baton", "teams", ListTeams()),
    ("baton", "team", ListTeams()),
    ("baton", "team add <@U1>", AddPeople("<@U1>")),
    ("baton", "team remove <@U1>", RemovePeople("<@U1>")),
    ("baton", "team edit", EditTeam()),
    ("baton", "team edit Manila", EditTeam("Manila")),
    ("baton", "team pause until 4 jan", PauseTeam(until="4 jan")),
    ("baton", "team resume Manila", ResumeTeam("Manila")),
    ("baton", "team delete 'Manila'", DeleteTeam("Manila")),
    ("baton", "huddle now", HuddleNow()),
    ("baton", "huddle now Manila Ops", HuddleNow("Manila Ops")),
    ("baton", "huddle status", HuddleStatus()),
    ("baton", "huddle preview", HuddlePreview()),
    ("baton", "huddle preview 7", HuddlePreview(7)),
    ("baton", "huddle preview for the next 2 weeks.", HuddlePreview(14)),
    ("baton", "huddle preview 30d R&amp;D Manila", HuddlePreview(30, "R&D Manila")),
    ("baton", "preview Manila Ops for 10 days", HuddlePreview(10, "Manila Ops")),
    ("baton", "huddle preview '14'", HuddlePreview(team="14")),
    ("baton", 'huddle preview 14 "7 Eleven"', HuddlePreview(14, "7 Eleven")),
    ("baton", "huddle preview 3rd floor", HuddlePreview(team="3rd floor")),
    ("baton", "huddle preview -3", HuddlePreview(0)),
    ("baton", "huddle preview 1.5", HuddlePreview(0)),
    ("baton", "huddle preview 99999 weeks", HuddlePreview(0)),
    ("baton", "me", Me()),
]

IN_A_MESSAGE: list[tuple[str, Typed]] = [
    ("done 42", Finish(N)),
    ("42 done", Finish(N)),
    ("/done 42", Finish(N)),
    ("yes 42", Accept(N)),
    ("42 yes", Accept(N)),
    ("no 42 too busy", Decline(N, "too busy")),
    ("42 ask which one?", Ask(N, "which one?")),
    ("42", ShowTask(N)),
    ("42 which one?", Card(N, "which one?")),
    ("due 42 mon", Move(N, "mon")),
    ("give 42 <@U1>", Give(N, "<@U1>")),
    ("overdue", ListTasks(Scope.OVERDUE)),
    ("team list", ListTeams()),
    ("team", ListTeams()),
    ("huddle now Manila", HuddleNow("Manila")),
    ("me", Me()),
    ("help", Help()),
    ("?", Help()),
    ("baton help", Help()),
    ("", Menu()),
    ("Hi!", Menu()),
    ("baton", Menu()),
    ("Delegate: <@U1> plan due fri", Delegate("<@U1> plan due fri")),
    ("delegate\n<@U1> plan", Delegate("<@U1> plan")),
    ("/acme-tasks", ListTasks(Scope.MINE)),
    ("acme-ack 42", Accept(N)),
]

NONSENSE = [
    # The nearest thing that works is offered, with the number that was typed.
    ("tasks", "canel 7", "Did you mean `/tasks cancel 7`?"),
    ("tasks", "7 reopn", "Did you mean `/tasks reopen 7`?"),
    ("tasks", "overdo", "Did you mean `/tasks overdue`?"),
    ("tasks", "dnoe 7", "Did you mean `/tasks done 7`?"),
    ("baton", "dance", "Write it like `/baton team create Manila"),
    ("tasks", "7 yes", "Did you mean `/ack 7 yes`?"),
    ("tasks", "ack 7", "Did you mean `/ack 7`?"),
    ("tasks", "huddle now", "Did you mean `/baton huddle now`?"),
    ("ack", "accpet 7", "Did you mean `/ack 7 yes`?"),
    ("ack", "done 7", "Did you mean `/tasks done 7`?"),
    ("baton", "huddel now", "Did you mean `/baton huddle now`?"),
    ("baton", "team craete Manila", "Did you mean `/baton team create Manila"),
    ("baton", "team lst", "Write it like `/baton team list`"),
    ("baton", "huddle", "Did you mean `/baton huddle now`?"),
    ("baton", "delegate ana plan", "Did you mean `/delegate @ana Prepare June report"),
    # What is missing, or too much, shows in an example of the same.
    ("tasks", "done the report", "Write it like `/tasks done 42`"),
    ("tasks", "done 42 43", "Write it like `/tasks done 42`"),
    ("tasks", "done 42, #43 and 44", "Write it like `/tasks done 42`"),
    ("tasks", "mine 42", "Write it like `/tasks mine`"),
    ("tasks", "cancel 42 now", "Write it like `/tasks cancel 42`"),
    ("tasks", "due 42", "Write it like `/tasks due 42 mon`"),
    ("tasks", "give 42", "Write it like `/tasks give 42 @joy`"),
    ("ack", "decline", "Did you mean `/ack 42 decline too busy`?"),
    ("baton", "team add", "Write it like `/baton team add @ana as observer`"),
    ("baton", "team pause until", "Write it like `/baton team pause until 4 jan`"),
    # What is near to nothing gets an example, and the way to the rest.
    ("tasks", "xyzzy", "Write it like `/tasks done 42`, or `/baton help` for everything."),
    ("ack", "9999999999", "Write it like `/ack 42 yes`, or `/baton help` for everything."),
    ("ack", "0", "Write it like `/ack 42 yes`, or `/baton help` for everything."),
    ("ack", "12.5", "Write it like `/ack 12 yes`, or `/baton help` for everything."),
    ("baton", "\N{PILE OF POO}", "Write it like `/baton team create Manila"),
]


def name_of(user: UserId) -> str:
    return user


def heard(command: str, text: str) -> Typed:
    return parse(command, text, name_of=name_of)


@pytest.mark.parametrize(("command", "text", "expected"), BOTH_WAYS)
def test_what_is_typed_after_a_slash_is_understood(
    command: str, text: str, expected: Typed
) -> None:
    assert heard(command, text) == expected


@pytest.mark.parametrize(("command", "text", "expected"), BOTH_WAYS)
def test_what_is_typed_after_a_slash_can_be_written_to_baton(
    command: str, text: str, expected: Typed
) -> None:
    assert parse_message(f"{command} {text}", name_of=name_of) == expected
    assert parse_message(f"/x-{command} {text}", name_of=name_of, prefix="x-") == expected


@pytest.mark.parametrize(("text", "expected"), IN_A_MESSAGE)
def test_a_message_needs_neither_slash_nor_command(text: str, expected: Typed) -> None:
    assert parse_message(text, name_of=name_of, prefix="acme-") == expected


@pytest.mark.parametrize(("command", "text", "answer"), NONSENSE)
def test_nonsense_is_answered_with_something_that_works(
    command: str, text: str, answer: str
) -> None:
    found = heard(command, text)

    assert isinstance(found, Nonsense)
    assert answer in found.answer()
    assert text[:20] in found.answer()


def test_an_answer_names_the_commands_as_this_workspace_does() -> None:
    found = heard("tasks", "canel 7")

    assert isinstance(found, Nonsense)
    assert "`/acme-tasks cancel 7`" in found.answer(prefix="acme-")
    assert "`tasks cancel 7`" in found.answer(slash=False)


def test_a_single_done_in_a_message_asks_which_task_is_meant() -> None:
    found = parse_message("done", name_of=name_of)

    assert isinstance(found, Nonsense)
    assert "tasks done 42" in found.answer(slash=False)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ["help", "Help.", "?", "--help"])
def test_every_command_explains_itself(command: str, text: str) -> None:
    assert heard(command, text) == Help(None if command == "baton" else command)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example)
def test_every_example_in_the_table_works_as_it_stands(form: Form) -> None:
    command, _, text = form.example.partition(" ")

    assert not isinstance(heard(command, text), Nonsense)
    assert not isinstance(parse_message(form.example, name_of=name_of), Nonsense)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example)
def test_every_verb_in_the_table_is_read_as_its_form(form: Form) -> None:
    example = heard(*_around("", form))

    for verb in form.verbs:
        assert type(heard(*_around(verb, form))) is type(example)


def _around(verb: str, form: Form) -> tuple[str, str]:
    """Return the form's example, with another of its verbs."""
    command, _, text = form.example.partition(" ")
    shown = next((word for word in form.verbs if word and word in text), "")
    return command, text.replace(shown, verb, 1) if shown and verb else text


def test_the_help_shows_the_whole_table() -> None:
    lines = help_lines(prefix="acme-")

    assert len(lines) == len(FORMS)
    assert lines[0].startswith("`/acme-delegate @ana @ben Prepare June report due fri 17:00")
    assert all(form.does in line for form, line in zip(FORMS, lines, strict=True))


def test_the_help_of_one_command_is_its_part_of_the_table() -> None:
    assert help_lines("ack", slash=False)[0] == "`ack` what waits for your yes"
    assert sum(len(help_lines(command)) for command in COMMANDS) == len(FORMS)


def test_the_help_fits_into_one_message() -> None:
    lines = help_lines(prefix="a-rather-long-prefix-")
    blocks = ["\n".join(lines[first : first + 12]) for first in range(0, len(lines), 12)]

    assert len("\n".join(lines)) <= TEXT_LIMIT
    assert max(map(len, blocks)) <= SECTION_LIMIT


def _as_meant(found: Typed) -> str:
    """Return what was understood, without what capitals and a full stop are to free words."""
    return re.sub(r"\.(?=')", "", " ".join(repr(found).casefold().split()))


LEADING = (
    "\N{MEMO} ",
    ":memo: ",
    ":+1::skin-tone-3: ",
    "\N{HEAVY CHECK MARK}\N{VARIATION SELECTOR-16} ",
)


@pytest.mark.parametrize(
    "form",
    [form for form in FORMS if form.command in {"delegate", "ack", "tasks"}],
    ids=lambda form: f"{form.command} {form.usage}".strip(),
)
def test_however_a_form_is_typed_it_is_read_the_same(form: Form) -> None:
    text = form.example.partition(" ")[2]
    meant = _as_meant(heard(form.command, text))

    for variant in (
        text.upper().replace("@ANA", "@ana"),
        f"  {text.replace(' ', '   ')}  ",
        text.replace(" ", "\N{NO-BREAK SPACE}"),
        text.replace(" ", "\N{NARROW NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"),
        f"{text}." if text else text,
    ):
        assert _as_meant(heard(form.command, variant)) == meant, variant
        message = f"{form.command.upper()}\N{NO-BREAK SPACE}{variant}"
        assert _as_meant(parse_message(message, name_of=name_of)) == meant, variant
    if text and form.command != "delegate":
        for variant in (
            *(f"{lead}{text}" for lead in LEADING),
            f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}",
        ):
            assert _as_meant(heard(form.command, variant)) == meant, variant
    for lead in LEADING:
        message = f"{lead}{form.command} {text}"
        assert _as_meant(parse_message(message, name_of=name_of)) == meant, lead
