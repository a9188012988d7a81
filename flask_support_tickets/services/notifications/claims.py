"""Claim notifications for delivery, and record the result (rules O3 and O4)."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update

from ...current import current_tickets
from ...models import utc_now
from ...models.notification import ERROR_MAX, NotificationState
from ...transaction import run_after_commit
from ..database import rows_of, run

#: How long a worker keeps a claim unless it extends the lease.
LEASE = timedelta(minutes=2)
#: The first attempt and ten retries.
ATTEMPTS_MAX = 11
_FIRST_DELAY_SECONDS = 30.0
_LONGEST_DELAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Claim:
    """One or more notifications that a worker delivers as one message (rule O3)."""

    #: Identifies the claim. Once the lease has ended, another worker may replace it.
    token: str
    #: The notifications, oldest first; rows of the table.
    rows: tuple[Any, ...]

    @property
    def first(self) -> Any:
        """The oldest notification. Its id identifies the message in every attempt."""
        return self.rows[0]

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.rows]


def claim_due(limit: int) -> list[Claim]:
    """Claim up to ``limit`` due notifications and those that are grouped with them.

    Runs in a unit of work. Workers never claim the same notification, on any database.
    """
    c = current_tickets.models.TicketNotification.__table__.c
    is_due = _pending().where(c.due_at <= utc_now())
    return _claim(rows_of(is_due.order_by(c.due_at, c.id).limit(limit)))


def claim_notification(notification_id: int) -> list[Claim]:
    """Claim one notification if it is due, with those that are grouped with it."""
    c = current_tickets.models.TicketNotification.__table__.c
    return _claim(rows_of(_pending().where(c.id == notification_id, c.due_at <= utc_now())))


def has_due() -> bool:
    """Return whether a notification is due. Locks nothing."""
    c = current_tickets.models.TicketNotification.__table__.c
    is_due = c.state == NotificationState.Pending, c.due_at <= utc_now()
    return bool(rows_of(select(c.id).where(*is_due).order_by(c.due_at).limit(1)))  # by the index


def seconds_until_due(notification_id: int) -> float | None:
    """Return the time until a pending notification is due or its lease ends, or None."""
    c = current_tickets.models.TicketNotification.__table__.c
    is_pending = c.id == notification_id, c.state == NotificationState.Pending
    found = rows_of(select(c.due_at).where(*is_pending))
    if not found:
        return None
    left: timedelta = found[0].due_at - utc_now()
    return max(left.total_seconds(), 0.0)


def extend_claims(claims: Iterable[Claim]) -> None:
    """Renew the lease of claims that have not been finished."""
    for claim in claims:
        _update(claim, claim.ids, due_at=utc_now() + LEASE)


def release(claims: Iterable[Claim]) -> None:
    """Release claims, as if they had never been made."""
    c = current_tickets.models.TicketNotification.__table__.c
    for claim in claims:  # the oldest come first again
        values = {"claimed_by": None, "due_at": c.created_at, "attempts": c.attempts - 1}
        _update(claim, claim.ids, **values)


def finish(
    claim: Claim,
    state: NotificationState,
    *,
    ids: Collection[int] | None = None,
    reason: str | None = None,
) -> bool:
    """Record that notifications were sent or skipped. Return False if the claim was lost."""
    values = {"state": state, "claimed_by": None, "finished_at": utc_now()}
    return _update(claim, claim.ids if ids is None else ids, last_error=_cut(reason), **values)


def retry_later(claim: Claim, error: str, *, is_final: bool = False) -> None:
    """Release the claim until its next attempt, or mark it as failed after the last one (O4)."""
    for row in claim.rows:
        if is_final or row.attempts >= ATTEMPTS_MAX:
            finish(claim, NotificationState.Failed, ids=[row.id], reason=error)
        else:
            due_at = utc_now() + delay_after(row.attempts)
            _update(claim, [row.id], claimed_by=None, due_at=due_at, last_error=_cut(error))


def delay_after(attempts: int) -> timedelta:
    """Return the delay before the next attempt: exponential with jitter, up to 24 hours."""
    seconds = min(_FIRST_DELAY_SECONDS * 3 ** (attempts - 1), _LONGEST_DELAY_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


def retry_failed(ids: Sequence[int] | None = None, *conditions: ColumnElement[bool]) -> int:
    """Make failed notifications due again, all of them or those with ``ids``; return how many.

    With a function as `SUPPORT_TICKETS_DELIVERY`, only those with ``ids`` are enqueued.
    """
    table = current_tickets.models.TicketNotification.__table__
    query = update(table).where(table.c.state == NotificationState.Failed, *conditions)
    if ids is not None:
        query = query.where(table.c.id.in_(ids))
    pending = {"state": NotificationState.Pending, "attempts": 0, "due_at": utc_now()}
    run_after_commit(partial(current_tickets.wake_delivery, list(ids or ())))
    return run(query.values(**pending, claimed_by=None, finished_at=None)).rowcount


def _pending() -> Select[Any]:
    """Select pending notifications and lock them, skipping those that another worker locks."""
    table = current_tickets.models.TicketNotification.__table__
    query = select(table).where(table.c.state == NotificationState.Pending)
    return query.with_for_update(skip_locked=True)


def _is_free() -> ColumnElement[bool]:
    """Build the condition that no worker has a lease."""
    c = current_tickets.models.TicketNotification.__table__.c
    return or_(c.claimed_by.is_(None), c.due_at <= utc_now())


def _claim(due: Sequence[Any]) -> list[Claim]:
    if not due:
        return []
    table = current_tickets.models.TicketNotification.__table__
    c, token = table.c, secrets.token_hex(16)
    found = {row.id: row for row in (*due, *_grouped_with(due))}
    # On SQLite, SELECT does not lock, so another process may have claimed them in the meantime.
    is_unclaimed = c.id.in_(found), c.state == NotificationState.Pending, _is_free()
    values = {"claimed_by": token, "due_at": utc_now() + LEASE, "attempts": c.attempts + 1}
    run(update(table).where(*is_unclaimed).values(values))
    claimed = rows_of(select(table).where(c.id.in_(found), c.claimed_by == token).order_by(c.id))
    groups = groupby(sorted(claimed, key=_group_of), _group_of)
    claims = [Claim(token, tuple(rows)) for _, rows in groups]
    position = {id_: number for number, id_ in enumerate(found)}
    return sorted(claims, key=lambda claim: min(position[id_] for id_ in claim.ids))


def _grouped_with(due: Sequence[Any]) -> list[Any]:
    """Return the free notifications that belong to the same messages as ``due``."""
    grouped = [row for row in due if _is_grouped(row)]
    if not grouped:
        return []
    c = current_tickets.models.TicketNotification.__table__.c
    is_similar = [
        c[name].in_({getattr(row, name) for row in grouped})
        for name in ("ticket_id", "channel", "user_id", "relation")
    ]
    found = rows_of(_pending().where(*is_similar, _is_free()))
    groups = {_group_of(row) for row in grouped}
    return [row for row in found if _group_of(row) in groups]


def _is_grouped(row: Any) -> bool:
    channel = current_tickets.channels.get(row.channel)
    is_about_ticket = row.user_id is not None and row.ticket_id is not None
    return bool(channel and channel.is_grouped and is_about_ticket)


def _group_of(row: Any) -> tuple[str, ...]:
    if not _is_grouped(row):
        return ("", str(row.id).zfill(20))
    return (str(row.ticket_id), row.channel, str(row.user_id), row.relation)


def _update(claim: Claim, ids: Collection[int], **values: Any) -> bool:
    """Update notifications that are still claimed. Return False if any of them are not."""
    table = current_tickets.models.TicketNotification.__table__
    is_ours = table.c.id.in_(ids), table.c.claimed_by == claim.token
    return run(update(table).where(*is_ours).values(values)).rowcount == len(ids)


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:ERROR_MAX]
