"""Conditional requests: ``ETag``, ``If-None-Match`` and ``If-Match`` (rules E1 and E2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from ..actor import Actor
from ..schemas.fields import encode_cursor
from ..schemas.responses import serialize_ticket
from ..services import TicketInfo
from ..services.pagination import Page
from ..web.etags import page_etag, ticket_etag
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
    """Return a page of a list, or 304 without loading the rows if nothing has changed.

    The ETag is weak because it can take up to an hour to reflect a changed user name. Pass
    ``has_cursor=False`` for lists that are not sorted by ID.
    """
    if request.if_none_match:
        state = read(actor=actor, only_state=True, **arguments)
        if not_modified := not_modified_response(page_etag(actor, state), weak=True):
            return not_modified
    page = read(actor=actor, **arguments)
    data = {
        name: [dump(row) for row in page.items],
        "totalCount": page.total_count,
        "hasMore": page.has_more,
        "nextCursor": encode_cursor(page.last_id) if page.has_more and has_cursor else None,
    }
    if page.is_capped:
        data["totalCountCapped"] = True
    return _with_etag(success(data), page_etag(actor, page), weak=True)


def ticket_response(actor: Actor, ticket: TicketInfo) -> Response:
    """Return a response with a ticket and its ETag. For staff, the ticket must be `with_tags`."""
    return _with_etag(success(serialize_ticket(ticket, actor)), ticket_etag(actor, ticket))


def precondition(actor: Actor) -> Callable[[Any], bool] | None:
    """Return a function that checks a ticket against ``If-Match``, or None if that is empty."""
    if not request.headers.get("If-Match"):
        return None
    etags = request.if_match  # weak comparison, because compressing proxies weaken ETags
    return lambda ticket: etags.contains_weak(ticket_etag(actor, ticket))


def not_modified_response(etag: str, *, weak: bool = False) -> Response | None:
    """Return a 304 response if ``etag`` matches ``If-None-Match``, otherwise None."""
    if not request.if_none_match.contains_weak(etag):
        return None
    return _with_etag(Response(status=304), etag, weak=weak)


def _with_etag(response: Response, etag: str, *, weak: bool = False) -> Response:
    response.set_etag(etag, weak=weak)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
