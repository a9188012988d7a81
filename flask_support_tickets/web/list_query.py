"""Parse the query strings of HTML ticket lists and find the matching tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..i18n import gettext, lazy_gettext
from ..models import TicketStatus
from ..schemas.error_messages import translate_error
from ..schemas.fields import complete
from ..schemas.queries import STAFF_FILTERS, TicketListQuery, ticket_filter
from ..services.pagination import Page
from ..services.read_models import TicketInfo
from ..services.tickets.fields import filter_fields

#: Labels for query parameters, shown in error messages.
_LABELS: Mapping[str, Any] = {
    "status": lazy_gettext("Status"),
    "search": lazy_gettext("Search"),
    "tag": lazy_gettext("Tag"),
    "assignedTo": lazy_gettext("Assigned to"),
    "order": lazy_gettext("Sort by"),
    "page": lazy_gettext("Page"),
    "weeks": lazy_gettext("Period"),
    "pageSize": lazy_gettext("Tickets per page"),
    "requester": lazy_gettext("Requester"),
    "userId": lazy_gettext("Requester"),
    "createdFrom": lazy_gettext("Opened on or after"),
    "createdBefore": lazy_gettext("Opened before"),
}

#: The name for the list's page in a ticket's URL, where ``page`` is the thread's page.
LIST_PAGE = "listPage"


@dataclass(frozen=True)
class ListQuery:
    """A parsed query string; if there are ``errors``, ``values`` holds the defaults."""

    values: Mapping[str, Any]
    #: The error messages for each parameter, in the user's language.
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def status_code(self) -> int:
        return 422 if self.errors else 200

    @property
    def problems(self) -> list[str]:
        """The error messages with the labels of their parameters."""
        return [f"{self.label(name)}: {' '.join(texts)}" for name, texts in self.errors.items()]

    def label(self, name: str) -> Any:
        """Return the label of a parameter."""
        declared = {field.key: field.label for field in filter_fields()}
        return declared.get(name) or _LABELS.get(name, name)

    @property
    def complaints(self) -> list[tuple[str, str]]:
        """The problems, in the same format as `ActionForm.problems`."""
        return [("", text) for text in (gettext("This filter isn't valid."), *self.problems)]


def read_list_query(arguments: Mapping[str, str] | None = None) -> ListQuery:
    """Parse ``arguments``, which default to the current request's query string.

    Unknown parameters are ignored.
    """
    arguments = used_arguments(request.args if arguments is None else arguments)
    schema = list_schema(complete(TicketListQuery), "page_size", *STAFF_FILTERS)
    return load_query(schema, arguments, list_argument_names())


def used_arguments(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments without empty ones, and without ``order`` in a search (newest first)."""
    used = {name: value for name, value in arguments.items() if value}
    if "search" in used:
        used.pop("order", None)
    return used


@cache
def list_schema(schema: type[Schema], *excluded: str) -> Schema:
    """Return an instance of ``schema`` without some fields, which ignores unknown parameters."""
    return schema(unknown=EXCLUDE, exclude=excluded)


def load_query(schema: Schema, arguments: Mapping[str, str], names: Iterable[str]) -> ListQuery:
    """Load ``arguments`` with ``schema``. The parameters in ``names`` must not be repeated."""
    try:
        if repeated := [name for name in names if len(request.args.getlist(name)) > 1]:
            message = gettext("Use this filter only once.")
            raise ValidationError({name: [message] for name in repeated})
        return ListQuery(schema.load(arguments))
    except ValidationError as error:
        messages: Any = error.messages
        errors = {name: [*map(translate_error, texts)] for name, texts in messages.items()}
        return ListQuery(schema.load({}), errors)


def list_argument_names() -> tuple[str, ...]:
    """Return the names of the query parameters that a list's links preserve."""
    filters = [field.key for field in filter_fields()]
    return ("status", "search", *filters, "assignedTo", "order", "page")


def list_arguments() -> dict[str, str]:
    """Return the list parameters in the current request's query string, unparsed."""
    return given_arguments(list_argument_names())


def given_arguments(names: Iterable[str]) -> dict[str, str]:
    """Return the named parameters that are in the current request's query string, unparsed."""
    # MultiDict.get() raises and catches an error for each missing name.
    given = request.args.to_dict()
    return {name: given[name] for name in names if given.get(name)}


def argument_text(value: Any) -> str:
    """Format a value for a query string: statuses by name, dates as ISO 8601, lists with commas."""
    if isinstance(value, TicketStatus):
        return value.name
    if isinstance(value, list | tuple | set):
        return ",".join(map(argument_text, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def to_carry(arguments: Mapping[str, str]) -> dict[str, str]:
    """Rename a list's query parameters for use in its tickets' URLs."""
    return {LIST_PAGE if name == "page" else name: text for name, text in arguments.items()}


def from_carried(carried: Mapping[str, str]) -> dict[str, str]:
    """Return the list's query parameters that a ticket's URL carries."""
    return {"page" if name == LIST_PAGE else name: text for name, text in carried.items()}


def find_tickets(actor: Actor, query: ListQuery, **criteria: Any) -> Page[TicketInfo]:
    """Return the tickets that match ``query``, or an empty page if it has errors."""
    if query.errors:
        return Page([], 0, False)
    return services.list_tickets(
        actor=actor,
        criteria=replace(ticket_filter(query.values, actor), **criteria),
        page=query.values["page"],
        page_size=current_tickets.config.page_size,
    )


def list_url(
    home: str, arguments: Mapping[str, str], /, *, to: str = "", **changes: str | None
) -> str:
    """Return the URL of the list, or of ``to`` under it, with ``changes`` applied and no page."""
    values = {**arguments, "page": None, **changes}
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{home}{to}?{query}" if query else f"{home}{to}"


def row_urls(home: str, arguments: Mapping[str, str], to: str = "") -> Callable[[int], str]:
    """Return a function that builds ticket URLs faster than `url_for`."""
    query = f"?{urlencode(arguments)}" if arguments else ""
    return lambda ticket_id: f"{home}{ticket_id}{to}{query}"
