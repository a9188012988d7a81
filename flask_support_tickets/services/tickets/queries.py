"""Query one ticket and its history."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Row, Select, bindparam

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotFound
from ...models import Models
from ...models.user_key import parse_id
from ..access import Scope, scope_of, select_tickets, visible_events
from ..database import prepared, run
from ..pagination import Page, PageRequest, read_page
from ..read_models import (
    EventInfo,
    TicketInfo,
    columns_of,
    event_infos,
    names_in,
    ticket_columns,
    ticket_infos,
)

#: The maximum number of changes that `list_changes` returns by default.
CHANGES_MAX = 20
_EVENT_KEYS = ("id", "user_id", "assigned_to_user_id")


def id_in_url(value: str) -> int:
    """Return the id in a URL. Raises `NotFound` if it is not a valid id."""
    number = parse_id(value)
    if number is None:
        raise NotFound
    return number


def get_ticket(*, actor: Actor, ticket_id: int) -> TicketInfo:
    """Return a ticket. Raises `NotFound` if the actor cannot see it."""
    return ticket_infos([get_ticket_row(actor, ticket_id)], actor)[0]


def get_version(*, actor: Actor, ticket_id: int) -> int:
    """Return a ticket's version. Raises `NotFound` if the actor cannot see the ticket."""
    return int(get_ticket_row(actor, ticket_id, ("version",)).version)


def may_see(*, actor: Actor, ticket_id: int) -> bool:
    """Return whether the actor can see a ticket.

    If they can see all tickets, it is not read, so it may not exist.
    """
    if scope_of(actor).is_all:
        return True
    try:
        get_version(actor=actor, ticket_id=ticket_id)
    except NotFound:
        return False
    return True


def get_ticket_row(actor: Actor, ticket_id: int, columns: tuple[str, ...] = ()) -> Row[Any]:
    """Return a ticket's ``columns``, by default all. Raises `NotFound` if it is not visible."""
    scope = scope_of(actor)
    values = {"ticket_id": ticket_id, **scope.parameters(actor)}
    row = run(prepared(_select_ticket, scope, columns), values).one_or_none()
    if row is None:
        raise NotFound
    return row


def _select_ticket(models: Models, scope: Scope, columns: tuple[str, ...]) -> Select[Any]:
    table = models.Ticket.__table__
    chosen = ticket_columns(models, scope, columns)
    is_it = table.c.id == bindparam("ticket_id", type_=BigInteger())
    return select_tickets(models, scope, *chosen).where(is_it)


def list_events(
    *,
    actor: Actor,
    ticket_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page[EventInfo]:
    """Return a page of a ticket's history, oldest first; see `PageRequest`.

    Raises `NotFound` if the actor cannot see the ticket.
    """
    event = current_tickets.models.TicketEvent.__table__.c
    return read_page(
        _visible_events(actor).where(event.ticket_id == ticket_id),
        PageRequest(page, page_size, after_id, only_state),
        actor=actor,
        total=get_version(actor=actor, ticket_id=ticket_id),  # the number of events
        keys=_EVENT_KEYS,
        infos=event_infos,
    )


def list_history(
    *, actor: Actor, ticket: TicketInfo, limit: int = 200, beside: Collection[Any] = ()
) -> list[EventInfo]:
    """Return a ticket's latest ``limit`` events, oldest first.

    ``beside`` contains other read models on the page, whose user names are not queried again.
    Raises `NotFound` if the actor cannot see the ticket.
    """
    event = current_tickets.models.TicketEvent.__table__.c
    query = _visible_events(actor).where(event.ticket_id == ticket.id)
    rows = run(query.order_by(event.id.desc()).limit(limit)).all()[::-1]
    if not rows:
        raise NotFound
    return event_infos(rows, actor, names_in([ticket, *beside]))


def list_changes(
    *, actor: Actor, ticket: TicketInfo, version: int | None, limit: int = CHANGES_MAX
) -> list[EventInfo]:
    """Return up to ``limit`` events since the ticket's ``version``, newest first."""
    count = min(ticket.version - version, limit) if version else 0  # one event per version (H1)
    if count <= 0:
        return []
    return list_history(actor=actor, ticket=ticket, limit=count)[::-1]


def _visible_events(actor: Actor) -> Select[Any]:
    return visible_events(actor, *columns_of(EventInfo, current_tickets.models.TicketEvent))
