"""The proxy that the environment names for an address, for calls and for sockets alike."""

from __future__ import annotations

import urllib.request
from urllib.parse import urlsplit


def proxy_for(url: str) -> str | None:
    """Return the proxy of the environment, unless its exceptions name the host."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    # A socket goes the way of the scheme that it is opened with.
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
    return urllib.request.getproxies().get(scheme)
