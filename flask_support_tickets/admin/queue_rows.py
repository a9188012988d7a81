"""The rows of the queue as they are shown. What is the same in many of them is made once, by the
template; what differs goes into its slots here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from .. import services
from ..i18n import catalog
from ..models import TicketStatus
from ..models.status import Side
from ..policy import Actor
from ..services.access import allowed_actions_of
from ..web.formatting import Reader
from ..web.highlight import Highlight
from ..web.pattern import Pattern


class QueueRows:
    """The rows of a page of the queue; all statements are done when it is made."""

    def __init__(self, actor: Actor, tickets: Collection[Any], search: str | None) -> None:
        self._tickets = tickets
        self._allowed = allowed_actions_of(actor)
        self._unread = services.count_unread(actor=actor, tickets=tickets, side=Side.STAFF)
        self._highlight = Highlight(search)

    def html(self, reader: Reader, patterns: Mapping[str, str]) -> Markup:
        """Return all rows by ``patterns``: those of a ``row``, of each status and of each step.

        What only some rows have (see `_optional`) has a pattern of its own, which goes where
        ``…_part`` stands in the row; in the other rows its ``no_…`` goes there, if there is one.
        """
        made = {name: Pattern(text) for name, text in patterns.items()}
        return Markup("".join(self._rows(reader, made)))

    def _rows(self, reader: Reader, patterns: Mapping[str, Pattern]) -> Iterator[str]:
        words = catalog()
        for ticket in self._tickets:
            values = _Values(ticket, self._plain(ticket, reader))
            for name, value in self._optional(ticket, reader, words).items():
                values[name] = value
                part = patterns[name] if value else patterns.get(f"no_{name}")
                values[f"{name}_part"] = part.fill(values) if part else ""
            values["status"] = patterns[TicketStatus(ticket.status).name].fill(values)
            values["steps"] = "".join(
                patterns[action].fill(values)
                for action in self._allowed(ticket)
                if action in patterns
            )
            yield patterns["row"].fill(values)

    def _plain(self, ticket: Any, reader: Reader) -> dict[str, object]:
        return {
            "id": ticket.id,
            "number": self._highlight.mark_id(ticket.id),
            "subject": self._highlight.mark(ticket.subject),
            "description": escape(ticket.description),
            "person": escape(ticket.user_name),
            "filed": reader.ago(ticket.created_at),
            "activity": reader.ago(ticket.updated_at),
        }

    def _optional(self, ticket: Any, reader: Reader, words: Any) -> dict[str, object]:
        """Return what only some rows have; "" or None where one has not."""
        new, count = self._unread.get(ticket.id, 0), ticket.comment_count
        news = words.ngettext("%(count)s new comment", "%(count)s new comments", new)
        comments = words.ngettext("%(count)s comment", "%(count)s comments", count)
        return {
            "unread": new,
            "news": _said(reader, new, news),
            "comments": _said(reader, count, comments),
            "department": escape(ticket.department or ""),
            "assignee": escape(ticket.assigned_to_name or ""),
            "waiting": reader.waiting(ticket.awaiting_since),
            "found": self._highlight.found_in(ticket),
        }


class _Values(dict[str, object]):
    """What goes into the slots of a row; other columns of the ticket, a host's own too, as text."""

    def __init__(self, ticket: Any, values: dict[str, object]) -> None:
        super().__init__(values)
        self._ticket = ticket

    def __missing__(self, name: str) -> Markup:
        value = getattr(self._ticket, name)
        return escape("" if value is None else value)


def _said(reader: Reader, count: int, text: str) -> Markup | str:
    return escape(text % {"count": reader.number(count)}) if count else ""
