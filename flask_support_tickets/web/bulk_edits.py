"""Bulk actions that edit tickets: set the priority, or add or remove a tag (W6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from marshmallow import ValidationError

from .. import services
from ..actor import Actor
from ..errors import Invalid, InvalidTransition, NotAllowed, NotFound, Unavailable
from ..i18n import gettext
from ..models.tag import key_of
from ..schemas.error_messages import translate_error
from ..services.tickets.fields import PRIORITY, TAGS
from ..services.tickets.tags import TAG, get_tagged_ticket
from ..transaction import unit_of_work
from .action_results import BulkResult

SET_PRIORITY, ADD_TAG, REMOVE_TAG = "SetPriority", "AddTag", "RemoveTag"
#: The names of the actions. That of `SET_PRIORITY` ends with a colon and the priority.
BULK_EDITS = (SET_PRIORITY, ADD_TAG, REMOVE_TAG)


class BulkEdit(NamedTuple):
    """A change to a field of several tickets."""

    #: The label for the results, such as ``Set priority to High``.
    text: str
    field: str
    #: Returns the new value for an old one.
    change: Callable[[Any], Any]


def parse_bulk_edit(name: str, value: str, tag: str) -> BulkEdit:
    """Return the edit that a form submitted. Raises `Invalid` for an invalid priority or tag."""
    try:
        if name == SET_PRIORITY:
            priority = PRIORITY.parse(value)
            text = gettext("Set priority to %(priority)s") % {"priority": PRIORITY.text(priority)}
            return BulkEdit(text, PRIORITY.name, lambda _old: priority)
        tag = TAG.deserialize(tag)
    except ValidationError as error:
        key = PRIORITY.key if name == SET_PRIORITY else "tag"
        raise Invalid({key: [translate_error(each) for each in error.messages]}) from error
    if name == ADD_TAG:
        return BulkEdit(gettext("Add tag “%(tag)s”") % {"tag": tag}, TAGS.name, partial(_with, tag))
    text = gettext("Remove tag “%(tag)s”") % {"tag": tag}
    return BulkEdit(text, TAGS.name, partial(_without, tag))


def _with(tag: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return names if _without(tag, names) != names else (*names, tag)


def _without(tag: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if key_of(name) != key_of(tag))


def edit_or_skip(actor: Actor, ticket_id: int, edit: BulkEdit) -> BulkResult:
    """Edit a ticket in a unit of work."""
    try:
        is_changed = unit_of_work(_edit, actor, ticket_id, edit)
    except InvalidTransition as error:
        return BulkResult(ticket_id, "refused", error.status)
    except NotFound:
        return BulkResult(ticket_id, "gone")
    except NotAllowed:
        return BulkResult(ticket_id, "forbidden")
    except Invalid:  # the value itself is valid
        return BulkResult(ticket_id, "full")
    except Unavailable as error:
        return BulkResult(ticket_id, "unknown" if error.may_be_stored else "busy")
    return BulkResult(ticket_id, "done" if is_changed else "unchanged")


def _edit(actor: Actor, ticket_id: int, edit: BulkEdit) -> bool:
    """Edit the ticket and return whether the value is new."""
    old = get_tagged_ticket(actor=actor, ticket_id=ticket_id).value(edit.field)
    new = edit.change(old)
    if new != old:
        services.edit_ticket(actor=actor, ticket_id=ticket_id, **{edit.field: new})
    return bool(new != old)
