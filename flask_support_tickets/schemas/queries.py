"""Schemas of query strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from ..actor import Actor
from ..i18n import gettext
from ..models.ticket import DEPARTMENT_MAX
from ..services import StatisticsFilter, TicketFilter, TicketOrder
from ..services.attachments.previews import VARIANTS
from ..services.search.query import SEARCH_MAX
from ..services.tickets.fields import filter_fields
from ..ticket_field import CleanText, Field, TicketField
from .fields import (
    ME,
    NOBODY,
    Assignee,
    Cursor,
    Digits,
    StatusList,
    StrictSchema,
    TicketFieldsSchema,
)

PAGE_MAX = 1_000_000_000
PAGE_SIZE_MAX = 100


class NoQuery(StrictSchema):
    """For requests that take no query parameters."""


class _Part(StrictSchema):
    """Which part of a list: ``page`` from 1, or what follows a ``cursor``; not both."""

    page = Digits(PAGE_MAX, load_default=1)
    after_id = Cursor(data_key="cursor", load_default=None)

    @validates_schema(pass_original=True)
    def refuse_both(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:
        """A page counts from the start, a cursor goes on from a row."""
        if "page" in original and "cursor" in original:
            raise ValidationError(
                {"cursor": [gettext("Send either a page or a cursor, not both.")]}
            )


class PageQuery(_Part):
    """Which part of a list of comments, replies or events."""

    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=50)


class AttachmentQuery(StrictSchema):
    """``variant`` of a picture: ``thumbnail`` or ``view``; without it, the file as it was sent."""

    variant = fields.String(load_default=None, validate=validate.OneOf(list(VARIANTS)))


class TicketListQuery(_Part, TicketFieldsSchema):
    """What a list of tickets can be asked for."""

    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=20)
    status = StatusList(load_default=())
    search = CleanText(SEARCH_MAX, single_line=True, load_default=None)
    assigned_to = Assignee(data_key="assignedTo", load_default=None)
    order = fields.String(
        load_default=TicketOrder.NEWEST.value,
        validate=validate.OneOf([order.value for order in TicketOrder]),
    )

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        return declared.filter

    @validates_schema(skip_on_field_errors=False)
    def refuse_cursor(self, data: Any, **kwargs: Any) -> None:
        """A cursor is a place in the order of ids."""
        if data.get("after_id") is not None and data.get("order") == TicketOrder.WAITING:
            message = gettext("Cursors don't work with this order. Send a page instead.")
            raise ValidationError({"cursor": [message]})


def ticket_filter(query: Mapping[str, Any], actor: Actor) -> TicketFilter:
    """Return the filter for a loaded `TicketListQuery`; ``me`` is the actor."""
    assigned_to, is_unassigned = _assignee(query, actor)
    return TicketFilter(
        statuses=query["status"],
        search=query["search"],
        assigned_to=assigned_to,
        fields={
            field.name: query[field.name]
            for field in filter_fields()
            if query[field.name] is not None
        },
        is_unassigned=is_unassigned,
        order=TicketOrder(query["order"]),
    )


class StatisticsQuery(StrictSchema):
    """What statistics can be asked for."""

    #: The numbers of weeks there are to choose from.
    WEEKS: ClassVar = (4, 12, 26)

    weeks = fields.String(
        load_default="12", validate=validate.OneOf([str(number) for number in WEEKS])
    )
    department = CleanText(DEPARTMENT_MAX, single_line=True, load_default=None)
    assigned_to = Assignee(data_key="assignedTo", load_default=None)


def statistics_filter(query: Mapping[str, Any], actor: Actor) -> StatisticsFilter:
    """Return the filter for a loaded `StatisticsQuery`; ``me`` is the actor."""
    assigned_to, is_unassigned = _assignee(query, actor)
    return StatisticsFilter(
        weeks=int(query["weeks"]),
        department=query["department"],
        assigned_to=assigned_to,
        is_unassigned=is_unassigned,
    )


def _assignee(query: Mapping[str, Any], actor: Actor) -> tuple[Any, bool]:
    """Return whose tickets are asked for, and whether those of nobody are."""
    given = query["assigned_to"]
    if given == NOBODY:
        return None, True
    return (actor.id if given == ME else given), False
