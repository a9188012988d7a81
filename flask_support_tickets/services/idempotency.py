"""Idempotency keys for forms and for the ``Idempotency-Key`` header (rules F1 and F2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import delete, select

from ..actor import Actor
from ..current import current_tickets
from ..errors import IdempotencyConflict, TooManyRequests
from ..models import utc_now
from ..models.user_key import UserId
from .attachments.uploads import StoredUpload
from .database import run

T = TypeVar("T")

LIFETIME = timedelta(hours=24)


def create_with_key(
    use_case: Callable[..., T],
    *,
    actor: Actor,
    key: str | None,
    files: Sequence[StoredUpload] = (),
    **content: Any,
) -> T:
    """Run `open_ticket` or `add_comment` and return what it created.

    With a ``key``, repeating the call with the same user and content within 24 hours returns what
    was created the first time (F1). If the content has been edited, something new is created.
    """
    if key is None:
        return use_case(actor=actor, files=files, **content)
    models = current_tickets.models
    key_hash = _hash("form", key, use_case.__name__, content, _identify(files))
    previous = _find(actor.id, key_hash)
    if previous is not None:
        model = models.Ticket if previous.comment_id is None else models.TicketComment
        key_of_found = previous.comment_id or previous.ticket_id
        found: T | None = current_tickets.session.get(model, key_of_found)
        if found is not None:
            return found
        _forget(previous)  # SQLite keeps the key when SQL deletes the ticket
    created: Any = use_case(actor=actor, files=files, **content)
    is_ticket = isinstance(created, models.Ticket)
    ids = (created.id, None) if is_ticket else (created.ticket_id, created.id)
    _record(actor.id, key_hash, content_hash=key_hash, ticket_id=ids[0], comment_id=ids[1])
    return cast(T, created)


def respond_with_key(
    use_case: Callable[..., Any],
    *,
    actor: Actor,
    key: str | None,
    path: str,
    dump: Callable[[Any], dict[str, Any]],
    files: Sequence[StoredUpload] = (),
    **content: Any,
) -> dict[str, Any]:
    """Run ``use_case`` and return what it created, serialized with ``dump``.

    With a ``key``, the response is stored in the same transaction. For 24 hours, the same key from
    the same user returns it again (F2). Raises `IdempotencyConflict` if the key was used with
    different content or a different ``path``, unless ``use_case`` raises another error first.
    """
    if key is None:
        return dump(use_case(actor=actor, files=files, **content))
    key_hash = _hash("key", key)
    # Staff get other responses than requesters do, even to the same request.
    content_hash = _hash(path, content, _identify(files), actor.is_staff)
    previous = _find(actor.id, key_hash)
    if previous is not None and previous.content_hash == content_hash:
        stored: dict[str, Any] = json.loads(previous.answer)
        return stored
    try:
        response = dump(use_case(actor=actor, files=files, **content))
    except TooManyRequests:
        if previous is not None:
            raise IdempotencyConflict from None
        raise
    if previous is not None:  # rolls back what was just created
        raise IdempotencyConflict
    _record(actor.id, key_hash, content_hash=content_hash, answer=json.dumps(response))
    return response


def is_first_time(user_id: UserId, *parts: str) -> bool:
    """Return whether this is the first call with these arguments within 24 hours, and record it.

    Of concurrent calls, one returns True; the units of work of the others are retried.
    """
    key_hash = _hash("once", *parts)
    if _find(user_id, key_hash) is not None:
        return False
    _record(user_id, key_hash, content_hash=key_hash)
    return True


def forget_old_keys() -> int:
    """Delete the keys that are older than 24 hours and return their number."""
    table = current_tickets.models.TicketSubmission.__table__
    return run(delete(table).where(table.c.created_at < utc_now() - LIFETIME)).rowcount


def _find(user_id: Any, key_hash: str) -> Any | None:
    model = current_tickets.models.TicketSubmission
    session = current_tickets.session
    found = session.scalar(select(model).where(model.user_id == user_id, model.mark == key_hash))
    if found is not None and found.created_at < utc_now() - LIFETIME:
        _forget(found)
        return None
    return found


def _forget(submission: Any) -> None:
    current_tickets.session.delete(submission)
    current_tickets.session.flush()


def _record(user_id: Any, key_hash: str, **columns: Any) -> None:
    model = current_tickets.models.TicketSubmission
    submission = model(mark=key_hash, user_id=user_id, created_at=utc_now(), **columns)
    current_tickets.session.add(submission)
    current_tickets.session.flush()


def _identify(files: Sequence[StoredUpload]) -> list[list[str]]:
    return [[file.filename, file.sha256] for file in files]


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
