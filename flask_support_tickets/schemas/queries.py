"""What can be asked for in a query string."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from ..policy import Actor
from ..services.previews import VARIANTS
from ..services.reads import TicketFilter
from ..services.search import SEARCH_MAX
from ..text import clean_text
from .fields import ME, Assignee, Digits, RuledText, StatusList, Strict

PAGE_MAX = 1_000_000_000
PAGE_SIZE_MAX = 100


class NoQuery(Strict):
    """For requests that take no query parameters."""


class PageQuery(Strict):
    """``page`` and ``pageSize`` of comments and replies."""

    page = Digits(PAGE_MAX, load_default=1)
    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=50)


class AttachmentQuery(Strict):
    """``variant`` of a picture: ``thumbnail`` or ``view``; without it, the file as it was sent."""

    variant = fields.String(load_default=None, validate=validate.OneOf(list(VARIANTS)))


class TicketListQuery(Strict):
    """What a list of tickets can be asked for."""

    page = Digits(PAGE_MAX, load_default=1)
    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=20)
    status = StatusList(load_default=())
    search = RuledText(
        lambda value: clean_text(value, max_length=SEARCH_MAX, single_line=True), load_default=None
    )
    assigned_to = Assignee(data_key="assignedTo", load_default=None)
    department = RuledText(
        lambda value: clean_text(value, max_length=100, single_line=True), load_default=None
    )


def ticket_filter(query: Mapping[str, Any], actor: Actor) -> TicketFilter:
    """Return the filter for a loaded `TicketListQuery`; ``me`` is the actor."""
    assigned_to = query["assigned_to"]
    return TicketFilter(
        statuses=query["status"],
        search=query["search"],
        assigned_to=actor.id if assigned_to == ME else assigned_to,
        department=query["department"],
    )
