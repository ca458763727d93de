"""Rows of many workspaces by their keys, which travel as one parameter whatever their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Date, Integer, String, bindparam, cast, column, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler

# SQLite keeps dates as this text, which as a DATE it would read as a number.
_DATE = String().with_variant(Date(), "postgresql")


class _Elements(FunctionElement[Any]):
    """The elements of an array in JSON, one a row; the engines agree on all but its name."""

    inherit_cache = True


@compiles(_Elements, "sqlite")
def _in_sqlite(element: _Elements, compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401  # handed on
    return f"json_each({compiler.process(element.clauses, **given)})"


@compiles(_Elements, "postgresql")
def _in_postgresql(element: _Elements, compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401  # likewise
    return f"json_array_elements({compiler.process(element.clauses, **given)})"


def is_asked_for(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say of a row that its key, in these columns, is one of the parameter `keys`; dates in ISO.

    For an IN that lists keys of two parts SQLite reads the whole table, and every number of keys
    makes it another statement.
    """
    asked = _Elements(bindparam("keys", type_=JSON)).table_valued(column("value", JSON))
    return tuple_(*columns).in_(
        select(*(_part(asked.c.value[place], one) for place, one in enumerate(columns)))
    )


def _part(value: Any, like: ColumnElement[Any]) -> ColumnElement[Any]:  # noqa: ANN401  # indexed JSON
    if isinstance(like.type, Integer):
        part: ColumnElement[Any] = value.as_integer()
        return part
    text: ColumnElement[Any] = value.as_string()
    return cast(text, _DATE) if isinstance(like.type, Date) else text
