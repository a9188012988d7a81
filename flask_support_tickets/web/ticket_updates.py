"""The updates that a ticket's page polls for: changes, and who else has it open."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from flask import abort, request
from sqlalchemy.exc import SQLAlchemyError

from .. import services
from ..actor import Actor
from ..errors import Unavailable
from ..models.user_key import parse_id
from ..services.tickets.queries import get_version, list_changes
from ..transaction import unit_of_work
from .event_text import event_text
from .presence_text import presence_text
from .staff_transition import SUMMARY_MAX

logger = logging.getLogger(__name__)


def read_updates(actor: Actor, ticket_id: int, label_of: Callable[[str], str]) -> dict[str, Any]:
    """Return the changes since the parameter ``version``, and who else has the page open (E1, M4).

    With ``replying=yes``, the user has typed something into the reply form. Aborts with 422 for
    other parameters. ``label_of`` returns the label of one of the host's actions.
    """
    names = sorted(name for name, _ in request.args.items(multi=True))
    version = parse_id(request.args.get("version", ""))
    if version is None or names not in (["version"], ["replying", "version"]):
        abort(422)
    current = get_version(actor=actor, ticket_id=ticket_id)
    presence = presence_of(actor, ticket_id)
    changes: list[str] = []
    if current != version:
        ticket = services.get_ticket(actor=actor, ticket_id=ticket_id)
        current = ticket.version
        found = list_changes(actor=actor, ticket=ticket, version=version, limit=SUMMARY_MAX)
        changes = [event_text(each, label_of) for each in found]
    try_record_presence(actor, ticket_id, is_replying="replying" in names)
    etag = updates_etag(current, presence)
    return {"version": current, "etag": etag, "changes": changes, "presence": presence}


def presence_of(actor: Actor, ticket_id: int) -> str:
    """Return who else has the ticket's page open, or "" (M4)."""
    return presence_text(services.list_presence(actor=actor, ticket_id=ticket_id))


def try_record_presence(actor: Actor, ticket_id: int, *, is_replying: bool = False) -> None:
    """Record that the user has the ticket's page open. A failure is logged and ignored (M4)."""
    try:
        unit_of_work(
            services.record_presence, actor=actor, ticket_id=ticket_id, is_replying=is_replying
        )
    except (Unavailable, SQLAlchemyError):
        logger.warning("Presence on a ticket was not recorded.", exc_info=True)


def updates_etag(version: int, presence: str) -> str:
    """Return the ETag for a page that shows this version and this text."""
    return hashlib.sha256(f"{version} {presence}".encode()).hexdigest()[:32]
