"""Schemas for query strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from ..actor import Actor
from ..errors import Invalid
from ..i18n import gettext
from ..models import TicketPriority
from ..models.ticket import DEPARTMENT_MAX
from ..services import StatisticsFilter, TicketFilter, TicketOrder
from ..services.attachments.previews import VARIANTS
from ..services.dates import midnight
from ..services.search.operators import check_operators
from ..services.search.query import SEARCH_MAX
from ..services.tickets.fields import filter_fields
from ..services.tickets.tags import TagName
from ..ticket_field import CleanText, Field, SearchText, TicketField
from .fields import (
    ME,
    NOBODY,
    Assignee,
    Cursor,
    DateOrTime,
    Digits,
    StatusList,
    StrictSchema,
    TicketFieldsSchema,
    UserIdText,
)

PAGE_MAX = 1_000_000_000
PAGE_SIZE_MAX = 100
#: The filters that only staff can use, with their names in query strings.
STAFF_FILTERS = {
    "user_id": "userId",
    "tag": "tag",
    "created_from": "createdFrom",
    "created_before": "createdBefore",
}


#: The description in the OpenAPI document.
_SEARCH = (
    "Words that must all occur in the subject, the description, the comments or the names of "
    "attachments. A word of three or more characters also matches longer words that begin with it. "
    "Case and accents are ignored. `#42` leads to that ticket first. Operators limit the results: "
    "`from:` and `assignee:` (a name, in quotation marks if it has spaces; an email address, an ID "
    "or `me`; also `assignee:none`), `status:`, `priority:` and `department:`."
)


def _check_search(search: str | None) -> None:
    try:
        check_operators(search or "")
    except Invalid as error:
        raise ValidationError(error.sentences) from error


class NoQuery(StrictSchema):
    """The schema for requests without query parameters."""


class _Pagination(StrictSchema):
    """Pagination by ``page``, which starts at 1, or by ``cursor``."""

    page = Digits(
        PAGE_MAX,
        load_default=1,
        metadata={"description": "The first page is 1. Ignored if there is a `cursor`."},
    )
    after_id = Cursor(
        data_key="cursor",
        load_default=None,
        metadata={"description": "The `nextCursor` of the previous response."},
    )


class PageQuery(_Pagination):
    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=50)


class AttachmentQuery(StrictSchema):
    variant = fields.String(
        load_default=None,
        validate=validate.OneOf(list(VARIANTS)),
        metadata={
            "schema": "ImageVariant",
            "description": "A preview of an image, instead of the file.",
        },
    )


class TicketListQuery(_Pagination, TicketFieldsSchema):
    page_size = Digits(PAGE_SIZE_MAX, data_key="pageSize", load_default=20)
    status = StatusList()
    search = SearchText(SEARCH_MAX, validate=_check_search, metadata={"description": _SEARCH})
    assigned_to = Assignee(
        data_key="assignedTo",
        load_default=None,
        metadata={"description": "A user ID, `me`, or `none` for unassigned tickets."},
    )
    tag = TagName(
        load_default=None,
        metadata={"description": "Staff only: a tag, compared without case."},
    )
    user_id = UserIdText(
        data_key="userId",
        load_default=None,
        metadata={"description": "Staff only: the ID of the requester."},
    )
    created_from = DateOrTime(
        data_key="createdFrom",
        load_default=None,
        metadata={"description": "Staff only: the first date or time to include."},
    )
    created_before = DateOrTime(
        data_key="createdBefore",
        load_default=None,
        metadata={"description": "Staff only: the first date or time to exclude."},
    )
    order = fields.String(
        load_default=TicketOrder.NEWEST.value,
        validate=validate.OneOf([order.value for order in TicketOrder]),
        metadata={
            "schema": "TicketOrder",
            "description": "`waiting` has pages, but no cursors.",
        },
    )

    @classmethod
    def field_for(cls, declared: TicketField) -> Field | None:
        return declared.filter

    @validates_schema(skip_on_field_errors=False)
    def refuse_cursor(self, data: Any, **kwargs: Any) -> None:
        """Reject a cursor unless the list is sorted by ID."""
        order = data.get("order")
        is_by_id = order not in set(TicketOrder) or TicketOrder(order).is_by_id
        if data.get("after_id") is not None and not is_by_id:
            message = gettext(
                "Cursors aren't supported with this sort order. Use the page parameter instead."
            )
            raise ValidationError({"cursor": [message]})


class QueueListQuery(TicketListQuery):
    """The filters of the staff's queue. A view can also sort by columns of the host."""

    requester = CleanText(SEARCH_MAX, single_line=True, load_default=None)
    order = fields.String(load_default=None)


def ticket_filter(
    query: Mapping[str, Any], actor: Actor, find_zone: Callable[[], tzinfo] = lambda: UTC
) -> TicketFilter:
    """Return the filter for a loaded `TicketListQuery`.

    ``me`` means ``actor``. Dates start at midnight in the zone from ``find_zone``. Raises `Invalid`
    if a requester uses a filter for staff.
    """
    values = {field.name: query[field.name] for field in filter_fields()}
    staff_only = {name: query.get(name) for name in STAFF_FILTERS}
    if not actor.is_staff and any(value is not None for value in staff_only.values()):
        used = [key for name, key in STAFF_FILTERS.items() if staff_only[name] is not None]
        raise Invalid({key: [gettext("Unknown field.")] for key in used})
    return TicketFilter(
        statuses=query["status"],
        search=query["search"],
        owner=staff_only["user_id"],
        tag=staff_only["tag"],
        created_from=_time(staff_only["created_from"], find_zone),
        created_before=_time(staff_only["created_before"], find_zone),
        fields={name: value for name, value in values.items() if value is not None},
        order=TicketOrder(query["order"]),
        **_assignee(query, actor),
    )


def _time(value: date | None, find_zone: Callable[[], tzinfo]) -> datetime | None:
    return value if value is None or isinstance(value, datetime) else midnight(value, find_zone())


class StatisticsQuery(StrictSchema):
    #: The choices for ``weeks``.
    WEEKS: ClassVar = (4, 12, 26)

    weeks = fields.String(
        load_default="12", validate=validate.OneOf([str(number) for number in WEEKS])
    )
    department = CleanText(DEPARTMENT_MAX, single_line=True, load_default=None)
    assigned_to = Assignee(data_key="assignedTo", load_default=None)
    priority = fields.String(
        load_default=None, validate=validate.OneOf([str(each.value) for each in TicketPriority])
    )


def statistics_filter(query: Mapping[str, Any], actor: Actor) -> StatisticsFilter:
    """Return the filter for a loaded `StatisticsQuery`; ``me`` means ``actor``."""
    weeks, department = int(query["weeks"]), query["department"]
    priority = None if query["priority"] is None else int(query["priority"])
    return StatisticsFilter(
        weeks=weeks, department=department, priority=priority, **_assignee(query, actor)
    )


def _assignee(query: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    key = query["assigned_to"]
    if key == NOBODY:
        return {"assigned_to": None, "is_unassigned": True}
    return {"assigned_to": actor.id if key == ME else key, "is_unassigned": False}
