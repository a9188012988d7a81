"""Email addresses that get no more mail, because mail to them bounced."""

from __future__ import annotations

from sqlalchemy import delete, select

from ...current import current_tickets
from ...models import utc_now
from ...models.notification import ERROR_MAX
from ...text_rules import is_email_address, showable_line
from ...transaction import unit_of_work
from ..database import dialect_name, rows_of, run, upsert


def mark_undeliverable(address: str, reason: str = "") -> None:
    """Stop sending email to ``address``, ignoring case, until `mark_deliverable`. Commits.

    ``reason`` is shown to staff, for example the provider's report. Raises `ValueError` if
    ``address`` is not an email address.
    """
    if not is_email_address(address):
        raise ValueError(f"{address!r} is not an email address.")
    values = {
        "address": address.lower(),
        "reason": showable_line(reason)[:ERROR_MAX],
        "created_at": utc_now(),
    }
    unit_of_work(_store, values)


def mark_deliverable(address: str) -> bool:
    """Allow email to ``address`` again, and return whether it was marked. Commits."""
    c = current_tickets.models.TicketUndeliverable.__table__.c
    statement = delete(c.address.table).where(c.address == address.lower())
    return unit_of_work(run, statement).rowcount == 1


def find_undeliverable(address: str | None) -> str | None:
    """Return why ``address`` gets no more email, which can be empty, or None if it gets email."""
    if address is None:
        return None
    c = current_tickets.models.TicketUndeliverable.__table__.c
    found = rows_of(select(c.reason).where(c.address == address.lower()))
    return found[0].reason if found else None


def _store(values: dict[str, object]) -> None:
    table = current_tickets.models.TicketUndeliverable.__table__
    columns = ("reason", "created_at")
    run(upsert(table, dialect_name(), ["address"], columns, lambda old, new: new), values)
