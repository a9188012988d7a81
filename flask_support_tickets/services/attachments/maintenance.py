"""Sweep unused uploads and verify stored files for CLI commands (rule B9)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import delete, func, select

from ...current import current_tickets
from ...models import utc_now
from ...storage import MissingFile
from ...transaction import unit_of_work
from .uploads import paths_of, store_path

#: Wraps an iterable to show progress. The second argument is the iterable's length, if known.
Progress = Callable[[Iterable[Any], int | None], Iterable[Any]]
_BATCH = 500


@dataclass
class SweepResult:
    """The number of uploads and files that a sweep removed or, in a dry run, would remove."""

    uploads: int = 0
    files: int = 0


@dataclass
class VerifyResult:
    """The number of checked files, and the ids of attachments with missing or altered files."""

    checked: int = 0
    missing: list[int] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)


def no_progress(items: Iterable[Any], length: int | None) -> Iterable[Any]:
    """Return ``items`` without showing any progress."""
    return items


def sweep_attachments(
    *, older_than: timedelta, dry_run: bool = False, progress: Progress = no_progress
) -> SweepResult:
    """Remove unused uploads, and files without a row, if they are older than ``older_than``.

    ``older_than`` must exceed the duration of a request, because files have no rows during uploads.
    Rows are deleted before their files. Commits in batches; must not run inside a unit of work.
    """
    before, store = utc_now() - older_than, current_tickets.store
    column = current_tickets.models.TicketAttachment.storage_key
    swept = SweepResult()
    if dry_run:
        swept.uploads = len(_unused_keys(before, limit=None))
    while not dry_run and (keys := _unused_keys(before, limit=_BATCH)):
        deleted = unit_of_work(_delete_unused, keys)
        for path in chain.from_iterable(map(paths_of, deleted)):
            store.remove(path)
        swept.uploads += len(deleted)
    paths = list(store.walk())
    known: set[str] = set()
    for start in range(0, len(paths), _BATCH):
        names = {path.rpartition("/")[2] for path in paths[start : start + _BATCH]}
        query = select(column).where(column.in_(names))
        known.update(current_tickets.session.scalars(query))
    for path in progress(paths, len(paths)):
        if path.rpartition("/")[2] not in known and _is_old(path, before):
            swept.files += 1
            if not dry_run:
                store.remove(path)
    return swept


def verify_attachments(*, progress: Progress = no_progress) -> VerifyResult:
    """Compare the size and SHA-256 hash of every stored file with its row."""
    model = current_tickets.models.TicketAttachment
    total = current_tickets.session.scalar(select(func.count(model.storage_key)))
    verified = VerifyResult()
    for row in progress(_file_rows(), total):
        verified.checked += 1
        try:
            stored: Any = current_tickets.store.open(store_path(row.storage_key))
            with stored as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                if (file.tell(), sha256) != (row.size, row.sha256):
                    verified.altered.append(row.id)
        except MissingFile:
            verified.missing.append(row.id)
    return verified


def _unused_keys(before: datetime, *, limit: int | None) -> Sequence[str]:
    model, session = current_tickets.models.TicketAttachment, current_tickets.session
    query = select(model.storage_key).where(model.ticket_id.is_(None), model.created_at < before)
    found: Sequence[str] = session.scalars(query.limit(limit)).all()
    session.rollback()
    return found


def _delete_unused(keys: Sequence[str]) -> Sequence[str]:
    """Delete the rows that are still unused and return their keys."""
    model, session = current_tickets.models.TicketAttachment, current_tickets.session
    session.execute(
        delete(model).where(model.storage_key.in_(keys), model.ticket_id.is_(None)),
        execution_options={"synchronize_session": False},
    )
    kept = set(session.scalars(select(model.storage_key).where(model.storage_key.in_(keys))))
    return [key for key in keys if key not in kept]


def _is_old(path: str, before: datetime) -> bool:
    try:
        return current_tickets.store.modified_at(path) < before
    except MissingFile:  # the upload has just been finished or aborted
        return False


def _file_rows() -> Iterator[Any]:
    model = current_tickets.models.TicketAttachment
    query = select(model.id, model.storage_key, model.size, model.sha256)
    query = query.where(model.storage_key.is_not(None)).order_by(model.id).limit(_BATCH)
    last = 0
    while rows := current_tickets.session.execute(query.where(model.id > last)).all():
        yield from rows
        last = rows[-1].id
