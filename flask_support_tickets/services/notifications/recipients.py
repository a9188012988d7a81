"""Decide who is notified of an event (rule O2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...actor import Actor
from ...models.notification import Kind, Relation
from ...models.status import NOTE, Action


class _To(StrEnum):
    """The recipients in the table below."""

    REQUESTER = "requester"
    ASSIGNEE = "assignee"
    #: The assignee, or all staff if nobody is assigned.
    HANDLERS = "handlers"
    STAFF = "staff"


#: For each action, its recipients and the kind of notification that each of them gets.
RECIPIENTS: Mapping[str, Mapping[_To, Kind]] = {
    "Open": {_To.REQUESTER: Kind.OPENED, _To.STAFF: Kind.OPENED},
    "Comment": {_To.REQUESTER: Kind.REPLY, _To.HANDLERS: Kind.REPLY},
    NOTE: {_To.ASSIGNEE: Kind.NOTE},
    Action.StartProgress: {_To.REQUESTER: Kind.STATUS, _To.ASSIGNEE: Kind.ASSIGNED},
    Action.MarkAsResolved: {_To.REQUESTER: Kind.STATUS},
    Action.Close: {_To.REQUESTER: Kind.STATUS},
    Action.Reopen: {_To.REQUESTER: Kind.STATUS, _To.HANDLERS: Kind.STATUS},
    Action.Withdraw: {_To.HANDLERS: Kind.STATUS},
    Action.Assign: {_To.ASSIGNEE: Kind.ASSIGNED},
}


@dataclass(frozen=True)
class Recipient:
    """Someone to notify. ``user_id`` is None for all staff."""

    kind: Kind
    relation: Relation
    user_id: Any = None


def find_recipients(action: str, actor: Actor, ticket: Any) -> list[Recipient]:
    """Return who is notified of an event, each person once.

    ``ticket`` has the requester and the assignee after the event. Nobody is notified of their own
    actions, except for the receipt of a new ticket. A comment by staff is for the requester alone,
    unless it is their own ticket.
    """
    found: dict[Any, Recipient] = {}
    is_answer = action == "Comment" and actor.is_staff and actor.id != ticket.user_id
    for to, kind in RECIPIENTS.get(action, {}).items():
        if to is _To.HANDLERS and is_answer:
            continue
        relation, user_id = _resolve(to, ticket)
        is_own = user_id == actor.id and action != "Open"
        if relation is Relation.STAFF or not (user_id is None or is_own):
            found.setdefault(user_id, Recipient(kind, relation, user_id))
    return list(found.values())


def _resolve(to: _To, ticket: Any) -> tuple[Relation, Any]:
    if to is _To.REQUESTER:
        return Relation.REQUESTER, ticket.user_id
    if to is _To.STAFF or (to is _To.HANDLERS and ticket.assigned_to_user_id is None):
        return Relation.STAFF, None
    return Relation.ASSIGNEE, ticket.assigned_to_user_id
