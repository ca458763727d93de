"""The page on which one acts as anybody of the local Slack: three files, and no build step."""

from __future__ import annotations

from importlib.resources import files

from aiohttp import web

_TYPES = {"page.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
_HEADERS = {
    # Nothing comes from elsewhere, nothing is inline, and no other site may frame the page. So
    # whatever people write into a message, it never becomes more than text.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Whoever starts a newer sandbox at the same address gets its page, too.
    "Cache-Control": "no-cache",
}


def page_routes() -> list[web.RouteDef]:
    """Return what serves the page at `/`; it stands on the doors of `control.py` and `clock.py`."""

    def serve(name: str) -> web.RouteDef:
        text = files("bot.sandbox").joinpath(name).read_text(encoding="utf-8")

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(
                text=text, content_type=_TYPES[name], charset="utf-8", headers=_HEADERS
            )

        return web.get("/" if name == "page.html" else f"/{name}", answer)

    return [serve(name) for name in _TYPES]
