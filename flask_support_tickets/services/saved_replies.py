"""Saved replies: texts that staff insert into their comments (rule M3)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)

from ..actor import Actor
from ..current import current_tickets
from ..errors import Invalid, NotAllowed, NotFound
from ..i18n import gettext, lazy_gettext
from ..models import utc_now
from ..models.comment import TEXT_MAX
from ..models.saved_reply import TITLE_MAX
from ..ticket_field import CleanText
from .access import require_id
from .database import rows_of, run
from .read_models import TicketInfo
from .search.tokenizer import fold
from .validation import clean_fields

TITLE = CleanText(TITLE_MAX, single_line=True, required=True, blank=lazy_gettext("Enter a title."))
TEXT = CleanText(TEXT_MAX, required=True, blank=lazy_gettext("Enter the text."))
_PLACEHOLDER = re.compile(r"\{(requester|ticket|staff|department)\}")


class SavedReplyInfo(NamedTuple):
    """A saved reply, whose placeholders are not filled in."""

    id: int
    title: str
    text: str


def list_saved_replies(*, actor: Actor, search: str = "") -> list[SavedReplyInfo]:
    """Return the saved replies that contain all words of ``search``, sorted by title.

    Case and accents are ignored. Raises `NotAllowed` if the actor is not staff.
    """
    _require_staff(actor)
    c, words = _table().c, fold(search).split()
    replies = [SavedReplyInfo(*row) for row in rows_of(select(c.id, c.title, c.text))]
    if words:
        replies = [reply for reply in replies if _contains(reply, words)]
    return sorted(replies, key=lambda reply: _sort_key(reply.title))


def list_saved_reply_titles(*, actor: Actor) -> dict[int, str]:
    """Return the titles by id, sorted. Raises `NotAllowed` if the actor is not staff."""
    _require_staff(actor)
    c = _table().c
    rows = rows_of(select(c.id, c.title))
    return dict(sorted(((row.id, row.title) for row in rows), key=lambda each: _sort_key(each[1])))


def get_saved_reply(*, actor: Actor, reply_id: int) -> SavedReplyInfo:
    """Return a saved reply. Raises `NotAllowed` or `NotFound`."""
    _require_staff(actor)
    c = _table().c
    row = run(select(c.id, c.title, c.text).where(_has_id(reply_id))).first()
    if row is None:
        raise NotFound
    return SavedReplyInfo(row.id, row.title, row.text)


def create_saved_reply(*, actor: Actor, title: str, text: str) -> SavedReplyInfo:
    """Create a saved reply, or return the existing one with the same title and text.

    Raises `NotAllowed`, and `Invalid` for invalid text or the title of another saved reply.
    """
    content = _clean(actor, title=title, text=text)
    other = run(select(_table()).where(_table().c.title == content["title"])).first()
    if other is not None and other.text != content["text"]:
        raise _title_is_taken(other.title)
    if other is not None:
        return SavedReplyInfo(other.id, other.title, other.text)
    now = utc_now()
    added = insert(_table()).values(**content, created_at=now, updated_at=now)
    key: Any = run(added).inserted_primary_key
    return SavedReplyInfo(key[0], **content)


def update_saved_reply(*, actor: Actor, reply_id: int, title: str, text: str) -> SavedReplyInfo:
    """Update a saved reply. Raises `NotAllowed`, `NotFound`, and `Invalid` as for a new one."""
    content = _clean(actor, title=title, text=text)
    table = _table()
    query = select(table).where(or_(_has_id(reply_id), table.c.title == content["title"]))
    found = {row.id: row for row in run(query.order_by(table.c.id).with_for_update())}
    if (reply := found.pop(reply_id, None)) is None:
        raise NotFound
    if found:
        raise _title_is_taken(content["title"])
    if (reply.title, reply.text) != (content["title"], content["text"]):
        run(update(table).where(_has_id(reply_id)).values(**content, updated_at=utc_now()))
    return SavedReplyInfo(reply_id, **content)


def delete_saved_reply(*, actor: Actor, reply_id: int) -> None:
    """Delete a saved reply. Comments keep its text. Raises `NotAllowed` or `NotFound`."""
    _require_permission(actor)
    if not run(delete(_table()).where(_has_id(reply_id))).rowcount:
        raise NotFound


def fill_placeholders(text: str, *, actor: Actor, ticket: TicketInfo) -> str:
    """Return ``text`` with its placeholders filled in. Unknown ones stay as they are."""
    values = {
        "requester": ticket.user_name,
        "ticket": f"#{ticket.id}",
        "staff": actor.name,
        "department": ticket.department or "",
    }
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _table() -> Table:
    table: Table = current_tickets.models.TicketSavedReply.__table__
    return table


def _has_id(reply_id: int) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = _table().c.id == literal(reply_id, BigInteger())
    return condition


def _contains(reply: SavedReplyInfo, words: list[str]) -> bool:
    text = fold(f"{reply.title} {reply.text}")
    return all(word in text for word in words)


def _sort_key(title: str) -> tuple[str, str]:
    """Return a key that sorts titles in the same way on all databases."""
    return fold(title), title


def _require_staff(actor: Actor) -> None:
    if not actor.is_staff:
        raise NotAllowed


def _require_permission(actor: Actor) -> None:
    """All staff can insert saved replies. Changing them requires a permission (A3)."""
    require_id(actor)
    _require_staff(actor)
    if "saved_replies" not in actor.permissions:
        raise NotAllowed


def _clean(actor: Actor, *, title: str, text: str) -> dict[str, Any]:
    _require_permission(actor)
    return clean_fields(title=(TITLE.deserialize, title), text=(TEXT.deserialize, text))


def _title_is_taken(title: str) -> Invalid:
    message = gettext("There's already a saved reply called “%(title)s”.") % {"title": title}
    return Invalid({"title": [message]})
