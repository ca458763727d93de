from __future__ import annotations

import pytest

from bot.store.address import address, is_sqlite
from bot.store.database import StoreRefused


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///baton.db", "sqlite+pysqlite:///baton.db"),
        ("sqlite:////data/baton.db", "sqlite+pysqlite:////data/baton.db"),
        ("postgresql://u:p@host/baton", "postgresql+psycopg://u:p@host/baton"),
        ("postgres://host:5433/baton", "postgresql+psycopg://host:5433/baton"),
        (
            "postgresql://u:p%40ss@/baton?host=/run/postgresql",
            "postgresql+psycopg://u:p%40ss@/baton?host=%2Frun%2Fpostgresql",
        ),
    ],
)
def test_a_plain_url_gets_its_driver(url: str, expected: str) -> None:
    assert address(url).render_as_string(hide_password=False) == expected
    assert is_sqlite(address(url)) == url.startswith("sqlite")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "baton.db",
        "mysql://root:hunter2@host/baton",
        "postgresql+asyncpg://u:hunter2@host/baton",
        "postgresql://u:hunter2@host:hunter2/baton",
        "postgresql://u:p@hunter2@host/baton",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://hunter2/baton.db",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(StoreRefused, match="DATABASE_URL") as caught:
        address(url)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None
