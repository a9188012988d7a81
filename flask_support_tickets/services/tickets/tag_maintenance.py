"""List, rename and merge tags (rule M2)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, delete, func, insert, literal, or_, select, true, update

from ...actor import Actor
from ...current import current_tickets
from ...errors import Invalid, NotAllowed, NotFound
from ...i18n import gettext
from ...models import utc_now
from ...models.status import EDITED
from ...models.tag import key_of
from ..access import require_id, scope_of, visible_tickets
from ..database import run
from ..validation import clean_fields
from .counters import count_changes
from .fields import TAGS
from .tags import TAG


class TagInfo(NamedTuple):
    """A tag and the number of tickets with it that the actor can see."""

    id: int
    name: str
    ticket_count: int


def list_tags(*, actor: Actor) -> list[TagInfo]:
    """Return all tags, sorted by name. Raises `NotAllowed` if the actor is not staff."""
    if not actor.is_staff:
        raise NotAllowed
    models = current_tickets.models
    tag, tagging = models.TicketTag.__table__, models.TicketTagging.__table__
    is_counted = tagging.c.tag_id == tag.c.id
    if not scope_of(actor).is_all:
        is_counted &= tagging.c.ticket_id.in_(visible_tickets(actor))
    query = select(tag.c.id, tag.c.name, func.count(tagging.c.ticket_id).label("ticket_count"))
    query = query.select_from(tag.outerjoin(tagging, is_counted))
    query = query.group_by(tag.c.id, tag.c.name, tag.c.name_key).order_by(tag.c.name_key)
    return [TagInfo(row.id, row.name, row.ticket_count) for row in run(query)]


def check_tag(tag_id: int) -> None:
    """Raise `NotFound` if the tag does not exist."""
    c = current_tickets.models.TicketTag.__table__.c
    if run(select(c.id).where(c.id == literal(tag_id, BigInteger()))).first() is None:
        raise NotFound


def rename_tag(*, actor: Actor, tag_id: int, name: str, may_merge: bool = False) -> str:
    """Rename a tag and return its new name. Each of its tickets gets an internal event.

    With ``may_merge``, a tag is merged into the one that already has the name, if there is one.

    Raises `NotAllowed` if the actor is not staff, `NotFound` if the tag does not exist, and
    `Invalid` with the field ``name``, or with ``merge`` if another tag has the name.
    """
    require_id(actor)
    if not actor.is_staff:
        raise NotAllowed
    name = clean_fields(name=(TAG.deserialize, name))["name"]
    table = current_tickets.models.TicketTag.__table__
    query = select(table).where(or_(table.c.id == tag_id, table.c.name_key == key_of(name)))
    found = {row.id: row for row in run(query.order_by(table.c.id).with_for_update())}
    if (tag := found.pop(tag_id, None)) is None:
        raise NotFound
    [other] = found.values() or [None]
    if other is not None and not may_merge:
        message = gettext("There is already a tag “%(tag)s”.") % {"tag": other.name}
        raise Invalid({"merge": [message]})
    if other is None and tag.name == name:
        return name
    _record(actor, tag, name if other is None else other.name)
    if other is None:
        renamed = {"name": name, "name_key": key_of(name)}
        run(update(table).where(table.c.id == tag_id).values(renamed))
        return name
    _move_tickets(tag_id, other.id)
    run(delete(table).where(table.c.id == tag_id))
    return str(other.name)


def _record(actor: Actor, tag: Any, name: str) -> None:
    """Record an internal event for each ticket with the tag, so that its version changes (H1)."""
    models, now = current_tickets.models, utc_now()
    ticket, event = models.Ticket.__table__, models.TicketEvent.__table__
    tagging = models.TicketTagging.__table__
    is_tagged = ticket.c.id.in_(select(tagging.c.ticket_id).where(tagging.c.tag_id == tag.id))
    counted = {each: ticket.c[each] + 1 for each in ("version", "internal_event_count")}
    changed = run(update(ticket).where(is_tagged).values(counted))
    values = {
        "ticket_id": ticket.c.id,
        "action": literal(EDITED),
        "user_id": literal(actor.id, event.c.user_id.type),
        "from_status": ticket.c.status,
        "to_status": ticket.c.status,
        "is_internal": true(),
        "changes": literal(json.dumps({TAGS.key: {"from": [tag.name], "to": [name]}})),
        "created_at": literal(now, event.c.created_at.type),
    }
    run(insert(event).from_select([*values], select(*values.values()).where(is_tagged)))
    count_changes(changed.rowcount)


def _move_tickets(source_id: int, target_id: int) -> None:
    models = current_tickets.models
    ticket, tagging = models.Ticket.__table__, models.TicketTagging.__table__
    ticket_id, tag_id = tagging.c.ticket_id, tagging.c.tag_id
    # In subqueries, because MariaDB cannot otherwise read the table that it changes.
    have_source, have_target = (
        select(select(ticket_id).where(tag_id == each).subquery().c.ticket_id)
        for each in (source_id, target_id)
    )
    have_both = ticket.c.id.in_(have_source), ticket.c.id.in_(have_target)
    run(update(ticket).where(*have_both).values(tag_count=ticket.c.tag_count - 1))
    moved = select(ticket_id, literal(target_id)).where(
        tag_id == source_id, ticket_id.not_in(have_target)
    )
    run(insert(tagging).from_select(["ticket_id", "tag_id"], moved))
    run(delete(tagging).where(tag_id == source_id))
