"""What was typed after a slash, or written to Baton without it.

`forms.py` holds the one table of what can be typed. It reads, it answers nonsense with the nearest
words that work, and it is the help, so that none of the three knows more than the others.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from bot.domain.task import TaskNumber
from bot.slack.forms import ENDINGS, FORMS, Call, Form
from bot.slack.typed import Card, Help, Menu, Nonsense, ShowTask
from bot.slack.written import after_emoji, normal, plain, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.slack.typed import Typed
    from bot.slack.written import NameOf

COMMANDS: Final = tuple(dict.fromkeys(form.command for form in FORMS))

_NUMBER = re.compile(r"#?(?P<number>[1-9][0-9]{0,8})(?!\w|[-/.:]\w)[.,:;!)]*\s*")
_ANY_NUMBER = re.compile(r"(?<!\w)(?P<number>[1-9][0-9]{0,8})(?!\w)")
_WORD = re.compile(r"[^\W\d_]+")
_GREETINGS: Final = frozenset({"", "hi", "hello", "hey", "start", "menu"})
_HELP: Final = frozenset({"help", "?", "-h", "--help"})
_ALIKE: Final = 0.7
_NEARLY_THE_SAME: Final = 0.85

_Index = dict[tuple[str, bool], Form]


def _index(forms: Iterable[Form]) -> _Index:
    """Return the forms by verb and whether a number belongs to it; the first of several counts."""
    found: _Index = {}
    for form in forms:
        for verb in form.verbs:
            found.setdefault((verb, form.numbered), form)
    return found


def _show_or_keep(call: Call) -> Typed:
    return Card(call.task, call.words) if call.rest else ShowTask(call.task)


_FORMS_OF: Final = {
    command: _index(form for form in FORMS if form.command == command) for command in COMMANDS
}
# Without a command in front, a number alone accepts nothing, "done" alone is a step whose number
# is missing, and "team" is Baton's.
_IN_A_MESSAGE: Final = _index(
    [
        Form("tasks", ("",), "42", "", _show_or_keep, numbered=True),
        *(form for form in FORMS if form.command == "baton" and "" not in form.verbs),
        *(form for form in FORMS if "" not in form.verbs and form.usage != "done"),
    ]
)
# What somebody may have meant who is in the wrong command, or gives a command to a command.
_ANYWHERE: Final = _index(FORMS) | {
    (command, False): next(form for form in FORMS if form.command == command and form.usage)
    for command in COMMANDS
}
# What to show to those who wrote nothing that is near to anything.
_USUAL: Final = {
    "delegate": ("", False),
    "ack": ("yes", True),
    "tasks": ("done", True),
    "baton": ("team create", False),
}
_PATTERNS: Final = {
    verb: re.compile(verb.replace(" ", r"\s+") + r"(?=[\s.,:;!]|$)[.,:;!]*\s*", re.IGNORECASE)
    for verb in sorted({verb for form in FORMS for verb in form.verbs if verb}, key=len)[::-1]
}


def parse(command: str, text: str, *, name_of: NameOf) -> Typed:
    """Return what was typed after one of the `COMMANDS`; `name_of` says how a mention reads."""
    line = _bare(text) if command != "delegate" else normal(text)
    if line.lower().rstrip(ENDINGS) in _HELP:
        return Help(None if command == "baton" else command)
    return _read(_FORMS_OF[command], command, line, name_of)


def parse_message(text: str, *, name_of: NameOf, prefix: str = "") -> Typed:
    """Return what was written to Baton: everything that can be typed, with or without its slash."""
    line = _bare(text)
    head, *further = line.split(None, 1) or [""]
    command = head.lower().rstrip(ENDINGS).removeprefix("/").removeprefix(prefix)
    if command in COMMANDS:
        return parse(command, "".join(further), name_of=name_of)
    bare = line.removeprefix("/").rstrip(ENDINGS).lower()
    if bare in _HELP:
        return Help()
    if bare in _GREETINGS:
        return Menu()
    return _read(_IN_A_MESSAGE, "tasks", line.removeprefix("/"), name_of)


def _bare(text: str) -> str:
    """Return a line as it is read: without what people put in front of it and around it."""
    return unquoted(after_emoji(normal(text)))


def help_lines(command: str | None = None, *, prefix: str = "", slash: bool = True) -> list[str]:
    """Return a line for everything that can be typed, or for everything of one command."""
    before = f"/{prefix}" if slash else ""
    return [
        f"`{before}{f'{form.command} {form.usage}'.rstrip()}` {form.does}"
        for form in FORMS
        if command in {None, form.command}
    ]


def _read(index: _Index, command: str, line: str, name_of: NameOf) -> Typed:
    for number, verb, said, rest in _splits(line, index):
        form = index.get((verb, number > 0))
        if form:
            call = Call(
                task=TaskNumber(number),
                verb=verb,
                rest=rest,
                whole=plain(said + rest, name_of),
                name_of=name_of,
            )
            return form.read(call) or _nonsense(index, command, verb, plain(line, name_of))
    return _nonsense(index, command, "", plain(line, name_of))


def _splits(line: str, index: _Index) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, verb, the verb as it was written, and the rest, the likeliest split first."""
    number = _NUMBER.match(line)
    if number:
        yield int(number["number"]), *_verb(line[number.end() :], index)
    verb, said, rest = _verb(line, index)
    number = _NUMBER.match(rest) if verb else None
    if number:
        yield int(number["number"]), verb, said, rest[number.end() :]
    yield 0, verb, said, rest


def _verb(text: str, index: _Index) -> tuple[str, str, str]:
    """Return the verb at the beginning of `text`, itself and as written, and what follows."""
    verbs = {verb for verb, _ in index}
    for verb, words in _PATTERNS.items():
        found = words.match(text) if verb in verbs else None
        if found:
            return verb, found[0], text[found.end() :]
    return "", "", text


def _nonsense(index: _Index, command: str, verb: str, heard: str) -> Nonsense:
    """Return the nearest thing that works: with this verb, of this command, or of another one."""
    typed_number = _ANY_NUMBER.search(heard)
    number = typed_number["number"] if typed_number else "42"
    words = _WORD.findall(heard.lower())[:2]
    near = _near(index, words, _ALIKE) or _near(_ANYWHERE, words, _NEARLY_THE_SAME)
    is_near = near is not None and (not verb or verb not in near.verbs)
    usual = index.get((verb, True)) or index.get((verb, False)) if verb else None
    form = near if near and is_near else usual or _FORMS_OF[command][_USUAL[command]]
    return Nonsense(heard, re.sub(r"\b42\b", number, form.example), is_near=is_near)


def _near(index: _Index, words: list[str], cutoff: float) -> Form | None:
    forms = {verb: form for (verb, _), form in index.items() if verb}
    for attempt in (" ".join(words), *words[:1]):
        # Letters in the wrong order are the likeliest slip.
        swapped = [verb for verb in forms if sorted(verb) == sorted(attempt)]
        if found := swapped or get_close_matches(attempt, forms, n=1, cutoff=cutoff):
            return forms[found[0]]
    return None
