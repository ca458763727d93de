"""What people write, as Slack sends it: its escapes, its links and its mentions.

Texts are taken apart while they are still escaped, so that `&lt;@U1&gt;`, which somebody spelled
out, never becomes a mention. `plain` then makes of a part what the person saw.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.domain.person import UserId

if TYPE_CHECKING:
    from collections.abc import Callable

    NameOf = Callable[[UserId], str]

MENTION: Final = r"<@(?P<user>[UW][A-Z0-9_]+)(?:\|[^<>]*)?>"
CHANNEL: Final = r"<#(?P<channel>[CG][A-Z0-9_]+)(?:\|[^<>]*)?>"

_STRAIGHT: Final = str.maketrans(
    {
        **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "'"),
        **dict.fromkeys("\N{SINGLE LOW-9 QUOTATION MARK}\N{PRIME}", "'"),
        **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '"'),
        **dict.fromkeys("\N{DOUBLE LOW-9 QUOTATION MARK}\N{DOUBLE PRIME}", '"'),
        # Invisible marks come along with what is copied, and would split words for nobody to see.
        **dict.fromkeys("\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}", ""),
        **dict.fromkeys("\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{SOFT HYPHEN}", ""),
        # Keyboards and copied texts bring spaces of their own.
        **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        "\N{MEDIUM MATHEMATICAL SPACE}": " ",
    }
)
# By name, as Slack sends most, or itself: a symbol with what may join or colour it.
_EMOJI = re.compile(
    r"(?:(?::[\w+'-]+:|[\u2190-\u2BFF\u3030\u303D\u3297\u3299\uFE0F\u200D\U0001F000-\U0001FAFF])\s*)+"
)
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_TOKEN = re.compile(
    r"<(?P<kind>[@#!]|(?=(?:https?|mailto|tel):))(?P<body>[^<>|]*)(?:\|(?P<label>[^<>]*))?>"
)
_BROADCASTS: Final = {"here", "channel", "everyone"}


def normal(text: str) -> str:
    """Return `text`, still escaped, with straight quotes and without invisible marks."""
    return text.translate(_STRAIGHT).strip()


def after_emoji(text: str) -> str:
    """Return `text` without the emoji that somebody put in front of it; alone they stay."""
    lead = _EMOJI.match(text)
    return (text[lead.end() :] if lead else "") or text


def unquoted(line: str) -> str:
    """Return a line without the quotes around all of it."""
    inner = line[1:-1]
    return inner.strip() if line == f'"{inner}"' and '"' not in inner else line


def plain(text: str, name_of: NameOf) -> str:
    """Return what the person who wrote this saw on their screen.

    `<!channel>` becomes the letters @channel, which ping nobody when they are
    escaped and shown again.
    """
    parts = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += [_unescaped(text[end : token.start()]), _shown(token, name_of)]
        end = token.end()
    return "".join([*parts, _unescaped(text[end:])])


def mentioned(text: str) -> tuple[UserId, ...]:
    """Return the people mentioned in `text`, each once, in the order of their mentions."""
    return tuple(dict.fromkeys(UserId(found["user"]) for found in re.finditer(MENTION, text)))


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _shown(token: re.Match[str], name_of: NameOf) -> str:
    kind, body = token["kind"], _unescaped(token["body"])
    label = _unescaped(token["label"] or "")
    if kind == "@":
        return f"@{label.removeprefix('@') or name_of(UserId(body))}"
    if kind == "#":
        return f"#{label or body}"
    if kind == "!" and body in _BROADCASTS:
        return f"@{body}"
    if kind == "!":
        return label or f"@{body.partition('^')[0]}"
    address = re.sub(r"^(?:mailto|tel):", "", body)
    if not label or label in address:
        # Slack makes a link of every word that looks like one; the word is what was written.
        return label or address
    return f"{label} ({address})"
