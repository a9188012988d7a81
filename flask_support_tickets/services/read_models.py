"""Read models: frozen, typed rows that include user names and attachments."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from ..actor import Actor, name_of
from ..current import current_tickets
from ..file_types.extensions import split_name
from ..models import Models
from ..models.attachment import path_of
from .access import Scope, visible_columns
from .database import dialect_name, is_one_of, prepared, rows_of
from .user_names import NAME_FIELDS, get_user_names

Names = Mapping[Any, str]


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """An attachment: a link or a file."""

    id: int
    ticket_id: int | None
    comment_id: int | None
    url: str | None
    storage_key: str | None
    filename: str | None
    content_type: str | None
    size: int | None
    sha256: str | None
    has_preview: bool

    @property
    def path(self) -> str:
        """The path at which the file is served, relative to the app's prefix."""
        return path_of(self.storage_key, self.filename)

    @property
    def extension(self) -> str:
        """The file's extension, ignoring a suffix from log rotation; empty if it has none."""
        return split_name(self.filename or "")[1]


@dataclass(frozen=True)
class TicketInfo:
    """A ticket. For a deleted requester, the id is None and the name is "Deleted user"."""

    id: int
    subject: str
    description: str
    department: str | None
    status: int
    priority: int
    comment_count: int
    staff_comment_count: int
    #: The number of internal notes among the comments; 0 if the reader cannot see them (A4).
    note_count: int
    thread_count: int
    attachment_count: int
    version: int
    created_at: datetime
    updated_at: datetime
    awaiting_since: datetime | None
    first_reply_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    user_id: Any
    user_name: str
    assigned_to_user_id: Any
    assigned_to_name: str | None
    attachments: tuple[AttachmentInfo, ...]
    tag_count: int = 0
    #: For staff, the names of the tags, sorted; only `tags.with_tags` reads them.
    tags: tuple[str, ...] = ()
    #: The columns that the host added, by attribute name.
    extra: Mapping[str, Any] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """Return the value of a declared field, whether it is ours or the host's."""
        return self.extra[name] if name in self.extra else getattr(self, name)


@dataclass(frozen=True, slots=True)
class CommentInfo:
    """A comment or reply."""

    id: int
    ticket_id: int
    parent_comment_id: int | None
    root_comment_id: int | None
    depth: int
    is_staff: bool
    #: Whether this is an internal note (A4).
    is_internal: bool
    text: str
    reply_count: int
    attachment_count: int
    created_at: datetime
    user_id: Any
    user_name: str
    attachments: tuple[AttachmentInfo, ...]


@dataclass(frozen=True, slots=True)
class EventInfo:
    """An event in a ticket's history."""

    id: int
    ticket_id: int
    action: str
    from_status: int | None
    to_status: int
    is_internal: bool
    comment_id: int | None
    #: For ``Edited``, the changed fields by key. Short ones have the values ``from`` and ``to``.
    changes: Mapping[str, Mapping[str, Any]] | None
    created_at: datetime
    user_id: Any
    user_name: str
    assigned_to_user_id: Any
    assigned_to_name: str | None


def columns_of(info: type[Any], model: Any) -> list[Any]:
    """Return the columns of ``model`` that have a field in the read model ``info``."""
    columns = model.__table__.c
    return [columns[item.name] for item in fields(info) if item.name in columns]


def ticket_columns(models: Models, scope: Scope, names: Iterable[str] = ()) -> list[Any]:
    """Return the columns ``names`` as ``scope`` sees them, by default all for `ticket_infos`."""
    columns = [models.Ticket.__table__.c[name] for name in names]
    extra = [column.label(name) for name, column in models.extra_ticket_columns.items()]
    columns = columns or columns_of(TicketInfo, models.Ticket) + extra
    return visible_columns(columns, sees_internal=scope.sees_internal)


def ticket_infos(
    rows: Collection[Any], actor: Actor, known: Names | None = None
) -> list[TicketInfo]:
    """Return read models for rows of `ticket_columns`. User names in ``known`` are not queried."""
    names, attachments = _names(rows, actor, known), _attachments_of(rows, "ticket_id")
    extra = tuple(current_tickets.models.extra_ticket_columns)
    infos = []
    for values in _resolve(rows, names):
        added = {name: values.pop(name) for name in extra}
        values["attachments"] = attachments.get(values["id"], ())
        infos.append(TicketInfo(**values, extra=added))
    return infos


def comment_infos(
    rows: Collection[Any], actor: Actor, known: Names | None = None
) -> list[CommentInfo]:
    """Return read models for comment rows that were selected with `columns_of`."""
    names, attachments = _names(rows, actor, known), _attachments_of(rows, "comment_id")
    return [
        CommentInfo(**values, attachments=attachments.get(values["id"], ()))
        for values in _resolve(rows, names)
    ]


def event_infos(rows: Collection[Any], actor: Actor, known: Names | None = None) -> list[EventInfo]:
    """Return read models for event rows that were selected with `columns_of`."""
    infos, names = [], _names(rows, actor, known)
    for values in _resolve(rows, names):
        values["changes"] = _visible_changes(values["changes"], actor)
        infos.append(EventInfo(**values))
    return infos


def _visible_changes(text: str | None, actor: Actor) -> dict[str, Any] | None:
    """Parse the changes of an ``Edited`` event, without fields that are hidden from requesters."""
    if text is None:
        return None
    declared = current_tickets.ticket_fields
    hidden = {field.key for field in declared if field.requester is None and not actor.is_staff}
    return {key: change for key, change in json.loads(text).items() if key not in hidden}


def _names(rows: Collection[Any], actor: Actor, known: Names | None) -> dict[Any, str]:
    columns = [name for name in NAME_FIELDS if rows and hasattr(next(iter(rows)), name)]
    keys = {getattr(row, column) for row in rows for column in columns}
    return get_user_names(keys, actor, known)


def _resolve(rows: Collection[Any], names: Names) -> Iterator[dict[str, Any]]:
    """Yield each row's values with user names. The id of a deleted user becomes None."""
    columns = next(iter(rows))._fields if rows else ()
    people = [(column, name) for column, name in NAME_FIELDS.items() if column in columns]
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        for column, name in people:
            values[name] = names.get(values[column])
            if values[name] is None:
                values[column] = None
        values["user_name"] = values["user_name"] or name_of(None)
        yield values


def names_in(infos: Iterable[TicketInfo | CommentInfo | EventInfo]) -> dict[Any, str]:
    """Return the user names in read models, by user id."""
    names: dict[Any, str] = {}
    for info in infos:
        if info.user_id is not None:
            names[info.user_id] = info.user_name
        if not isinstance(info, CommentInfo) and info.assigned_to_name is not None:
            names[info.assigned_to_user_id] = info.assigned_to_name
    return names


def _attachments_of(rows: Iterable[Any], column: str) -> dict[int, tuple[AttachmentInfo, ...]]:
    """Return the attachments in order, keyed by the id of their ticket or comment."""
    ids = [row.id for row in rows if row.attachment_count]
    if not ids:
        return {}
    found: dict[int, tuple[AttachmentInfo, ...]] = {}
    for row in rows_of(prepared(_select_attachments, dialect_name(), column), {"one_of": ids}):
        info = AttachmentInfo(**row._asdict())
        owner_id = getattr(row, column)
        found[owner_id] = (*found.get(owner_id, ()), info)
    return found


def _select_attachments(models: Models, dialect: str, column: str) -> Select[Any]:
    table = models.TicketAttachment.__table__
    query = select(*columns_of(AttachmentInfo, models.TicketAttachment))
    query = query.where(is_one_of(table.c[column], dialect))
    if column == "ticket_id":
        query = query.where(table.c.comment_id.is_(None))
    return query.order_by(table.c.position)
