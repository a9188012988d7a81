"""Control which tickets and comments actors can see, and what they may do (A1, W2 to W5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, bindparam, exists, or_, select

from ..actor import Actor
from ..current import current_tickets
from ..models import Models
from ..models.status import (
    COMMENT_STATUSES,
    EDIT_STATUSES,
    NOTE,
    NOTE_STATUSES,
    TRANSITIONS,
    Action,
    Side,
    TicketStatus,
)

#: For each count that includes internal rows, the column that counts only the internal ones.
INTERNAL_COUNTS = {
    "version": "internal_event_count",
    "internal_event_count": "internal_event_count",
    "comment_count": "note_count",
    "staff_comment_count": "note_count",
    "note_count": "note_count",
    "thread_count": "note_thread_count",
    "note_thread_count": "note_thread_count",
    "reply_count": "note_reply_count",
    "note_reply_count": "note_reply_count",
}


@dataclass(frozen=True)
class Scope:
    """The tickets that an actor can see. Hashable, so that it can be part of a cache key."""

    is_staff: bool
    #: The criterion returned by `Policy.visible_tickets`, if any.
    criterion: ColumnElement[bool] | None = None
    #: The condition of the admin view, which applies even to the actor's own tickets.
    desk: ColumnElement[bool] | None = None
    #: Whether the actor sees internal comments and events (A4).
    sees_internal: bool = False

    @property
    def has_criterion(self) -> bool:
        return self.criterion is not None or self.desk is not None

    @property
    def is_all(self) -> bool:
        """Whether the actor can see all tickets."""
        return self.is_staff and not self.has_criterion

    @property
    def is_cacheable(self) -> bool:
        """Whether statements can be cached. A criterion, whose values may vary, prevents this."""
        return not self.has_criterion

    def conditions(
        self, models: Models, *, in_list: bool = False, viewer_id: Any = None
    ) -> list[ColumnElement[bool]]:
        """Build the WHERE conditions. Without ``viewer_id``, they require `parameters`.

        Everybody can see their own tickets. For staff with a criterion, lists include only tickets
        that meet it, because the database could not use an index for both conditions.
        """
        conditions = [] if self.desk is None else [self.desk]
        if self.is_staff and self.criterion is None:
            return conditions
        column = models.Ticket.__table__.c.user_id
        is_own = column == bindparam("viewer_id", viewer_id, type_=column.type)
        if self.criterion is None:
            return [*conditions, is_own]
        is_listed_only = self.is_staff and in_list
        return [*conditions, self.criterion if is_listed_only else or_(is_own, self.criterion)]

    def parameters(self, actor: Actor) -> dict[str, Any]:
        """Return the parameters for the conditions."""
        return {} if self.is_all else {"viewer_id": actor.id}


def require_id(actor: Actor) -> None:
    """Raise `ValueError` if the actor has no ID, because every change is recorded with one."""
    if actor.id is None:
        raise ValueError("An actor without an id can only read. Use actor_for(user) to write.")


def scope_of(actor: Actor) -> Scope:
    """Return the scope that describes which tickets ``actor`` can see (A1)."""
    return Scope(actor.is_staff, actor.criterion, actor.desk, actor.sees_internal)


def without_limits(actor: Actor) -> Actor:
    """Return staff as if they could see all tickets, to finish a change of one that they can see.

    The change can take the ticket out of their view, for example by assigning it to someone else.
    """
    return replace(actor, criterion=None, desk=None) if actor.is_staff else actor


def visible_columns(columns: Iterable[Any], *, sees_internal: bool) -> list[Any]:
    """Return ``columns``, subtracting internal rows from counts unless the actor sees them (A4)."""
    return [*columns] if sees_internal else list(map(_without_internal, columns))


def _without_internal(column: Any) -> Any:
    hidden = INTERNAL_COUNTS.get(column.name) if isinstance(column, Column) else None
    if hidden is None or hidden not in column.table.c:  # a column of the host
        return column
    return (column - column.table.c[hidden]).label(column.name)


def select_tickets(
    models: Models, scope: Scope, *columns: Any, in_list: bool = False
) -> Select[Any]:
    """Build a query for the tickets in ``scope``. Run it with `Scope.parameters`."""
    chosen = visible_columns(columns, sees_internal=scope.sees_internal)
    query = select(*chosen).select_from(models.Ticket.__table__)
    return query.where(*scope.conditions(models, in_list=in_list))


def select_comments(models: Models, scope: Scope, *columns: Any) -> Select[Any]:
    """Build a query for the comments in ``scope``. Run it with `Scope.parameters`."""
    ticket, comment = models.Ticket.__table__, models.TicketComment.__table__
    chosen = visible_columns(columns, sees_internal=scope.sees_internal)
    query = select(*chosen).select_from(comment)
    if not scope.sees_internal:
        query = query.where(~comment.c.is_internal)
    is_visible = exists().where(ticket.c.id == comment.c.ticket_id, *scope.conditions(models))
    return query if scope.is_all else query.where(is_visible)


def visible_tickets(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a query for the tickets that ``actor`` can see (A1). It selects ids by default."""
    models, scope = current_tickets.models, scope_of(actor)
    query = select_tickets(models, scope, *(columns or [models.Ticket.__table__.c.id]))
    return query.params(scope.parameters(actor))


def visible_comments(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a query for ``columns`` of the comments that ``actor`` can see (A1)."""
    scope = scope_of(actor)
    query = select_comments(current_tickets.models, scope, *columns)
    return query.params(scope.parameters(actor))


def visible_events(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a query for ``columns`` of the events that ``actor`` can see (A1)."""
    event = current_tickets.models.TicketEvent.__table__
    query = select(*columns).select_from(event)
    if not actor.sees_internal:
        query = query.where(~event.c.is_internal)
    if not scope_of(actor).is_all:
        query = query.where(event.c.ticket_id.in_(visible_tickets(actor)))
    return query


def visible_attachments(actor: Actor, *columns: Any) -> Select[Any]:
    """Build a query for ``columns`` of the attachments that ``actor`` can see (B6)."""
    models = current_tickets.models
    c, comment = models.TicketAttachment.__table__.c, models.TicketComment.__table__.c
    is_unused = and_(c.ticket_id.is_(None), c.user_id == actor.id)
    query = select(*columns).where(or_(is_unused, c.ticket_id.in_(visible_tickets(actor))))
    if not actor.sees_internal:
        query = query.where(~exists().where(comment.id == c.comment_id, comment.is_internal))
    return query


def listed_conditions(actor: Actor) -> list[ColumnElement[bool]]:
    """Build the conditions that limit the actor's lists, for use in another query for tickets."""
    models = current_tickets.models
    return scope_of(actor).conditions(models, in_list=True, viewer_id=actor.id)


def get_sides(actor: Actor, ticket: Any) -> frozenset[Side]:
    """Return the actor's sides on ``ticket``, which the actor can see. Staff can be on two (W5)."""
    return _sides(ticket.user_id == actor.id, actor.is_staff, actor.criterion is not None)


@cache
def _sides(is_owner: bool, is_staff: bool, has_criterion: bool) -> frozenset[Side]:
    sides = frozenset(side for side, has in ((Side.OWNER, is_owner), (Side.STAFF, is_staff)) if has)
    return sides or frozenset({Side.COLLEAGUE} if has_criterion else ())


def may_transition(action: Action, sides: frozenset[Side]) -> bool:
    """Return whether any of ``sides`` may take ``action`` in at least one status (W2)."""
    return bool(TRANSITIONS[action].sides & sides)


def is_enabled(action: Action) -> bool:
    """Return whether the app allows ``action``; ``Reopen`` and ``Withdraw`` can be disabled."""
    if action is Action.Reopen:
        return current_tickets.config.allow_reopen
    if action is Action.Withdraw:
        return current_tickets.config.allow_withdraw
    return True


def has_permission(actor: Actor, action: Action) -> bool:
    """Return whether ``actor`` has permission for ``action`` (A3). Only ``Assign`` requires it."""
    return action is not Action.Assign or "assign" in actor.permissions


def commenting_statuses(sides: frozenset[Side]) -> frozenset[TicketStatus]:
    """Return the statuses in which any of ``sides`` may comment (W4)."""
    return frozenset[TicketStatus]().union(*(COMMENT_STATUSES[side] for side in sides))


def may_edit(sides: frozenset[Side]) -> bool:
    """Return whether any of ``sides`` may edit a ticket in at least one status (W10)."""
    return any(EDIT_STATUSES[side] for side in sides)


def allowed_actions(actor: Actor, ticket: Any) -> list[str]:
    """Return what ``actor`` may do now: ``Comment``, ``Note``, ``Edit`` and actions."""
    return allowed_actions_of(actor)(ticket)


def allowed_actions_of(actor: Actor) -> Callable[[Any], list[str]]:
    """Return a function that returns the `allowed_actions` for a ticket."""
    disabled = frozenset(
        action for action in Action if not is_enabled(action) or not has_permission(actor, action)
    )
    has_criterion = actor.criterion is not None

    def allowed(ticket: Any) -> list[str]:
        sides = _sides(ticket.user_id == actor.id, actor.is_staff, has_criterion)
        return list(_allowed(ticket.status, sides, disabled, actor.sees_internal))

    return allowed


@cache
def _allowed(
    status: int, sides: frozenset[Side], disabled: frozenset[Action], sees_internal: bool
) -> tuple[str, ...]:
    comment = ("Comment",) if status in commenting_statuses(sides) else ()
    note = (NOTE,) if sees_internal and status in NOTE_STATUSES else ()
    edit = ("Edit",) if any(status in EDIT_STATUSES[side] for side in sides) else ()
    actions = (
        action.value
        for action, transition in TRANSITIONS.items()
        if status in transition.sources and may_transition(action, sides) and action not in disabled
    )
    return (*comment, *note, *edit, *actions)
