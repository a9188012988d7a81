"""Conditional requests: ETag, ``If-None-Match`` and ``If-Match`` (E1 and E2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from ..actor import Actor
from ..schemas.fields import encode_cursor
from ..schemas.responses import serialize_ticket
from ..services import TicketInfo, get_ticket
from ..services.pagination import Page
from ..web.etags import get_ticket_etag, page_etag, ticket_etag
from .operation import success


def page_response(
    name: str,
    actor: Actor,
    read: Callable[..., Page[Any]],
    dump: Callable[[Any], dict[str, Any]],
    *,
    has_cursor: bool = True,
    **arguments: Any,
) -> Response:
    """Return a page of a list, or 304 without loading its rows.

    ``has_cursor`` tells whether the list goes on after an id. The tag is a weak one: a changed
    name may show an hour later.
    """
    if request.if_none_match:
        state = read(actor=actor, only_state=True, **arguments)
        if unchanged := _unchanged(page_etag(actor, state), weak=True):
            return unchanged
    page = read(actor=actor, **arguments)
    data = {
        name: [dump(row) for row in page.items],
        "totalCount": page.total_count,
        "hasMore": page.has_more,
        "nextCursor": encode_cursor(page.last_id) if page.has_more and has_cursor else None,
    }
    if page.is_capped:
        data["totalCountCapped"] = True
    return _stamped(success(data), page_etag(actor, page), weak=True)


def ticket_response(actor: Actor, ticket_id: int) -> Response:
    """Return one ticket, or 304 without loading it."""
    if request.if_none_match:
        stamp = get_ticket_etag(actor=actor, ticket_id=ticket_id)
        if unchanged := _unchanged(stamp):
            return unchanged
    return stamped_ticket(actor, get_ticket(actor=actor, ticket_id=ticket_id))


def stamped_ticket(actor: Actor, ticket: TicketInfo) -> Response:
    """Return one ticket with its ETag."""
    return _stamped(success(serialize_ticket(ticket, actor)), ticket_etag(actor, ticket))


def precondition(actor: Actor) -> Callable[[Any], bool] | None:
    """Return the check that ``If-Match`` asks for; None when it asks for none."""
    if "If-Match" not in request.headers:
        return None
    tags = request.if_match  # a proxy that compressed the response made its tag weak
    return lambda ticket: tags.contains_weak(ticket_etag(actor, ticket))


def _unchanged(stamp: str, *, weak: bool = False) -> Response | None:
    if not request.if_none_match.contains_weak(stamp):
        return None
    return _stamped(Response(status=304), stamp, weak=weak)


def _stamped(response: Response, stamp: str, *, weak: bool = False) -> Response:
    response.set_etag(stamp, weak=weak)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
