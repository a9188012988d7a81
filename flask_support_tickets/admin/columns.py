"""The columns of the queue, of a ticket's page and of the CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from flask_admin.contrib.sqla import ModelView

from ..current import current_tickets
from ..services.tickets.fields import PRIORITY, visible_properties
from ..ticket_field import TicketField
from ..web.ticket_columns import BUILT_IN, DETAILS, EXPORT_AFTER, LIST, MORE_DETAILS
from .staff_pages import StaffPages


class ColumnsView(StaffPages):
    """A view that looks up its columns in the first request."""

    # A ModelView's own defaults can be read from its instances only. Subclasses add to these.
    column_list: Any = (*LIST[0], PRIORITY.name, *LIST[1])
    column_labels: Any = {}
    column_formatters: Any = {}
    column_exclude_list: Any = ()
    action_disallowed_list: Any = []

    _lock = Lock()
    _is_scaffolded = False

    def scaffold(self) -> None:
        """Find the columns, once. A ``ModelView`` does so in its constructor."""
        with self._lock:
            if not self._is_scaffolded:
                ModelView._refresh_cache(self)
                self._details_columns = self.get_details_columns()
                self._find_built_in()
                self._is_scaffolded = True

    def _find_built_in(self) -> None:
        """Find the columns that our templates render, because the host does not format them."""
        cls = type(self)
        self.built_in_list = self._rendered_names(
            self._list_columns, self.column_formatters, cls.column_type_formatters
        )
        self.built_in_details = self._rendered_names(
            [*self._details_columns, *self.more_details_columns],
            self.column_formatters_detail,
            cls.column_type_formatters_detail,
        )
        self._built_in_export = self._rendered_names(
            self._export_columns,
            self.column_formatters_export,
            cls.column_type_formatters_export,
        )

    @property
    def _host_list(self) -> Any:
        """The host's ``column_list``. The default one is completed with the declared fields."""
        return None if self.column_list is ColumnsView.column_list else self.column_list

    def get_list_columns(self) -> list[tuple[Any, Any]]:
        names = self._host_list or self.scaffold_list_columns()
        found: list[Any] = self.get_column_names(names, self.column_exclude_list)
        return found

    def scaffold_list_columns(self) -> list[str]:
        declared = [field.name for field in current_tickets.ticket_fields if field.in_queue]
        return [*LIST[0], *declared, *LIST[1]]

    def get_details_columns(self) -> list[tuple[Any, Any]]:
        names = self.column_details_list or (*DETAILS, *_declared_names())
        found: list[Any] = self.get_column_names(names, self.column_details_exclude_list)
        return found

    @property
    def more_details_columns(self) -> list[tuple[Any, Any]]:
        """The collapsed columns of a ticket's page, unless the host chooses its columns."""
        names = () if self.column_details_list else MORE_DETAILS
        found: list[Any] = self.get_column_names(names, self.column_details_exclude_list)
        return found

    def get_export_columns(self) -> list[tuple[Any, Any]]:
        default = [*LIST[0], *_declared_names(), *EXPORT_AFTER]
        names = self.column_export_list or self._host_list or default
        columns = self.get_column_names(names, self.column_export_exclude_list)
        return [(name, self._export_label(name) or label) for name, label in columns]

    def _export_label(self, name: Any) -> Any:
        """Return the heading in the CSV file, if it differs from the column's label."""
        is_ours = name in BUILT_IN and name not in (self.column_labels or {})
        return BUILT_IN[name].export_label if is_ours else None

    def get_column_name(self, field: str) -> Any:
        """Return the label of a column: the view's, the declared field's, or ours."""
        labels, declared = self.column_labels or {}, self.declared_field(field)
        if field in labels:
            return labels[field]
        if declared is not None:
            return declared.label
        return BUILT_IN[field].label if field in BUILT_IN else super().get_column_name(field)

    def declared_field(self, name: str) -> TicketField | None:
        """Return the declared ticket field with this name."""
        return next((each for each in current_tickets.ticket_fields if each.name == name), None)

    def _rendered_names(
        self, columns: Sequence[tuple[Any, Any]], formatters: Any, type_formatters: Any
    ) -> frozenset[str]:
        return frozenset(
            name
            for name, _ in columns
            if (name in BUILT_IN or self.declared_field(name) is not None)
            and name not in formatters
            and name not in self._column_choices_map
            and not any(issubclass(self._kind_of(name), each) for each in type_formatters or ())
        )

    def host_names(self, columns: Sequence[tuple[Any, Any]]) -> list[str]:
        """Return the names of the columns that are not built in."""
        return [str(name) for name, _ in columns if name not in BUILT_IN]

    def _kind_of(self, name: str) -> type[Any]:
        if name in BUILT_IN:
            return BUILT_IN[name].kind
        column = current_tickets.models.ticket_column(name)
        try:
            kind: type[Any] = object if column is None else column.type.python_type
        except NotImplementedError:  # a custom type may not have one
            return object
        return kind

    def get_export_value(self, ticket: Any, name: Any) -> Any:
        """Return the text of a cell in the CSV file."""
        if name not in self._built_in_export:
            return super().get_export_value(ticket, name)
        return self.text_of(ticket, name)

    def text_of(self, ticket: Any, name: str) -> Any:
        """Return the text of one of our columns, or of a declared field."""
        declared = self.declared_field(name)
        if declared is not None:
            return declared.text(ticket.value(name))
        return BUILT_IN[name].text(ticket, getattr(ticket, name, None))


def _declared_names() -> list[str]:
    return [field.name for field in visible_properties(is_staff=True)]
