import re
from importlib.resources import files
from pathlib import PurePath

import aiohttp
import pytest

from bot.sandbox.emoji import _PLAIN, _TONED
from bot.sandbox.page import page_routes
from bot.sandbox.server import LocalSlack
from tests.sandbox.conftest import Clock

SOURCES = {
    file.name: file.read_text(encoding="utf-8")
    for file in files("bot.sandbox").joinpath("browser").iterdir()
}


async def test_the_page_and_its_files_are_served_with_their_types(clock: Clock) -> None:
    kinds = {"": "text/html", "page.css": "text/css", "page.js": "text/javascript"}

    async with (
        LocalSlack(clock=clock, routes=page_routes()) as slack,
        aiohttp.ClientSession() as session,
    ):
        found = {}
        for name in kinds:
            async with session.get(slack.url + name) as response:
                assert response.status == 200
                found[name] = response.content_type

    assert found == kinds


async def test_every_file_forbids_what_is_inline_and_what_comes_from_elsewhere(
    clock: Clock,
) -> None:
    async with (
        LocalSlack(clock=clock, routes=page_routes()) as slack,
        aiohttp.ClientSession() as session,
    ):
        for route in page_routes():
            async with session.get(slack.url.rstrip("/") + route.path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "script-src 'self';" in policy
                assert "unsafe" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_whatever_the_page_names_is_served() -> None:
    served = {route.path.removeprefix("/") for route in page_routes()}
    named = set(re.findall(r'(?:href|src)="([\w.]+)"', SOURCES["page.html"]))
    for name, text in SOURCES.items():
        if name.endswith(".js"):
            named |= set(re.findall(r'from "\./([\w.]+)"', text))

    assert named
    assert named <= served


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_file_turns_text_into_markup_or_reaches_elsewhere(name: str) -> None:
    text = SOURCES[name]

    for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert danger not in text
    fetched = re.findall(
        r"""(?:src|href|url|import|fetch)\W{0,3}["'(]*(https?://[^\s"')]+)""", text
    )
    assert fetched == []


def test_every_emoji_of_the_local_slack_has_a_picture() -> None:
    table = SOURCES["emoji.js"].split("`")[1].split()
    pictured = dict(zip(table[::2], table[1::2], strict=True))

    assert set(pictured) == _PLAIN | _TONED
    assert all(not picture.isascii() for picture in pictured.values())


def test_modules_of_the_page_stay_small() -> None:
    lines = {name: text.count("\n") for name, text in SOURCES.items()}

    assert {PurePath(name).suffix for name in lines} == {".css", ".html", ".js", ".svg"}
    assert max(lines.values()) < 400
