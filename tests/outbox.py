"""The rows of the outbox, and channels that tests put into the app."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from flask_support_tickets.config import EXTENSION_KEY
from flask_support_tickets.models import utc_now

from .host import db, tickets


def use_channels(app: Flask, **channels: Any) -> None:
    """Replace the channels of the app."""
    state = app.extensions[EXTENSION_KEY]
    app.extensions[EXTENSION_KEY] = replace(state, channels=channels)


def rows() -> list[Any]:
    """Return all notifications, as the workers have left them."""
    table = tickets._declared.TicketNotification.__table__
    db.session.rollback()  # workers have sessions of their own
    return list(db.session.execute(select(table).order_by(table.c.id)).all())


def make_due() -> None:
    """Let all waits and leases end."""
    set_columns(due_at=utc_now() - timedelta(seconds=1))


def set_columns(*ids: int, **values: Any) -> None:
    """Change all notifications, or those with ``ids``."""
    table = tickets._declared.TicketNotification.__table__
    query = update(table).where(table.c.id.in_(ids)) if ids else update(table)
    db.session.execute(query.values(values))
    db.session.commit()
