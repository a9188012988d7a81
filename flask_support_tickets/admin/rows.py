"""The rows of the queue as they are shown. What is the same in many of them is made once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from .. import services
from ..i18n import catalog
from ..models.status import Side
from ..policy import Actor
from ..services.permissions import actions_of
from ..web.highlight import Highlight
from ..web.reader import Reader


class Row(NamedTuple):
    """One ticket, and in words what its row says of it; "" for what it does not say."""

    ticket: Any
    #: "#12", marked when it was searched for.
    number: Markup
    url: str
    select_text: str
    subject: Markup
    #: How many comments its reader has not seen.
    news: str
    comments: str
    activity: Markup
    #: Where else than in the subject the words of a search are.
    found: Markup | None
    filed: Markup
    waiting: Markup | None
    #: The buttons of the steps that are allowed.
    steps: Markup


class QueueRows:
    """The rows of a page of the queue; all statements are done when it is made."""

    #: Stands for the ticket in addresses and forms that are made once; see `for_ticket`.
    any_ticket = "#0"

    def __init__(self, actor: Actor, tickets: Collection[Any], search: str | None) -> None:
        self._tickets = tickets
        self._allowed = actions_of(actor)
        self._unread = services.unread_of(actor=actor, tickets=tickets, side=Side.STAFF)
        self._highlight = Highlight(search)

    def shown_to(self, reader: Reader, url: str, steps: Mapping[str, str]) -> Iterator[Row]:
        """Yield a row for each ticket; ``url`` and ``steps`` (by action) are of `any_ticket`."""
        highlight = self._highlight
        words, plain_steps = catalog(), {action: str(html) for action, html in steps.items()}
        select_text = words.gettext("Select ticket #%(id)s")
        activity = str(escape(words.gettext("active %(when)s")))
        for ticket in self._tickets:
            new, count = self._unread.get(ticket.id, 0), ticket.comment_count
            yield Row(
                ticket=ticket,
                number=highlight.mark_id(ticket.id),
                url=self.for_ticket(url, ticket.id),
                select_text=select_text % {"id": ticket.id},
                subject=highlight.mark(ticket.subject),
                news=_said(
                    reader,
                    new,
                    words.ngettext("%(count)s new comment", "%(count)s new comments", new),
                ),
                comments=_said(
                    reader, count, words.ngettext("%(count)s comment", "%(count)s comments", count)
                ),
                activity=Markup(activity % {"when": f"<bdi>{reader.ago(ticket.updated_at)}</bdi>"}),
                found=highlight.found_in(ticket),
                filed=reader.ago(ticket.created_at),
                waiting=reader.waiting(ticket.awaiting_since),
                steps=self._steps_of(ticket, plain_steps),
            )

    @classmethod
    def for_ticket(cls, made_once: str, ticket_id: int) -> str:
        """Return an address or a form of `any_ticket` for this one: its first place in an address,
        and its first in a text."""
        in_address = made_once.replace(quote(cls.any_ticket), str(ticket_id), 1)
        return in_address.replace(cls.any_ticket, f"#{ticket_id}", 1)

    def _steps_of(self, ticket: Any, steps: Mapping[str, str]) -> Markup:
        allowed = [steps[action] for action in self._allowed(ticket) if action in steps]
        return Markup("".join(self.for_ticket(html, ticket.id) for html in allowed))


def _said(reader: Reader, count: int, text: str) -> str:
    return text % {"count": reader.number(count)} if count else ""
