"""The workflow: statuses, actions and the transition table (rules W1 to W5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal

from ..i18n import lazy_gettext


class TicketStatus(IntEnum):
    """The status of a ticket. Its value is stored in the database and returned by the API."""

    New = 0
    InProgress = 1
    Resolved = 2
    Closed = 3


class Action(StrEnum):
    """The actions that change a ticket's status or assignee."""

    StartProgress = "StartProgress"
    MarkAsResolved = "MarkAsResolved"
    Close = "Close"
    Reopen = "Reopen"
    Assign = "Assign"
    Withdraw = "Withdraw"


class Side(StrEnum):
    """The side of a ticket that a user is on. Staff who open a ticket are also its owners (W5)."""

    OWNER = "owner"
    #: A user who can read the ticket and comment on it because of `Policy.visible_tickets`.
    COLLEAGUE = "colleague"
    STAFF = "staff"


@dataclass(frozen=True)
class Transition:
    """A row in the transition table."""

    #: The statuses in which the action is allowed. If it changes the status, there is only one.
    sources: tuple[TicketStatus, ...]
    #: The new status; None keeps the current one.
    target: TicketStatus | None
    sides: frozenset[Side]
    #: Whether the transition sets the assignee.
    assigns: bool = False
    #: The time columns that it sets to the current time.
    stamps: tuple[str, ...] = ()
    #: The time columns that it sets to NULL.
    clears: tuple[str, ...] = ()
    #: Whether a comment can be added in the same unit of work, ``before`` or ``after`` it (W8).
    comment: Literal["before", "after"] | None = None
    #: The action that a reply takes first if it leads to one of ``sources`` (W8).
    first: Action | None = None


_STAFF, _OWNER = frozenset({Side.STAFF}), frozenset({Side.OWNER})
_NEW, _IN_PROGRESS, _RESOLVED, _CLOSED = TicketStatus

TRANSITIONS: Mapping[Action, Transition] = {
    Action.StartProgress: Transition((_NEW,), _IN_PROGRESS, _STAFF, assigns=True, comment="after"),
    Action.MarkAsResolved: Transition(
        (_IN_PROGRESS,),
        _RESOLVED,
        _STAFF,
        stamps=("resolved_at",),
        clears=("awaiting_since",),
        comment="before",
        first=Action.StartProgress,
    ),
    Action.Close: Transition(
        (_RESOLVED,), _CLOSED, _STAFF, stamps=("closed_at",), clears=("awaiting_since",)
    ),
    Action.Reopen: Transition(
        (_RESOLVED,),
        _IN_PROGRESS,
        _OWNER | _STAFF,
        stamps=("awaiting_since",),
        clears=("resolved_at",),
        comment="after",
    ),
    Action.Assign: Transition((_NEW, _IN_PROGRESS), None, _STAFF, assigns=True),
    Action.Withdraw: Transition(
        (_NEW,), _CLOSED, _OWNER, stamps=("closed_at",), clears=("awaiting_since",)
    ),
}

#: The actions that can be combined with a comment, in the order of their buttons (W8).
REPLY_ACTIONS = tuple(name for name, each in TRANSITIONS.items() if each.comment is not None)
#: The actions that close a ticket for good (W7).
FINAL_ACTIONS = frozenset(name for name, each in TRANSITIONS.items() if each.target is _CLOSED)
#: The statuses of open tickets.
OPEN_STATUSES = (_NEW, _IN_PROGRESS)
#: The statuses in which each side may comment.
COMMENT_STATUSES: Mapping[Side, frozenset[TicketStatus]] = {
    Side.OWNER: frozenset({_IN_PROGRESS, _RESOLVED}),
    Side.COLLEAGUE: frozenset({_IN_PROGRESS, _RESOLVED}),
    Side.STAFF: frozenset({_IN_PROGRESS}),
}
#: The statuses in which each side may edit a ticket (W10).
EDIT_STATUSES: Mapping[Side, frozenset[TicketStatus]] = {
    Side.OWNER: frozenset({_NEW}),
    Side.COLLEAGUE: frozenset(),
    Side.STAFF: frozenset({_NEW, _IN_PROGRESS, _RESOLVED}),
}
#: The action of the event for a ticket whose fields were changed (W10).
EDITED = "Edited"
#: The name of internal notes among actions and events.
NOTE = "Note"
#: The statuses in which staff may write internal notes (A4).
NOTE_STATUSES = frozenset({_NEW, _IN_PROGRESS, _RESOLVED})

_LABELS = {
    _NEW: lazy_gettext("New"),
    _IN_PROGRESS: lazy_gettext("In progress"),
    _RESOLVED: lazy_gettext("Resolved"),
    _CLOSED: lazy_gettext("Closed"),
}


_ACTION_LABELS = {
    Action.StartProgress: lazy_gettext("Start Progress"),
    Action.MarkAsResolved: lazy_gettext("Mark Resolved"),
    Action.Close: lazy_gettext("Close"),
    Action.Reopen: lazy_gettext("Reopen"),
    Action.Assign: lazy_gettext("Assign"),
    Action.Withdraw: lazy_gettext("Withdraw"),
}


def reply_steps(action: Action, status: TicketStatus | int) -> tuple[Action, ...]:
    """Return the actions that a reply with ``action`` takes on a ticket in ``status`` (W8)."""
    first = TRANSITIONS[action].first
    return (
        (action,) if first is None or status not in TRANSITIONS[first].sources else (first, action)
    )


def action_label(action: Action | str) -> str:
    """Return the label for an action's button in the user's language, such as ``Close``."""
    return str(_ACTION_LABELS[Action(action)])


def status_label(status: TicketStatus | int) -> str:
    """Return the label for a status in the user's language, such as ``In progress``."""
    return str(_LABELS[TicketStatus(status)])
