"""Read a ticket and its history. Every query is limited to what the actor may see (A1)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, select

from ...current import current_tickets
from ...errors import NotFound
from ...models import Models
from ...models.user_key import parse_id
from ...policy import Actor
from ..access import can_see, visible_to
from ..database import prepared, run
from ..pagination import Listing, Page, Part, all_columns
from ..read_models import Shown, show_to


def id_in_url(value: str) -> int:
    """Return the id that a URL names. Raises `NotFound` for anything that cannot be one."""
    number = parse_id(value)
    if number is None:
        raise NotFound
    return number


def get_ticket(*, actor: Actor, ticket_id: int) -> Any:
    """Return a ticket's entity. Raises `NotFound` when there is none or it is somebody else's."""
    model = current_tickets.models.Ticket
    query = select(model).where(model.id == ticket_id, visible_to(actor))
    ticket = current_tickets.session.scalar(query)
    if ticket is None:
        raise NotFound
    return ticket


def read_ticket(*, actor: Actor, ticket_id: int) -> Shown:
    """Return a ticket as it is shown. Raises `NotFound` like `get_ticket`."""
    table = current_tickets.models.Ticket.__table__
    row = ticket_row(actor, ticket_id, all_columns(table))
    return show_to(actor, [row], table)[0]


def read_version(*, actor: Actor, ticket_id: int) -> int:
    """Return how often a ticket was changed, as its ``version`` says. Raises `NotFound`."""
    return int(ticket_row(actor, ticket_id, ("user_id", "version")).version)


def ticket_row(actor: Actor, ticket_id: int, columns: tuple[str, ...]) -> Any:
    """Return some columns of a ticket, its ``user_id`` among them. Raises `NotFound`."""
    row = find_row(ticket_id, columns)
    if row is None or not can_see(actor, row):
        raise NotFound
    return row


def find_row(ticket_id: int, columns: tuple[str, ...] = ()) -> Any | None:
    """Return some columns of a ticket, or all; for who has asked whether the actor may see it."""
    chosen = columns or all_columns(current_tickets.models.Ticket.__table__)
    return run(prepared(_ticket, chosen), {"ticket_id": ticket_id}).one_or_none()


def list_events(
    *,
    actor: Actor,
    ticket_id: int,
    page: int = 1,
    page_size: int = 50,
    after_id: int | None = None,
    only_state: bool = False,
) -> Page:
    """Return a page of a ticket's history, oldest first. Raises `NotFound`.

    ``after_id`` and ``only_state`` are those of `Part`. The events are `Shown`.
    """
    ticket = ticket_row(actor, ticket_id, ("user_id", "version"))
    listing = Listing(
        _events,
        current_tickets.models.TicketEvent.__table__,
        ticket.version,  # which counts the events, too
        {"ticket_id": ticket_id},
        keys=("id", "user_id", "assigned_to_user_id"),
    )
    return listing.read(Part(page, page_size, after_id, only_state), actor)


def list_history(
    *, actor: Actor, ticket: Shown, limit: int = 200, beside: Collection[Shown] = ()
) -> list[Shown]:
    """Return the latest ``limit`` events of a ticket that was read, oldest first.

    ``beside`` is that of `show_to`. Raises `NotFound` for a ticket the actor may not see.
    """
    if not can_see(actor, ticket):
        raise NotFound
    table = current_tickets.models.TicketEvent.__table__
    values = {"ticket_id": ticket.id, "count": limit}
    rows = run(prepared(_latest_events), values).all()[::-1]
    return show_to(actor, rows, table, beside=[ticket, *beside])


def _ticket(models: Models, columns: tuple[str, ...]) -> Select[Any]:
    table = models.Ticket.__table__
    number = bindparam("ticket_id", type_=BigInteger())
    return select(*(table.c[name] for name in columns)).where(table.c.id == number)


def _events(models: Models, columns: tuple[str, ...]) -> Select[Any]:
    table = models.TicketEvent.__table__
    return (
        select(*(table.c[name] for name in columns))
        .where(table.c.ticket_id == bindparam("ticket_id"), table.c.id > bindparam("after_id"))
        .order_by(table.c.id)
        .limit(bindparam("count"))
        .offset(bindparam("first"))
    )


def _latest_events(models: Models) -> Select[Any]:
    table = models.TicketEvent.__table__
    is_of_ticket = table.c.ticket_id == bindparam("ticket_id")
    return select(table).where(is_of_ticket).order_by(table.c.id.desc()).limit(bindparam("count"))
