"""Parse the query string of HTML lists leniently, and number their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError

from ..i18n import gettext, lazy_gettext
from ..schemas.error_messages import translate_error
from ..schemas.fields import complete
from ..schemas.queries import TicketListQuery
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.fields import filter_fields
from ..services.tickets.listing import TicketOrder

#: What the fields are called on the pages, by the name of their parameter.
_LABELS: Mapping[str, Any] = {
    "status": lazy_gettext("Status"),
    "search": lazy_gettext("Search"),
    "assignedTo": lazy_gettext("Assigned to"),
    "order": lazy_gettext("Sort by"),
    "page": lazy_gettext("Page"),
    "weeks": lazy_gettext("Period"),
}


@dataclass(frozen=True)
class ListQuery:
    """A list's query string, loaded; ``problems`` holds what could not be understood."""

    values: Mapping[str, Any]
    problems: list[str]

    @property
    def status_code(self) -> int:
        """The HTTP status of the page that answers it."""
        return 422 if self.problems else 200

    @property
    def complaints(self) -> list[tuple[str, str]]:
        """The problems as the summary of errors takes them: of no field that could be led to."""
        first = gettext("This filter isn't valid.")
        return [("", sentence) for sentence in (first, *self.problems)]

    @property
    def is_narrow(self) -> bool:
        """Whether more than a status limits the list."""
        values = self.values
        names = ("search", "assigned_to", *(field.name for field in filter_fields()))
        return any(values[name] for name in names) or values["order"] == TicketOrder.WAITING


def read_list_query(arguments: Mapping[str, str] | None = None) -> ListQuery:
    """Load the query string of an HTML list, or the ``arguments`` that another page carries.

    Parameters that are not ours are left alone. What a search finds is always newest first, so that
    an order beside it says nothing.
    """
    given = request.args if arguments is None else arguments
    given = {name: value for name, value in given.items() if value}
    if "search" in given:
        given.pop("order", None)
    return load_query(_list_schema(complete(TicketListQuery)), given, list_argument_names())


@cache
def _list_schema(schema: type[Schema]) -> Schema:
    return schema(unknown=EXCLUDE, exclude=("page_size",))


def load_query(schema: Schema, given: Mapping[str, str], names: Iterable[str]) -> ListQuery:
    """Load a query string in which each of ``names`` may stand once; or nothing, and say why."""
    try:
        _refuse_repeated(names)
        return ListQuery(schema.load(given), [])
    except ValidationError as error:
        messages: Any = error.messages
        labels = {**_LABELS, **{field.key: field.label for field in filter_fields()}}
        problems = [
            f"{labels.get(name, name)}: {' '.join(map(translate_error, texts))}"
            for name, texts in messages.items()
        ]
        return ListQuery(schema.load({}), problems)


def _refuse_repeated(names: Iterable[str]) -> None:
    repeated = [name for name in names if len(request.args.getlist(name)) > 1]
    if repeated:
        raise ValidationError({name: [gettext("Use this filter only once.")] for name in repeated})


def list_argument_names() -> tuple[str, ...]:
    """Return the parameters that the links of a list carry on."""
    filters = [field.key for field in filter_fields()]
    return ("status", "search", *filters, "assignedTo", "order", "page")


def list_arguments() -> dict[str, str]:
    """Return the list's own arguments as they came, for links back to the same view."""
    return {name: request.args[name] for name in list_argument_names() if request.args.get(name)}


NOTHING: Page[TicketInfo] = Page([], 0, False)
