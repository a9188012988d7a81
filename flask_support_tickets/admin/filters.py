"""The host's filters in ``column_filters``, which become conditions of our list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_admin.contrib.sqla import filters, tools
from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from sqlalchemy import ColumnElement
from sqlalchemy.exc import SQLAlchemyError

from ..current import current_tickets
from ..errors import ConfigurationError
from ..schemas.fields import URL_NAMES
from ..services.conditions import as_condition
from ..text_rules import TextError, clean_text
from ..web.column_values import column_value, is_utc, with_zone
from ..web.list_query import list_argument_names
from ..web.queue_query import QUEUE_ARGUMENTS
from .columns import ColumnsView

#: The built-in filters of the queue.
BUILT_IN_FILTERS = ("status", "priority", "assigned_to", "user", "department", "tags", "created_at")
#: The maximum length of a filter's value in a URL.
_VALUE_MAX = 1_000
#: The filters that compare a column with a value of its type.
_COMPARING = (
    filters.FilterEqual, filters.FilterNotEqual, filters.FilterGreater, filters.FilterSmaller,
    filters.FilterInList,
)  # fmt: skip
#: Parts of the names of Flask-Admin's filters that are not the operation.
_TYPE_IN_NAME = re.compile(r"Filter|^(?:Int|Float|DateTime|Date|Time|Boolean|Enum|ChoiceType|Uuid)")


@dataclass(frozen=True)
class HostFilter:
    """One of Flask-Admin's filters, such as "Order equals"."""

    #: The name in URLs after ``flt0_``, such as ``order_id_equal``.
    argument: str
    #: The column's name as in ``column_filters``.
    key: str
    stock: Any

    @property
    def label(self) -> str:
        return str(self.stock.name)

    @property
    def operation(self) -> str:
        return str(self.stock.operation())

    @property
    def input_type(self) -> str:
        """The ``type`` of the HTML input."""
        return "date" if self.stock.data_type == "datepicker" else "text"

    def options(self, view: Any) -> list[tuple[str, Any]]:
        """Return the values and labels to choose from; empty if any value can be entered."""
        return [(str(value), text) for value, text in self.stock.get_options(view) or ()]


class FiltersView(ColumnsView):
    """A ``ModelView`` whose filters narrow our list, and whose URLs contain column names."""

    column_filters: Any = BUILT_IN_FILTERS
    named_filter_urls = True

    def _refresh_filters_cache(self) -> None:
        self._host_filters: list[HostFilter] = []
        for key, stock in self._stock_filters():
            number = str(len(self._host_filters))
            name = re.sub(r"\W+", "_", f"{key}_{_operation(stock)}")
            if any(each.argument == name for each in self._host_filters):
                name += f"_{number}"  # another filter with the same column and operation
            argument = name if self.named_filter_urls else number
            self._host_filters.append(HostFilter(argument, key, stock))
        self._filters = [each.stock for each in self._host_filters]

    def _stock_filters(self) -> Iterator[tuple[str, Any]]:
        for each in self.column_filters or ():
            if isinstance(each, BaseSQLAFilter):
                bound = self._handle_filter_of_user(self.handle_filter(each))
                yield str(bound.key_name or bound.column.key), bound
            elif each not in BUILT_IN_FILTERS:
                for stock in self.scaffold_filters(each):
                    yield str(getattr(each, "key", each)), self.handle_filter(stock)

    def _handle_filter_of_user(self, stock: Any) -> Any:
        """Let a filter for a column of the user model apply to the requester."""
        user_model = self.model.__support_links__.user_model
        table = getattr(stock.column, "table", None)
        if stock.key_name is None and table is user_model.__table__:
            stock.key_name = f"user.{stock.column.key}"
            self._filter_joins[stock.key_name] = [self.model.user]
        return stock

    def scaffold_filters(self, name: Any) -> list[Any]:
        """Return Flask-Admin's filters for a column. Raises `ConfigurationError`."""
        attribute, joins = tools.get_field_with_path(self.model, name)
        is_hybrid = tools.is_hybrid_property(self.model, name)
        column = attribute if is_hybrid else tools.get_columns_for_field(attribute)[0]
        key = str(getattr(name, "key", name))
        options = (self.column_choices or {}).get(key) or self._declared_choices(key)
        kind = "datetime" if is_utc(column) else type(column.type).__name__
        # The label and the options are translated in each request.
        label = self.get_column_name(key)
        found = self.filter_converter.convert(kind, column, label, options=options)
        if not found:
            raise ConfigurationError(
                f"{type(self).__name__}.column_filters: Flask-Admin has no filter for {name!r}."
            )
        for stock in found:
            if joins:
                stock.key_name = f"{name}.{column}"
                self._filter_joins[stock.key_name] = joins
        return list(found)

    def _declared_choices(self, name: str) -> Callable[[], list[tuple[Any, str | None]]] | None:
        declared = self.declared_field(name)
        if declared is None or not declared.choices or declared.input_type == "checkbox":
            return None
        return declared.options

    def get_filter_arg(self, index: int, flt: Any) -> str:
        return self._host_filters[index].argument

    def find_filter(self, name: str) -> HostFilter | None:
        """Return the filter for a query parameter, or None.

        The parameter is ``flt0_order_id_greater`` with any number, or ``order_id`` for equality.
        """
        if name in (*list_argument_names(), *QUEUE_ARGUMENTS, *URL_NAMES):
            return None
        for each in self._host_filters:
            is_short = name == each.key and _operation(each.stock) == "equal"
            if is_short or re.sub(r"^flt\d{0,3}_", "flt_", name) == f"flt_{each.argument}":
                return each
        return None

    def condition_of(self, found: HostFilter, text: str) -> ColumnElement[bool] | None:
        """Return a filter's condition, if it has any. Raises `ValueError` for an invalid value."""
        stock, query = found.stock, current_tickets.session.query(self.model)
        try:
            alias, value = None, _parse_value(stock, text)
            joins = self._filter_joins.get(stock.key_name or stock.column)
            if joins:
                query, _, alias = self._apply_path_joins(query, {}, joins, inner_join=False)
            narrowed = stock.apply(query, value, alias)
        except (TextError, TypeError, LookupError, ArithmeticError, SQLAlchemyError) as error:
            raise ValueError(text) from error
        return as_condition(narrowed, self.model.__table__)


def _operation(stock: Any) -> str:
    """Return the name of a filter's operation, such as ``not_equal`` for ``IntNotEqualFilter``."""
    name = _TYPE_IN_NAME.sub("", type(stock).__name__)
    name = _TYPE_IN_NAME.sub("", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _parse_value(stock: Any, text: str) -> Any:
    """Return the value for one of Flask-Admin's filters. Raises an error if ``text`` is wrong."""
    text = clean_text(text, max_length=_VALUE_MAX, single_line=True)
    is_choice = not isinstance(stock, filters.FilterEmpty) or text in ("0", "1")
    value = stock.clean(text) if is_choice and stock.validate(text) else []
    if value == []:
        raise ValueError(text)
    values = value if isinstance(value, list) else [value]
    if isinstance(stock, _COMPARING):
        values = [column_value(stock.column, each) for each in values]
    values = [with_zone(stock.column, each) for each in values]
    return values if isinstance(value, list) else values[0]
