"""The updates that a ticket's page polls for: changes, and who else has it open."""

from __future__ import annotations

import hashlib
import logging

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.exc import SQLAlchemyError

from .. import services
from ..actor import Actor
from ..errors import Unavailable
from ..models.user_key import parse_id
from ..services.tickets.queries import get_version, id_in_url, list_changes
from ..transaction import unit_of_work
from ..web.event_text import event_text
from ..web.presence_text import presence_text
from ..web.staff_transition import SUMMARY_MAX
from .base_view import StaffView

logger = logging.getLogger(__name__)


class NewsView(StaffView):
    @expose("/<ticket_id>/news")
    def news_view(self, ticket_id: str) -> ResponseReturnValue:
        """Return the changes since ``version`` and who else is here as JSON, or 304 (E1, M4).

        With ``replying=yes``, the user has typed something into the reply form.
        """
        actor, number = self.current_staff(), id_in_url(ticket_id)
        names = sorted(name for name, _ in request.args.items(multi=True))
        version = parse_id(request.args.get("version", ""))
        if version is None or names not in (["version"], ["replying", "version"]):
            abort(422)
        current = get_version(actor=actor, ticket_id=number)
        presence = self.presence_of(actor, number)
        changes: list[str] = []
        if current != version:
            ticket = self.get_one(ticket_id).info
            current = ticket.version
            found = list_changes(actor=actor, ticket=ticket, version=version, limit=SUMMARY_MAX)
            changes = [event_text(each, self.action_label) for each in found]
        self.record_presence(actor, number, is_replying="replying" in names)
        etag = news_etag(current, presence)
        if request.if_none_match.contains(etag):
            return "", 304
        return {"version": current, "etag": etag, "changes": changes, "presence": presence}

    def presence_of(self, actor: Actor, ticket_id: int) -> str:
        """Return who else has the ticket's page open, or "" (M4)."""
        return presence_text(services.list_presence(actor=actor, ticket_id=ticket_id))

    def record_presence(self, actor: Actor, ticket_id: int, *, is_replying: bool = False) -> None:
        """Record that the user has the ticket's page open. A failure is logged and ignored (M4)."""
        try:
            unit_of_work(
                services.record_presence,
                actor=actor,
                ticket_id=ticket_id,
                is_replying=is_replying,
            )
        except (Unavailable, SQLAlchemyError):
            logger.warning("Presence on a ticket was not recorded.", exc_info=True)


def news_etag(version: int, presence: str) -> str:
    """Return the ETag for a page that shows this version and this text."""
    return hashlib.sha256(f"{version} {presence}".encode()).hexdigest()[:32]
