"""Describe a list of tickets: its filters and its order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotAllowed
from ...models import TicketStatus
from ...models.tag import key_of
from ..access import scope_of
from ..search.operators import conditions_of
from .list_statements import ListFilter
from .sorted_list import Sort


class TicketOrder(StrEnum):
    """The order of a list. Search results are always newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    #: Only tickets that are waiting for staff, starting with the longest wait (R2).
    WAITING = "waiting"
    #: The highest priority first, then the longest wait, then tickets that are not waiting (M1).
    PRIORITY = "priority"

    @property
    def is_by_id(self) -> bool:
        """Whether the list is sorted by id, so that it has cursors."""
        return self in (TicketOrder.NEWEST, TicketOrder.OLDEST)


@dataclass(frozen=True)
class TicketFilter:
    """The filters and order of a list. By default, no tickets are filtered out."""

    statuses: Collection[TicketStatus] = ()
    #: Words, and operators such as ``status:open`` (S1, S3).
    search: str | None = None
    owner: Any = None
    #: The keys of possible requesters; None means any requester.
    owners: Collection[Any] | None = None
    assigned_to: Any = None
    department: str | None = None
    #: The values of declared fields by name, such as ``{"department": "Sales"}``. A tuple of
    #: numbers matches tickets with any of them.
    fields: Mapping[str, Any] = field(default_factory=dict)
    is_unassigned: bool = False
    #: The name of a tag, compared without case. Requesters may not filter by it.
    tag: str | None = None
    #: The first time to include and the first time to exclude.
    created_from: datetime | None = None
    created_before: datetime | None = None
    #: Conditions for columns of the ticket.
    conditions: tuple[ColumnElement[bool], ...] = ()
    order: TicketOrder = TicketOrder.NEWEST
    #: The column to sort by instead of ``order``.
    sort: Sort | None = None

    def __post_init__(self) -> None:
        # The values of the enumerations are accepted as well; others raise `ValueError`.
        object.__setattr__(self, "statuses", tuple(map(TicketStatus, self.statuses)))
        object.__setattr__(self, "order", TicketOrder(self.order))

    @property
    def values(self) -> dict[str, Any]:
        """The values to filter by, or the tuples of values to choose from, by column name."""
        values = {
            "user_id": self.owner,
            "assigned_to_user_id": self.assigned_to,
            "department": self.department,
            **self.fields,
        }
        return {name: value for name, value in values.items() if value not in (None, ())}

    @property
    def all_conditions(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions for filters with several values or a range."""
        c, found = current_tickets.models.Ticket.__table__.c, list(self.conditions)
        if self.owners is not None:
            found.append(c.user_id.in_(self.owners))
        if self.created_from is not None:
            found.append(c.created_at >= self.created_from)
        if self.created_before is not None:
            found.append(c.created_at < self.created_before)
        return tuple(found)


#: A filter that matches all tickets.
ALL_TICKETS = TicketFilter()


def list_filter(actor: Actor, criteria: TicketFilter) -> tuple[ListFilter, dict[str, Any]]:
    """Return the filter for `ListOptions`, and the parameters for its statements.

    Raises `NotAllowed` if a requester filters by a tag (M2).
    """
    if criteria.tag is not None and not actor.is_staff:
        raise NotAllowed
    is_own = criteria.owner is not None and criteria.owner == actor.id
    scope = scope_of(actor)
    if is_own:  # the owner is already in the filter
        scope = replace(scope, is_staff=False, criterion=None)
    values = {name: each for name, each in criteria.values.items() if not isinstance(each, tuple)}
    one_of = [(name, each) for name, each in criteria.values.items() if name not in values]
    statuses = tuple(sorted(set(criteria.statuses)))
    if len(statuses) == len(TicketStatus):
        statuses = ()
    filter = ListFilter(
        scope,
        tuple(values),
        tuple((name, tuple(sorted(map(int, each)))) for name, each in one_of),
        criteria.is_unassigned,
        criteria.tag is not None,
        statuses,
        criteria.all_conditions,
    )
    tag = {} if criteria.tag is None else {"tag_key": key_of(criteria.tag)}
    return filter, {**values, **tag, **scope.parameters(actor)}


def apply_operators(actor: Actor, criteria: TicketFilter) -> TicketFilter:
    """Return ``criteria`` with conditions instead of the operators in its search (S3).

    Raises `Invalid` if the value of an operator is invalid.
    """
    words, conditions = conditions_of(criteria.search or "", actor)
    if not conditions:
        return criteria
    conditions = [*criteria.conditions, *conditions]
    order = TicketOrder.NEWEST
    return replace(criteria, search=words, conditions=tuple(conditions), order=order, sort=None)
