"""The proxy that the environment names."""

from __future__ import annotations

import pytest

from bot.slack.proxying import proxy_for


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_socket_goes_through_the_proxy_of_its_scheme(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://another.example:3128")

    assert proxy_for(f"{scheme}://wss.slack.com/link") == "http://proxy.example:3128"


def test_a_host_that_the_environment_excepts_has_no_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "slack.internal")

    assert proxy_for("wss://slack.internal/link") is None
