"""Statements about several rows at once, whose text does not change with every number of them."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from sqlalchemy import String, bindparam

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import BindParameter
    from sqlalchemy.sql.base import Executable


class Several:
    """A statement about those rows of which a column is any of some values.

    An IN that expands with its values is written anew each time it runs, which takes longer than
    the statement itself.
    """

    def __init__(self, build: Callable[[list[BindParameter[str]]], Executable]) -> None:
        self._build = build
        self._statements: dict[int, Executable] = {}

    def of(self, values: Sequence[str]) -> tuple[Executable, dict[str, str]]:
        """Return the statement about at least one value, and what to run it with."""
        # The last one once more changes nothing, and so a few statements serve for all numbers.
        size = 1 << (len(values) - 1).bit_length()
        names = [f"any_{number}" for number in range(size)]
        if size not in self._statements:
            self._statements[size] = self._build([bindparam(name, type_=String) for name in names])
        filled = [*values, *repeat(values[-1], size - len(values))]
        return self._statements[size], dict(zip(names, filled, strict=True))
