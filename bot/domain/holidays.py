"""The public holidays of a country: the only home of the package of that name.

It is imported when a holiday is first asked for, and with it the one country that was asked
about: most of what it brings is never needed, and a process that asks for none pays nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

NO_DAYS: Final[frozenset[date]] = frozenset()


@lru_cache(maxsize=1024)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Return a country's public holidays in a year, with the days on which they are observed.

    None are known of a few countries, which therefore have none.
    """
    import holidays  # noqa: PLC0415 - 12 MB and a tenth of a second that few processes need

    try:
        found = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return NO_DAYS
    return frozenset(day for day in found if day.year == year)


def make_ready() -> None:
    """Load what every country's holidays need, so that no transaction has to wait for it."""
    public_holidays("US", 2026)


@lru_cache(maxsize=512)
def are_known(country: str) -> bool:
    """Say whether anything is known of a country's holidays."""
    from holidays import registry  # noqa: PLC0415 - likewise

    return any(country in names for names in registry.COUNTRIES.values())
