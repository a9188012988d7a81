"""The outbox: notifications are written in the transaction of their event (rule O1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Insert, bindparam, cast, insert, select, union_all

from ...actor import Actor
from ...channel import Channel
from ...current import current_tickets
from ...models import Models
from ...models.notification import Kind, NotificationState, Relation
from ...transaction import run_after_commit
from ..database import dialect_name, prepared, run
from .recipients import find_recipients

#: The maximum number of rows in a multi-row INSERT; more use executemany.
_MULTI_ROW_MAX = 10


def enqueue_notifications(event: Any, *, actor: Actor, ticket: Any) -> None:
    """Write the notifications of ``event`` in the current unit of work.

    ``ticket`` has the requester and the assignee after the event. A notification to all staff is
    one row, which becomes a row for each of them when it is delivered.
    """
    rows = [*_rows(event, actor, ticket)]
    if rows:
        insert_notifications(rows)


def insert_notifications(rows: Collection[dict[str, Any]]) -> None:
    """Insert pending notifications, and wake the delivery after the commit."""
    table = current_tickets.models.TicketNotification.__table__
    pending = {"state": NotificationState.Pending, "attempts": 0, "target": ""}
    values = [pending | row for row in rows]
    ids: Sequence[int] = []
    if callable(current_tickets.config.delivery):  # the host's task queue gets the ids
        ids = run(insert(table).returning(table.c.id), values).scalars().all()
    elif dialect_name() == "postgresql" and 1 < len(values) <= _MULTI_ROW_MAX:
        numbered = {
            f"{name}_{number}": row[name] for number, row in enumerate(values) for name in row
        }
        run(prepared(_multi_row_insert, len(values), tuple(values[0])), numbered)
    else:
        run(insert(table), values)
    run_after_commit(partial(current_tickets.wake_delivery, ids))


def _multi_row_insert(models: Models, count: int, names: Sequence[str]) -> Insert:
    """Build an INSERT of ``count`` rows, whose parameters are named ``state_0`` and so on.

    Two rows take 0.35 ms on PostgreSQL, and 0.6 ms with executemany, so that opening a ticket takes
    1.09 times as long as without notifications instead of 1.15 times.
    """
    table = models.TicketNotification.__table__
    # A UNION would take untyped NULLs for text.
    rows = [
        select(*(cast(bindparam(f"{name}_{number}"), table.c[name].type) for name in names))
        for number in range(count)
    ]
    return insert(table).from_select(names, union_all(*rows))


def _rows(event: Any, actor: Actor, ticket: Any) -> Iterator[dict[str, Any]]:
    recipients = find_recipients(event.action, actor, ticket)
    for name, channel in current_tickets.channels.items():
        targets = channel.targets(event.action, is_internal=bool(event.is_internal))
        ids = {"ticket_id": ticket.id, "event_id": event.id}
        common = {**ids, "channel": name, "created_at": event.created_at}
        if channel.is_personal:
            for each in recipients if targets else ():
                due_at = _due_at(channel, each.kind, each.relation, event.created_at)
                who = {"kind": each.kind, "relation": each.relation, "user_id": each.user_id}
                yield {**common, **who, "due_at": due_at}
        else:
            for target in targets:
                what = {"kind": Kind.EVENT, "relation": Relation.TARGET, "target": target}
                yield {**common, **what, "user_id": None, "due_at": event.created_at}


def _due_at(channel: Channel, kind: Kind, relation: Relation, at: datetime) -> datetime:
    """Return when to deliver. Receipts and replies to the requester do not wait for more events."""
    is_urgent = relation is Relation.REQUESTER and kind in (Kind.OPENED, Kind.REPLY)
    if is_urgent or not channel.is_grouped:
        return at
    return at + timedelta(seconds=current_tickets.config.notify_delay_seconds)
