"""Query the requester of a ticket for staff: contact details and other tickets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all

from ...actor import Actor, avatar_url_of, email_of, profile_url_of
from ...models import Models, TicketStatus
from ...models.status import OPEN_STATUSES
from ..assignees import find_user
from ..database import prepared, run
from ..notifications.undeliverable import find_undeliverable
from ..pagination import COUNT_MAX
from ..read_models import TicketInfo
from .list_statements import ListFilter, ListOptions, count_up_to, select_rows
from .row_order import RowOrder
from .ticket_filter import TicketFilter, list_filter

#: The maximum number of other tickets that are returned.
OTHERS_MAX = 5
_DONE_STATUSES = tuple(status for status in TicketStatus if status not in OPEN_STATUSES)


@dataclass(frozen=True, slots=True)
class OtherTicket:
    """Another ticket from the same requester."""

    id: int
    subject: str
    status: TicketStatus


@dataclass(frozen=True, slots=True)
class RequesterInfo:
    """The requester of a ticket. Counts and lists only the tickets that the actor can see."""

    user_id: Any
    email: str | None
    #: Why the address gets no more email, which can be empty, or None if it does get email.
    undeliverable: str | None
    profile_url: str | None
    avatar_url: str | None
    #: When their first ticket was opened.
    since: datetime
    #: Up to `OTHERS_MAX` other tickets: open ones first, then the newest.
    others: tuple[OtherTicket, ...]
    #: The number of their tickets, up to `COUNT_MAX`.
    total_count: int
    #: Whether there are more tickets than ``total_count``.
    is_capped: bool


def get_requester(*, actor: Actor, ticket: TicketInfo) -> RequesterInfo | None:
    """Return the requester of ``ticket``, which the actor can see, or None if they were deleted."""
    if ticket.user_id is None:
        return None
    user = find_user(ticket.user_id)
    email = email_of(user)
    filter, values = list_filter(actor, TicketFilter(owner=ticket.user_id))
    rows = run(prepared(_select_tickets, filter), values).all()
    others = [OtherTicket(row.id, row.subject, TicketStatus(row.status)) for row in rows]
    count = sum(getattr(row, status.name) for row in rows[:1] for status in TicketStatus)
    return RequesterInfo(
        user_id=ticket.user_id,
        email=email,
        undeliverable=find_undeliverable(email),
        profile_url=profile_url_of(user),
        avatar_url=avatar_url_of(user),
        since=rows[0].since if rows else ticket.created_at,
        others=tuple([other for other in others if other.id != ticket.id][:OTHERS_MAX]),
        total_count=min(count, COUNT_MAX),
        is_capped=count > COUNT_MAX,
    )


def _select_tickets(models: Models, filter: ListFilter) -> Select[Any]:
    """Build a query for the tickets to show, each with the counts and the time of the first one.

    Every part reads a few rows of the index on ``user_id``, ``status`` and ``id``, however many
    tickets there are.
    """

    def newest(statuses: tuple[TicketStatus, ...]) -> Select[Any]:
        narrowed, columns = replace(filter, statuses=statuses), ("id", "subject", "status")
        options = ListOptions(narrowed, OTHERS_MAX + 1, columns=columns)
        return select(select_rows(models, options).subquery())

    found = union_all(newest(OPEN_STATUSES), newest(_DONE_STATUSES)).subquery()
    first = select_rows(models, ListOptions(filter, 1, RowOrder.OLDEST, columns=("created_at",)))
    counts = count_up_to(models, filter, RowOrder.NEWEST, COUNT_MAX + 1).selected_columns
    query = select(found, first.scalar_subquery().label("since"), *counts)
    is_done = found.c.status >= min(_DONE_STATUSES)
    return query.order_by(is_done, found.c.id.desc()).limit(OTHERS_MAX + 1)
