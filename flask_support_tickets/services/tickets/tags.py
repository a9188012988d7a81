"""Tags of tickets, which only staff see (rule M2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy import ColumnElement, Select, Table, delete, select, update

from ...actor import Actor
from ...current import current_tickets
from ...i18n import gettext, lazy_gettext
from ...models import Models, utc_now
from ...models.tag import NAME_MAX, key_of
from ...ticket_field import CleanText, ListField
from ..database import dialect_name, is_one_of, prepared, rows_of, run, upsert
from ..read_models import TicketInfo
from .queries import get_ticket

#: The maximum number of tags on a ticket.
TAGS_MAX = 20


class TagName(CleanText):
    """The name of a tag: one line of up to 40 characters without a comma."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NAME_MAX, single_line=True, blank=lazy_gettext("Enter a tag."), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, *args, **kwargs)
        if "," in name:
            raise ValidationError(gettext("A tag can't contain a comma."))
        return name


TAG = TagName(required=True)


class TagList(ListField):
    """A list of tags, loaded as a tuple without duplicates, sorted by name."""

    def __init__(self) -> None:
        super().__init__(fields.String(), load_default=())

    def openapi(self) -> dict[str, Any]:
        """Return the JSON Schema. Duplicates are removed before the tags are counted."""
        return {"type": "array", "items": TAG.openapi()}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise self.make_error("invalid")
        if not all(isinstance(name, str) for name in value):
            raise TAG.make_error("invalid")
        return clean_tags(value)


def clean_tags(names: Sequence[str]) -> tuple[str, ...]:
    """Return the cleaned names without duplicates, sorted. Raises `ValidationError`."""
    cleaned = [TAG.deserialize(name) for name in names]
    by_key = {key_of(name): name for name in reversed(cleaned)}  # the first spelling wins
    if len(by_key) > TAGS_MAX:
        message = gettext("Too many tags. The limit is %(limit)d.")
        raise ValidationError(message % {"limit": TAGS_MAX})
    return tuple(by_key[key] for key in sorted(by_key))


def spelled(names: Sequence[str]) -> tuple[str, ...]:
    """Return cleaned names in the spelling of the tags that exist."""
    found = _find({key_of(name) for name in names})
    return tuple(found[key_of(name)].name if key_of(name) in found else name for name in names)


def set_tags(ticket_id: int, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give a ticket these tags in the current unit of work, and return its old and new tags.

    A tag that does not exist is created. An existing one keeps its spelling. The caller checks who
    may do this, and records the change if the two results differ. Raises `ValidationError`.
    """
    cleaned = clean_tags(names)
    old = {row.name_key: row for row in _rows_of([ticket_id])}
    wanted = {key_of(name): name for name in cleaned}
    added = {key: name for key, name in wanted.items() if key not in old}
    removed = [row.tag_id for key, row in old.items() if key not in wanted]
    found = _get_or_create(added)
    tagging = current_tickets.models.TicketTagging.__table__
    if removed:
        is_removed = tagging.c.tag_id.in_(removed)
        run(delete(tagging).where(tagging.c.ticket_id == ticket_id, is_removed))
    for key in sorted(found):
        _insert_missing(tagging, {"ticket_id": ticket_id, "tag_id": found[key].id})
    kept = {key: row.name for key, row in old.items() if key in wanted}
    new = kept | {key: row.name for key, row in found.items()}
    if new.keys() != old.keys():
        ticket = current_tickets.models.Ticket.__table__
        run(update(ticket).where(ticket.c.id == ticket_id).values(tag_count=len(new)))
    return [old[key].name for key in sorted(old)], [new[key] for key in sorted(new)]


def with_tags(actor: Actor, tickets: Collection[TicketInfo]) -> list[TicketInfo]:
    """Return the tickets with their tags, sorted by name. For requesters, there are none."""
    tagged = [ticket.id for ticket in tickets if ticket.tag_count]
    if not (actor.is_staff and tagged):
        return list(tickets)
    tags: dict[int, list[str]] = {}
    for row in _rows_of(tagged):
        tags.setdefault(row.ticket_id, []).append(row.name)
    return [
        replace(ticket, tags=tuple(tags[ticket.id])) if ticket.id in tags else ticket
        for ticket in tickets
    ]


def get_tagged_ticket(*, actor: Actor, ticket_id: int) -> TicketInfo:
    """Return a ticket, `with_tags`. Raises `NotFound` if the actor cannot see it."""
    return with_tags(actor, [get_ticket(actor=actor, ticket_id=ticket_id)])[0]


def has_tag(ticket_id: Any, name: str) -> ColumnElement[bool]:
    """Build the condition that a ticket has a tag, compared without case."""
    models = current_tickets.models
    tag, tagging = models.TicketTag.__table__, models.TicketTagging.__table__
    tag_id = select(tag.c.id).where(tag.c.name_key == key_of(name)).scalar_subquery()
    tagged = select(tagging.c.ticket_id).where(tagging.c.tag_id == tag_id)
    condition: ColumnElement[bool] = ticket_id.in_(tagged)
    return condition


def _rows_of(ticket_ids: Collection[int]) -> list[Any]:
    return rows_of(prepared(_select_tags, dialect_name()), {"one_of": list(ticket_ids)})


def _select_tags(models: Models, dialect: str) -> Select[Any]:
    """Build a query for the tags of the tickets whose ids are in ``:one_of``."""
    tag, tagging = models.TicketTag.__table__, models.TicketTagging.__table__
    query = select(tagging.c.ticket_id, tagging.c.tag_id, tag.c.name, tag.c.name_key)
    query = query.select_from(tagging.join(tag, tag.c.id == tagging.c.tag_id))
    return query.where(is_one_of(tagging.c.ticket_id, dialect)).order_by(tag.c.name_key)


def _get_or_create(names: Mapping[str, str]) -> dict[str, Any]:
    """Return the tags with these keys, creating those that are missing.

    If another unit creates the same tag, one of them waits, and both use it.
    """
    if not names:
        return {}
    table = current_tickets.models.TicketTag.__table__
    found = _find(names)
    missing = sorted(names.keys() - found.keys())  # always in the same order, to avoid deadlocks
    for key in missing:
        row = {"name": names[key], "name_key": key, "created_at": utc_now()}
        _insert_missing(table, row, "name_key")
    if missing:  # a locking read sees rows that are newer than MariaDB's snapshot
        found |= _find(missing, is_locking=True)
    return found


def _find(keys: Collection[str], *, is_locking: bool = False) -> dict[str, Any]:
    """Return the tags that exist by their keys."""
    c = current_tickets.models.TicketTag.__table__.c
    query = select(c.id, c.name, c.name_key).where(c.name_key.in_(keys))
    rows = run(query.with_for_update(read=True) if is_locking else query)
    return {row.name_key: row for row in rows}


def _insert_missing(table: Table, row: Mapping[str, Any], *unique: str) -> None:
    """Insert a row unless there is one with the same key, which then stays as it is."""
    keys = unique or tuple(column.name for column in table.primary_key)
    statement = upsert(table, dialect_name(), keys, keys[:1], lambda stored, _new: stored)
    run(statement, dict(row))
