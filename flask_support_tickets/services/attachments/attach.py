"""Attach uploads and links to tickets and comments (rules B4 to B6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from ...actor import Actor
from ...current import current_tickets
from ...errors import Invalid, NotFound
from ...models import TicketAttachmentMixin, utc_now
from ...models.attachment import KEY_PATTERN
from ..access import require_id, visible_attachments
from ..database import rows_of, run
from ..read_models import AttachmentInfo, columns_of
from ..validation import key_or_url, no_such_upload, upload_key
from .uploads import StoredUpload


def add_upload(*, actor: Actor, files: Sequence[StoredUpload]) -> TicketAttachmentMixin:
    """Add and return a row for an upload that ``actor`` can attach later."""
    require_id(actor)
    [file] = files
    attachment = _row(actor, utc_now(), **asdict(file))
    current_tickets.session.add(attachment)
    current_tickets.session.flush()
    return attachment


def get_attachment(*, actor: Actor, storage_key: str, filename: str) -> AttachmentInfo:
    """Return a file on a ticket that the actor can see, or one of the actor's unused uploads.

    Raises `NotFound` if there is no such file, or if it has a different name (B6).
    """
    if re.fullmatch(KEY_PATTERN, storage_key) is None:
        raise NotFound
    model = current_tickets.models.TicketAttachment
    query = visible_attachments(actor, *columns_of(AttachmentInfo, model))
    row = run(query.where(model.storage_key == storage_key)).one_or_none()
    if row is None or row.filename != filename:
        raise NotFound
    return AttachmentInfo(**row._asdict())


def check_uploads(urls: Sequence[str], actor: Actor) -> list[str]:
    """Return the names of the attachments: the URLs of links, and the file names of uploads.

    Raises `Invalid` if an upload in ``urls`` is missing, already used or someone else's (B5).
    """
    keys = [key for url in urls if (key := upload_key(url))]
    links = [url for url in urls if not upload_key(url)]
    if not keys:
        return links
    model = current_tickets.models.TicketAttachment
    query = select(model.storage_key, model.filename).where(*_usable(keys, actor))
    names = {row.storage_key: row.filename for row in rows_of(query)}
    if sorted(names) != sorted(keys):
        raise Invalid({"attachmentUrls": [no_such_upload()]})
    return [*links, *names.values()]


def attach(
    urls: Sequence[str],
    files: Sequence[StoredUpload],
    *,
    actor: Actor,
    ticket_id: int,
    comment_id: int | None = None,
    kept: Mapping[str | None, int] | None = None,
    at: datetime,
) -> None:
    """Attach ``urls``, which must have been checked, and then ``files`` to a ticket or comment.

    ``kept`` contains the ids of the current attachments, by `key_or_url`. Those that are not in
    ``urls`` are deleted; the sweep removes their files.
    """
    items: list[str | StoredUpload] = [*urls, *files]
    rows: list[Any] = []
    present, model = {**(kept or {})}, current_tickets.models.TicketAttachment
    if removed := [present[each] for each in present.keys() - map(key_or_url, urls)]:
        run(delete(model.__table__).where(model.__table__.c.id.in_(removed)))
    for position, item in enumerate(items):
        place = {"position": position, "ticket_id": ticket_id, "comment_id": comment_id}
        if isinstance(item, str) and (number := present.pop(key_or_url(item), None)):
            moved = update(model).where(model.id == number).values(position=position)
            current_tickets.session.execute(moved)
        elif isinstance(item, StoredUpload):
            rows.append(_row(actor, at, **asdict(item), **place))
        elif key := upload_key(item):
            _use_upload(key, actor, **place)
        else:
            rows.append(_row(actor, at, url=item, **place))
    if rows:
        current_tickets.session.add_all(rows)
        current_tickets.session.flush()  # so that queries include the rows


def _row(actor: Actor, at: datetime, **columns: Any) -> TicketAttachmentMixin:
    model = current_tickets.models.TicketAttachment
    row: TicketAttachmentMixin = model(user_id=actor.id, created_at=at, **columns)
    return row


def _use_upload(storage_key: str, actor: Actor, **place: Any) -> None:
    model = current_tickets.models.TicketAttachment
    used = current_tickets.session.execute(
        update(model)
        .where(*_usable([storage_key], actor))
        .values(**place)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # a concurrent request used it first
        raise Invalid({"attachmentUrls": [no_such_upload()]})


def _usable(keys: Sequence[str], actor: Actor) -> tuple[Any, ...]:
    model = current_tickets.models.TicketAttachment
    return model.storage_key.in_(keys), model.ticket_id.is_(None), model.user_id == actor.id
