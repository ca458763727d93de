"""What people write, as Slack escapes it, and as they saw it."""

import pytest

from bot.domain.person import UserId
from bot.slack.written import mentioned, normal, plain


def name_of(user: UserId) -> str:
    return {"U1": "Ana <& Co>"}.get(user, user)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt; stays escaped", "&lt; stays escaped"),
        ("&lt;@U1&gt;", "<@U1>"),
        ("ask <@U1>", "ask @Ana <& Co>"),
        ("ask <@U2|ben>", "ask @ben"),
        ("ask <@U2|@ben>", "ask @ben"),
        ("ask <@W3>", "ask @W3"),
        ("in <#C1|ops>", "in #ops"),
        ("in <#C1|>", "in #C1"),
        ("in <#C1>", "in #C1"),
        ("<!channel> and <!here|here> and <!everyone>", "@channel and @here and @everyone"),
        ("<!subteam^S1|@ops>", "@ops"),
        ("<!subteam^S1>", "@subteam"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("<http://example.com|example.com>", "example.com"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com|the page>", "the page (https://example.com)"),
        ("<mailto:ana@example.com|ana@example.com>", "ana@example.com"),
        ("<tel:+123>", "+123"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_a_text_is_shown_as_it_was_seen(text: str, shown: str) -> None:
    assert plain(text, name_of) == shown


def test_quotes_become_straight_and_invisible_marks_go() -> None:
    copied = (
        " \N{LEFT DOUBLE QUOTATION MARK}Ana\N{RIGHT SINGLE QUOTATION MARK}s\N{NO-BREAK SPACE}day"
        "\N{ZERO WIDTH SPACE}\N{RIGHT DOUBLE QUOTATION MARK}\n"
    )

    assert normal(copied) == '"Ana\'s day"'


def test_everybody_mentioned_is_named_once() -> None:
    assert mentioned("<@U2|ben> and <@U1>, <@U2> but not &lt;@U3&gt;") == ("U2", "U1")
