"""The page on which one acts as anybody of the local Slack: files of this package, as they are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePath

from aiohttp import web

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # Nothing comes from elsewhere, nothing is inline, and no other site may frame the page. So
    # whatever people write into a message, it never becomes more than text.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Whoever starts a newer sandbox at the same address gets its page, too.
    "Cache-Control": "no-cache",
}
_FIRST = "page.html"


def page_routes() -> list[web.RouteDef]:
    """Return what serves the page at `/`; it stands on the doors of `control.py` and `clock.py`."""
    folder = files("bot.sandbox").joinpath("browser")
    texts = {
        file.name: file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if PurePath(file.name).suffix in _TYPES
    }
    return [_serving(name, text) for name, text in sorted(texts.items())]


def _serving(name: str, text: str) -> web.RouteDef:
    async def answer(_request: web.Request) -> web.Response:
        kind = _TYPES[PurePath(name).suffix]
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=_HEADERS)

    return web.get("/" if name == _FIRST else f"/{name}", answer)
