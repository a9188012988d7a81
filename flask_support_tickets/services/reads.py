"""Read tickets and their history. Every query is limited to what the actor may see (A1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..current import current_tickets
from ..errors import NotFound
from ..models import TicketStatus
from ..models.user_key import parse_id
from ..policy import Actor
from .paging import Listing, Page
from .permissions import visible_to
from .search import find_page

#: The columns that tell, with the people they name, whether a ticket looks as it did before.
TICKET_KEYS = ("id", "version", "user_id", "assigned_to_user_id")


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows; the default is all that the actor may see."""

    statuses: Collection[TicketStatus] = ()
    search: str | None = None
    owner: Any = None
    assigned_to: Any = None
    department: str | None = None


def id_in_url(value: str) -> int:
    """Return the id that a URL names. Raises `NotFound` for anything that cannot be one."""
    number = parse_id(value)
    if number is None:
        raise NotFound
    return number


def list_tickets(
    *,
    actor: Actor,
    criteria: TicketFilter = TicketFilter(),
    page: int = 1,
    page_size: int = 20,
    after_id: int | None = None,
    only_keys: bool = False,
) -> Page:
    """Return a page (from 1) of tickets, newest first; past the end it is empty.

    ``after_id`` and ``only_keys`` are those of `Listing.read`.
    """
    model = current_tickets.models.Ticket
    people = selectinload(model.user), selectinload(model.assigned_to)
    conditions = [visible_to(actor), *_conditions(criteria)]
    listing = Listing(
        select(model).where(*conditions),
        model,
        keys=_ticket_keys(),
        options=(*people, selectinload(model.attachments)),
        is_newest_first=True,
    )
    if criteria.search is None:
        return listing.read(page, page_size, after_id, only_keys)
    found = find_page(
        criteria.search, conditions, page=page, page_size=page_size, after_id=after_id
    )
    rows = listing.read_ids(found.ids[:page_size], only_keys)
    return Page(
        rows,
        found.total_count,
        len(found.ids) > page_size,
        listing.key_names,
        is_capped=found.is_capped,
    )


def get_ticket(*, actor: Actor, ticket_id: int, only_keys: bool = False) -> Any:
    """Return a ticket. Raises `NotFound` when there is none or it is somebody else's.

    With ``only_keys``, the row holds nothing but what tells whether the ticket changed.
    """
    model = current_tickets.models.Ticket
    query = select(model).where(model.id == ticket_id, visible_to(actor))
    session = current_tickets.session
    if only_keys:
        ticket = session.execute(query.with_only_columns(*_ticket_keys())).one_or_none()
    else:
        ticket = session.scalar(query)
    if ticket is None:
        raise NotFound
    return ticket


def list_events(
    *,
    actor: Actor,
    ticket_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_keys: bool = False,
) -> Page:
    """Return a page of a ticket's history, oldest first. Raises `NotFound`.

    ``after_id`` and ``only_keys`` are those of `Listing.read`.
    """
    listing = _events(actor, ticket_id)
    return listing.read(page, page_size, after_id, only_keys)


def list_history(*, actor: Actor, ticket_id: int, limit: int = 200) -> list[Any]:
    """Return a ticket's latest ``limit`` events, oldest first. Raises `NotFound`."""
    listing = replace(_events(actor, ticket_id), is_newest_first=True)
    return list(reversed(listing.read(1, limit).items))


def _events(actor: Actor, ticket_id: int) -> Listing:
    get_ticket(actor=actor, ticket_id=ticket_id, only_keys=True)
    model = current_tickets.models.TicketEvent
    return Listing(
        select(model).where(model.ticket_id == ticket_id),
        model,
        keys=(model.id, model.user_id, model.assigned_to_user_id),
        options=(selectinload(model.user), selectinload(model.assigned_to)),
    )


def _ticket_keys() -> tuple[Any, ...]:
    model = current_tickets.models.Ticket
    return tuple(getattr(model, name) for name in TICKET_KEYS)


def _conditions(criteria: TicketFilter) -> list[Any]:
    model = current_tickets.models.Ticket
    conditions: list[Any] = []
    if criteria.statuses:
        conditions.append(model.status.in_(sorted(criteria.statuses)))
    if criteria.owner is not None:
        conditions.append(model.user_id == criteria.owner)
    if criteria.assigned_to is not None:
        user_key = current_tickets.models.user_key
        conditions.append(user_key.equals(model.assigned_to_user_id, criteria.assigned_to))
    if criteria.department is not None:
        conditions.append(model.department == criteria.department)
    return conditions
