"""Turn the conditions of a host's query into conditions of our lists."""

from __future__ import annotations

from math import isfinite
from typing import Any

from sqlalchemy import ColumnElement, Integer
from sqlalchemy.orm import Query
from sqlalchemy.sql import visitors

from ..errors import ConfigurationError
from .database import comparison_type

_NUMBER_MAX = 2**63 - 1


def condition_in(query: Any, table: Any) -> ColumnElement[bool] | None:
    """Return the condition of a query for tickets, or None if it has none.

    Raises `ConfigurationError` if ``get_query`` returned something else.
    """
    if not isinstance(query, Query) or query._limit_clause is not None:
        raise ConfigurationError("get_query must return a query for tickets without a limit.")
    return as_condition(query, table)


def as_condition(query: Query[Any], table: Any) -> ColumnElement[bool] | None:
    """Return the condition for a ticket to be in ``query``, or None. Raises `ValueError`."""
    statement: Any = query.statement
    ids = statement.with_only_columns(table.c.id, maintain_column_froms=True).order_by(None)
    if ids.get_final_froms() != [table]:  # the query joins or reads other tables
        return _check_values(table.c.id.in_(ids))
    return None if ids.whereclause is None else _check_values(ids.whereclause)


def _check_values(condition: Any) -> ColumnElement[bool]:
    """Allow numbers that do not fit the column. Raises `ValueError` if they exceed 63 bits."""

    def replace(element: Any, **kwargs: Any) -> Any:
        if not isinstance(element, visitors.Visitable) or element.__visit_name__ != "bindparam":
            return None
        param: Any = element
        values = param.value if isinstance(param.value, list | tuple) else [param.value]
        if any(isinstance(each, int) and abs(each) > _NUMBER_MAX for each in values) or any(
            isinstance(each, float) and not isfinite(each) for each in values
        ):
            raise ValueError(param.value)
        if isinstance(param.type, Integer):
            param = param._clone()
            param.type = comparison_type(param)
            return param
        return None

    replaced: ColumnElement[bool] = visitors.replacement_traverse(condition, {}, replace)
    return replaced
