"""What tells whether an answer would look as it did before, without making it again (rule E1)."""

from __future__ import annotations

import hashlib
from typing import Any

from ..current import current_tickets
from ..i18n import current_language
from ..models import utc_now
from ..policy import Actor
from .pagination import Page, state_of
from .read_models import Shown, user_ids_in
from .tickets.listing import TICKET_KEYS
from .tickets.queries import ticket_row
from .user_names import PEOPLE, get_user_names

#: Changes when the same rows are shown in another form.
_FORM = 2


def page_etag(actor: Actor, page: Page) -> str:
    """Return a stamp for a page of a list, the same for the page and for its state alone.

    Each hour has its own: what people are called is not part of every page's state.
    """
    return _hash(actor, utc_now().isoformat("T", "hours"), *page.state)


def ticket_etag(actor: Actor, ticket: Any) -> str:
    """Return a stamp for one ticket: of its `Shown` form or its keys; the same for both."""
    table = current_tickets.models.Ticket.__table__
    if isinstance(ticket, Shown):
        names = {getattr(ticket, key): getattr(ticket, name) for key, name in PEOPLE.items()}
        names.pop(None, None)
    else:
        names = get_user_names(user_ids_in([ticket], table), actor)
    return _hash(actor, *state_of([ticket], table, TICKET_KEYS, names))


def get_ticket_etag(*, actor: Actor, ticket_id: int) -> str:
    """Return `ticket_etag` without reading the ticket's texts. Raises `NotFound`."""
    return ticket_etag(actor, ticket_row(actor, ticket_id, TICKET_KEYS))


def _hash(actor: Actor, *facts: Any) -> str:
    """Hash what the answer is made of, and who reads it."""
    # What is allowed now depends on the switch; who is gone is called so in the reader's language.
    reader = (actor.id, actor.is_staff, current_language())
    shown = (_FORM, *reader, current_tickets.config.allow_reopen, *facts)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]
