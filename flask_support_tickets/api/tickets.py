"""``/api/tickets``."""

from __future__ import annotations

from flask import Response, jsonify

from .. import services
from ..schemas import (
    NewTicketBody,
    NoQuery,
    StatusBody,
    TicketListQuery,
    dump_ticket,
    ticket_filter,
)
from ..services.reads import id_in_url
from ..transaction import unit_of_work
from .blueprint import api, signed_in
from .reading import read_body, read_query


@api.get("/tickets")
def list_tickets() -> Response:
    """A page of the tickets the caller may see, newest first."""
    actor = signed_in()
    query = read_query(TicketListQuery)
    found = services.list_tickets(
        actor=actor,
        criteria=ticket_filter(query, actor),
        page=query["page"],
        page_size=query["page_size"],
    )
    tickets = [dump_ticket(ticket, actor) for ticket in found.items]
    data = {"tickets": tickets, "totalCount": found.total_count, "hasMore": found.has_more}
    return jsonify(success=True, data=data)


@api.post("/tickets")
def create_ticket() -> tuple[Response, int]:
    """File a ticket."""
    actor = signed_in()
    body = read_body(NewTicketBody)
    read_query(NoQuery)
    ticket = unit_of_work(services.open_ticket, actor=actor, **body)
    return jsonify(success=True, data=dump_ticket(ticket, actor)), 201


@api.get("/tickets/<ticket_id>")
def get_ticket(ticket_id: str) -> Response:
    """One ticket."""
    actor = signed_in()
    read_query(NoQuery)
    ticket = services.get_ticket(actor=actor, ticket_id=id_in_url(ticket_id))
    return jsonify(success=True, data=dump_ticket(ticket, actor))


@api.put("/tickets/<ticket_id>/status")
def change_status(ticket_id: str) -> Response:
    """Take a step of the workflow."""
    actor = signed_in()
    body = read_body(StatusBody)
    read_query(NoQuery)
    ticket = unit_of_work(services.move_ticket, actor=actor, ticket_id=id_in_url(ticket_id), **body)
    return jsonify(success=True, data=dump_ticket(ticket, actor))
