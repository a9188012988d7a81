"""Answers that are cheap to ask for again: ETag, ``If-None-Match``, ``If-Match`` (E1 and E2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from ..policy import Actor
from ..schemas import encode_cursor
from ..services.paging import Page
from ..services.stamps import stamp_of_page, stamp_of_ticket
from .operation import success


def page_response(
    name: str,
    actor: Actor,
    read: Callable[..., Page],
    dump: Callable[[Any], dict[str, Any]],
    **arguments: Any,
) -> Response:
    """Return a page of a list, or 304 without loading its rows.

    ``read(actor=…, only_keys=…, **arguments)`` is one of the reads that return a `Page`.
    """
    if request.if_none_match:
        keys = read(actor=actor, only_keys=True, **arguments)
        if unchanged := _unchanged(stamp_of_page(actor, keys)):
            return unchanged
    page = read(actor=actor, **arguments)
    data = {
        name: [dump(row) for row in page.items],
        "totalCount": page.total_count,
        "hasMore": page.has_more,
        "nextCursor": (page.has_more and encode_cursor(page.last_id)) or None,
    }
    if page.is_capped:
        data["totalCountCapped"] = True
    return _stamped(success(data), stamp_of_page(actor, page))


def ticket_response(
    actor: Actor, read: Callable[..., Any], dump: Callable[[Any], dict[str, Any]], **arguments: Any
) -> Response:
    """Return one ticket, or 304 without loading it."""
    if request.if_none_match:
        keys = read(actor=actor, only_keys=True, **arguments)
        if unchanged := _unchanged(stamp_of_ticket(actor, keys)):
            return unchanged
    ticket = read(actor=actor, **arguments)
    return stamped_ticket(actor, ticket, success(dump(ticket)))


def stamped_ticket(actor: Actor, ticket: Any, response: Response) -> Response:
    """Give ``response``, which shows ``ticket``, its ETag."""
    return _stamped(response, stamp_of_ticket(actor, ticket))


def precondition(actor: Actor) -> Callable[[Any], bool] | None:
    """Return the check that ``If-Match`` asks for; None when it asks for none.

    A tag that a proxy made weak, because it compressed the answer, counts as well.
    """
    if "If-Match" not in request.headers:
        return None
    tags = request.if_match
    return lambda ticket: tags.contains_weak(stamp_of_ticket(actor, ticket))


def _unchanged(stamp: str) -> Response | None:
    if not request.if_none_match.contains_weak(stamp):
        return None
    return _stamped(Response(status=304), stamp)


def _stamped(response: Response, stamp: str) -> Response:
    response.set_etag(stamp)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
