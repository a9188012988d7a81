"""``/api/tickets``: list and open tickets, change their status, and read their history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, request

from .. import services
from ..actor import Actor
from ..errors import Invalid
from ..schemas.queries import PageQuery, TicketListQuery, ticket_filter
from ..schemas.requests import EditTicketBody, NewTicketBody, StatusBody
from ..schemas.responses import (
    EventPageSchema,
    TicketPageSchema,
    TicketSchema,
    event_serializer,
    serialize_ticket,
    ticket_serializer,
)
from ..services import TicketInfo
from ..services.access import without_limits
from ..services.pagination import Page
from ..services.tickets.queries import id_in_url
from ..services.tickets.tags import get_tagged_ticket, with_tags
from ..transaction import unit_of_work
from ..web.etags import get_ticket_etag
from .conditional import not_modified_response, page_response, precondition, ticket_response
from .idempotency import idempotent_post
from .operation import operation


@operation("GET", "/tickets", TicketPageSchema, query=TicketListQuery, has_etag=True)
def list_tickets(actor: Actor, **query: Any) -> Response:
    """List the tickets that you can see, newest first by default."""
    criteria = ticket_filter(query, actor)

    def read(**arguments: Any) -> Page[TicketInfo]:
        page = services.list_tickets(**arguments)
        return replace(page, items=with_tags(actor, page.items))

    return page_response(
        "tickets",
        actor,
        read,
        ticket_serializer(actor),
        has_cursor=criteria.order.is_by_id,
        criteria=criteria,
        **{name: query[name] for name in ("page", "page_size", "after_id")},
    )


@operation(
    "POST",
    "/tickets",
    TicketSchema,
    status=201,
    body=NewTicketBody,
    refusals=("too_many_requests",),
)
def create_ticket(actor: Actor, **content: Any) -> dict[str, Any]:
    """Open a ticket."""
    return idempotent_post(
        services.open_ticket,
        lambda ticket: serialize_ticket(get_tagged_ticket(actor=actor, ticket_id=ticket.id), actor),
        actor=actor,
        **content,
    )


@operation("GET", "/tickets/<ticket_id>", TicketSchema, has_etag=True)
def get_ticket(actor: Actor, ticket_id: str) -> Response:
    """Get a ticket."""
    number = id_in_url(ticket_id)
    if request.if_none_match:
        etag = get_ticket_etag(actor=actor, ticket_id=number)
        if not_modified := not_modified_response(etag):
            return not_modified
    return ticket_response(actor, get_tagged_ticket(actor=actor, ticket_id=number))


@operation(
    "PATCH",
    "/tickets/<ticket_id>",
    TicketSchema,
    body=EditTicketBody,
    refusals=("not_allowed", "precondition_failed", "invalid_transition"),
)
def edit_ticket(actor: Actor, ticket_id: str, **changes: Any) -> Response:
    """Change a ticket's fields."""
    return _change(services.edit_ticket, actor, ticket_id, **changes)


@operation(
    "PUT",
    "/tickets/<ticket_id>/status",
    TicketSchema,
    body=StatusBody,
    refusals=("not_allowed", "precondition_failed", "invalid_transition", "too_many_requests"),
)
def change_status(actor: Actor, ticket_id: str, **transition: Any) -> Response:
    """Change a ticket's status or assignee, and add a comment if there is one."""
    return _change(_transition, actor, ticket_id, **transition)


def _change(
    use_case: Callable[..., object], actor: Actor, ticket_id: str, **arguments: Any
) -> Response:
    """Run ``use_case`` and return the changed ticket, which is read before the commit."""
    number = id_in_url(ticket_id)

    def change_and_read() -> TicketInfo:
        use_case(actor=actor, ticket_id=number, precondition=precondition(actor), **arguments)
        return get_tagged_ticket(actor=without_limits(actor), ticket_id=number)

    return ticket_response(actor, unit_of_work(change_and_read))


def _transition(*, comment: dict[str, Any] | None, **transition: Any) -> None:
    if comment is None:
        services.transition_ticket(**transition)
        return
    try:
        services.transition_with_comment(**transition, **comment)
    except Invalid as error:
        fields = dict(error.fields or {})
        if "attachmentUrls" not in fields:
            raise
        raise Invalid({"comment.attachmentUrls": fields.pop("attachmentUrls"), **fields}) from error


@operation("GET", "/tickets/<ticket_id>/events", EventPageSchema, query=PageQuery, has_etag=True)
def list_events(actor: Actor, ticket_id: str, **query: Any) -> Response:
    """List a ticket's history, oldest first."""
    query["ticket_id"] = id_in_url(ticket_id)
    return page_response("events", actor, services.list_events, event_serializer(actor), **query)
