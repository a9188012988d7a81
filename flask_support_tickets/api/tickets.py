"""``/api/tickets``: list and open tickets, change their status, and read their history."""

from __future__ import annotations

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
from ..services.pagination import Page
from ..services.tickets.queries import id_in_url
from ..services.tickets.tags import with_tags
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
        lambda ticket: serialize_ticket(
            services.get_ticket(actor=actor, ticket_id=ticket.id), actor
        ),
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
    return ticket_response(actor, _get_ticket(actor, number))


@operation(
    "PATCH",
    "/tickets/<ticket_id>",
    TicketSchema,
    body=EditTicketBody,
    refusals=("not_allowed", "precondition_failed", "invalid_transition"),
)
def edit_ticket(actor: Actor, ticket_id: str, **changes: Any) -> Response:
    """Change a ticket's fields."""
    ticket = unit_of_work(
        _edit,
        actor=actor,
        ticket_id=id_in_url(ticket_id),
        precondition=precondition(actor),
        **changes,
    )
    return ticket_response(actor, ticket)


def _edit(*, actor: Actor, ticket_id: int, **changes: Any) -> services.TicketInfo:
    services.edit_ticket(actor=actor, ticket_id=ticket_id, **changes)
    return _get_ticket(actor, ticket_id)


def _get_ticket(actor: Actor, ticket_id: int) -> services.TicketInfo:
    """Return the ticket, for staff with its tags."""
    [ticket] = with_tags(actor, [services.get_ticket(actor=actor, ticket_id=ticket_id)])
    return ticket


@operation(
    "PUT",
    "/tickets/<ticket_id>/status",
    TicketSchema,
    body=StatusBody,
    refusals=("not_allowed", "precondition_failed", "invalid_transition", "too_many_requests"),
)
def change_status(actor: Actor, ticket_id: str, **transition: Any) -> Response:
    """Change a ticket's status or assignee, and add a comment if there is one."""
    ticket = unit_of_work(
        _transition,
        actor=actor,
        ticket_id=id_in_url(ticket_id),
        precondition=precondition(actor),
        **transition,
    )
    return ticket_response(actor, ticket)


def _transition(
    *, actor: Actor, ticket_id: int, comment: dict[str, Any] | None, **transition: Any
) -> services.TicketInfo:
    arguments = {"actor": actor, "ticket_id": ticket_id, **transition}
    if comment is None:
        return with_tags(actor, [services.transition_ticket(**arguments)])[0]
    try:
        services.transition_with_comment(**arguments, **comment)
    except Invalid as error:
        fields = dict(error.fields or {})
        if "attachmentUrls" not in fields:
            raise
        raise Invalid({"comment.attachmentUrls": fields.pop("attachmentUrls"), **fields}) from error
    return _get_ticket(actor, ticket_id)


@operation("GET", "/tickets/<ticket_id>/events", EventPageSchema, query=PageQuery, has_etag=True)
def list_events(actor: Actor, ticket_id: str, **query: Any) -> Response:
    """List a ticket's history, oldest first."""
    query["ticket_id"] = id_in_url(ticket_id)
    return page_response("events", actor, services.list_events, event_serializer(actor), **query)
