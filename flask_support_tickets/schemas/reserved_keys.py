"""The names that the keys of a host's ticket fields cannot have."""

from __future__ import annotations

from marshmallow import Schema

from ..ticket_field import TicketField
from .fields import URL_NAMES
from .queries import QueueListQuery, TicketListQuery
from .requests import NewTicketBody
from .responses import TicketSchema

#: The names of inputs that no schema has, and of keys that responses and queries will have.
_OTHERS = {
    *("assignedTo", "attachments", "preview", "submission_key", "csrf_token", "text"),
    *("dueAt", "overdue"),
}


def reserved_keys(built_in: tuple[TicketField, ...]) -> frozenset[str]:
    """Return the names in bodies, responses, query strings and forms that are already taken."""
    schemas: tuple[type[Schema], ...] = TicketSchema, NewTicketBody, TicketListQuery, QueueListQuery
    taken = (item for schema in schemas for item in schema._declared_fields.items())
    keys = {field.data_key or name for name, field in taken}
    return frozenset(keys | {field.key for field in built_in} | _OTHERS) | URL_NAMES
