"""Edit a ticket (rule W10)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...actor import Actor
from ...current import current_tickets
from ...errors import Invalid, InvalidTransition, NotAllowed, PreconditionFailed
from ...i18n import gettext
from ...models import TicketMixin, TicketStatus, utc_now
from ...models.status import EDIT_STATUSES, EDITED, Side
from ...ticket_field import TicketField
from ..access import get_sides, may_edit, require_id
from ..attachments.attach import attach, check_uploads
from ..attachments.uploads import StoredUpload
from ..read_models import TicketInfo
from ..search.query import reindex_ticket
from ..validation import check_attachment_count, clean_attachment_url, clean_fields, key_or_url
from .conditional_update import Change, change_ticket
from .fields import ATTACHMENTS, DESCRIPTION, TAGS, writable_keys
from .history import record_event
from .tags import get_tagged_ticket, set_tags, spelled


def edit_ticket(
    *,
    actor: Actor,
    ticket_id: int,
    attachment_urls: Sequence[str] | None = None,
    files: Sequence[StoredUpload] = (),
    precondition: Callable[[TicketInfo], bool] | None = None,
    **fields: Any,
) -> TicketMixin:
    """Change the given fields of a ticket, record one ``Edited`` event, and return the ticket.

    ``attachment_urls`` are all the attachments that the ticket keeps or gets; None keeps the
    current ones. If no value changes, nothing is recorded.

    Raises `NotFound` if the actor cannot see the ticket, `NotAllowed` if the actor may not edit it
    in any status, `Invalid` for invalid content and for fields that the actor may not set,
    `PreconditionFailed` if ``precondition`` returns False for the ticket (E2), and
    `InvalidTransition` if its status does not allow the change (W10).
    """
    require_id(actor)
    ticket = get_tagged_ticket(actor=actor, ticket_id=ticket_id)
    sides = get_sides(actor, ticket)
    if not may_edit(sides):
        raise NotAllowed
    declared, has_files = _declared(fields), attachment_urls is not None or bool(files)
    keys = [*(field.key for field in declared), *([ATTACHMENTS] if has_files else [])]
    statuses = _statuses(sides, keys)
    kept = {each.url or each.storage_key: each.id for each in ticket.attachments}
    if attachment_urls is None:
        attachment_urls = [each.url or each.path for each in ticket.attachments]
    values, urls = _clean(declared, fields, attachment_urls, kept, len(files))
    check_uploads([url for url in urls if key_or_url(url) not in kept], actor)
    if precondition is not None and not precondition(ticket):
        raise PreconditionFailed(ticket.status)
    edit = _Edit(ticket, declared, values, urls, files, kept)
    if edit.fields or edit.has_new_files or ticket.status not in statuses:
        _store(actor, edit, statuses, only_version=None if precondition is None else ticket.version)
    found: TicketMixin = current_tickets.session.get_one(current_tickets.models.Ticket, ticket_id)
    return found


@dataclass(frozen=True)
class _Edit:
    """The changes to a ticket."""

    ticket: TicketInfo
    declared: Sequence[TicketField]
    #: The new values by field name.
    values: Mapping[str, Any]
    urls: Sequence[str]
    files: Sequence[StoredUpload]
    #: The ids of the current attachments, by `key_or_url`.
    kept: Mapping[str | None, int]

    @property
    def fields(self) -> list[TicketField]:
        """The fields whose values change."""
        old, new = self.ticket.value, self.values
        return [each for each in self.declared if new[each.name] != old(each.name)]

    @property
    def has_new_files(self) -> bool:
        """Whether the list of attachments changes."""
        return bool(self.files) or [*map(key_or_url, self.urls)] != list(self.kept)

    @property
    def is_internal(self) -> bool:
        """Whether requesters can see none of the changed fields (A4)."""
        return not self.has_new_files and all(each.requester is None for each in self.fields)

    @property
    def columns(self) -> dict[str, Any]:
        """The new values of the ticket's columns."""
        column = current_tickets.models.ticket_column
        stored = [each for each in self.fields if each.is_column]
        changed = {column(each.name).key: self.values[each.name] for each in stored}
        return {**changed, "attachment_count": len(self.urls) + len(self.files)}

    def to_json(self) -> str:
        """Return the changed fields, with the old and new values of all but long texts."""
        changes: dict[str, Any] = {ATTACHMENTS: {}} if self.has_new_files else {}
        for field in self.fields:
            old, new = self.ticket.value(field.name), self.values[field.name]
            short = {"from": field.to_json(old), "to": field.to_json(new)}
            changes[field.key] = {} if field is DESCRIPTION else short
        return json.dumps(changes, default=str)


def _store(
    actor: Actor, edit: _Edit, statuses: Collection[TicketStatus], *, only_version: int | None
) -> None:
    ticket_id, now = edit.ticket.id, utc_now()
    after = change_ticket(
        edit.ticket,
        Change(edit.columns, is_internal=edit.is_internal),
        actor=actor,
        while_in=statuses,
        refusal=InvalidTransition,
        at=now,
        only_version=only_version,
    )
    if TAGS in edit.fields:
        set_tags(ticket_id, edit.values[TAGS.name])
    if edit.has_new_files:
        attach(edit.urls, edit.files, actor=actor, ticket_id=ticket_id, kept=edit.kept, at=now)
    record_event(
        EDITED,
        actor=actor,
        ticket=after,
        from_status=after.status,
        changes=edit.to_json(),
        is_internal=edit.is_internal,
        at=now,
    )
    names = (each.filename or each.url or "" for each in edit.ticket.attachments)
    reindex_ticket(ticket_id, edit.ticket.subject, edit.ticket.description, *names)


def _declared(names: Collection[str]) -> list[TicketField]:
    declared = {field.name: field for field in current_tickets.ticket_fields}
    if unknown := sorted(set(names) - declared.keys()):
        raise TypeError(f"A ticket has no field {unknown[0]!r}.")
    return [declared[name] for name in names]


def _statuses(sides: Collection[Side], keys: Sequence[str]) -> frozenset[TicketStatus]:
    """Return the statuses in which the actor may set all of the fields. Can raise `Invalid`."""
    by_side = {side: writable_keys(side) for side in sides}
    if unknown := [key for key in keys if not any(key in each for each in by_side.values())]:
        raise Invalid({key: [gettext("Unknown field.")] for key in unknown})
    statuses = frozenset(TicketStatus)
    for key in keys:
        allowed = [EDIT_STATUSES[side] for side, writable in by_side.items() if key in writable]
        statuses &= frozenset[TicketStatus]().union(*allowed)
    return statuses


def _clean(
    declared: Sequence[TicketField],
    fields: Mapping[str, Any],
    urls: Sequence[str],
    kept: Collection[str | None],
    file_count: int,
) -> tuple[dict[str, Any], list[str]]:
    """Validate the fields and the URLs, and return their values."""

    def clean_urls(values: Sequence[str]) -> list[str]:
        check_attachment_count(len(values) + file_count)
        return [each if key_or_url(each) in kept else clean_attachment_url(each) for each in values]

    rules = {field.key: (field.clean, fields[field.name]) for field in declared}
    cleaned = clean_fields(**rules, **{ATTACHMENTS: (clean_urls, urls)})
    values = {field.name: cleaned[field.key] for field in declared}
    if TAGS in declared:
        values[TAGS.name] = spelled(values[TAGS.name])
    return values, cleaned[ATTACHMENTS]
