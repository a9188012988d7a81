"""ETags: fingerprints computed without rendering the response (rule E1)."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from marshmallow import Schema

from ..actor import Actor
from ..current import current_tickets
from ..i18n import current_language
from ..models import utc_now
from ..schemas.fields import complete
from ..schemas.responses import CommentSchema, EventSchema, TicketSchema
from ..services.pagination import Page, rows_state
from ..services.read_models import TicketInfo
from ..services.tickets.listing import TICKET_KEYS
from ..services.tickets.queries import get_ticket_row
from ..services.user_names import get_user_names


def page_etag(actor: Actor, page: Page[Any]) -> str:
    """Return the ETag for a page of a list, even one that was read with ``only_state``.

    The ETag changes every hour, because the state does not always include user names.
    """
    return _hash(actor, utc_now().isoformat("T", "hours"), *page.state)


def ticket_etag(actor: Actor, ticket: TicketInfo) -> str:
    names = {ticket.user_id: ticket.user_name, ticket.assigned_to_user_id: ticket.assigned_to_name}
    present = {key: name for key, name in names.items() if key is not None and name is not None}
    return _hash(actor, *rows_state([ticket], TICKET_KEYS, present))


def get_ticket_etag(*, actor: Actor, ticket_id: int) -> str:
    """Return the result of `ticket_etag` without loading the ticket. Can raise `NotFound`."""
    row = get_ticket_row(actor, ticket_id, TICKET_KEYS)
    names = get_user_names({row.user_id, row.assigned_to_user_id}, actor)
    return _hash(actor, *rows_state([row], TICKET_KEYS, names))


def _hash(actor: Actor, *state: Any) -> str:
    config = current_tickets.config
    # The switches affect the allowed actions; the language affects "Deleted user".
    context = (
        *(actor.id, actor.is_staff, "assign" in actor.permissions),
        *(current_language(), config.allow_reopen, config.allow_withdraw),
    )
    shape = _shape(complete(TicketSchema), CommentSchema, EventSchema)
    return hashlib.sha256(repr((shape, *context, *state)).encode()).hexdigest()[:32]


@cache
def _shape(*schemas: type[Schema]) -> str:
    """Return the schemas' field names and types as text. Changing any of them changes all ETags."""
    return " ".join(
        f"{name}:{type(field).__name__}"
        for schema in schemas
        for name, field in schema().fields.items()
    )
