"""Run a form or request once: one-time keys and ``Idempotency-Key`` (rules F1 and F2)."""

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
from .attachments.uploads import StoredUpload
from .database import run

T = TypeVar("T")

#: How long a key is remembered.
LIFETIME = timedelta(hours=24)


def create_with_key(
    use_case: Callable[..., T],
    *,
    actor: Actor,
    key: str | None,
    files: Sequence[StoredUpload] = (),
    **content: Any,
) -> T:
    """Run `open_ticket` or `add_comment` and return what it made.

    With a ``key``, the same content sent again by the same user within 24 hours returns what it
    made the first time (F1). The content is part of it: a form that is changed and sent again is
    a new one.
    """
    if key is None:
        return use_case(actor=actor, files=files, **content)
    models = current_tickets.models
    mark = _hash("form", key, use_case.__name__, content, _marks_of(files))
    known = _find(actor, mark)
    if known is not None:
        model = models.Ticket if known.comment_id is None else models.TicketComment
        found: T = current_tickets.session.get(model, known.comment_id or known.ticket_id)
        return found
    made: Any = use_case(actor=actor, files=files, **content)
    is_ticket = isinstance(made, models.Ticket)
    ids = (made.id, None) if is_ticket else (made.ticket_id, made.id)
    _record(actor, mark, content_hash=mark, ticket_id=ids[0], comment_id=ids[1])
    return cast(T, made)


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
    """Run ``use_case`` and return ``dump`` of what it made, as JSON-ready data.

    With a ``key``, the response is stored in the same transaction for 24 hours, and returned again
    to the same key of the same user (F2). Raises `IdempotencyConflict` if the key was used with
    other content or on another ``path``, unless ``use_case`` raises an error first.
    """
    if key is None:
        return dump(use_case(actor=actor, files=files, **content))
    mark = _hash("key", key)
    content_hash = _hash(path, content, _marks_of(files))
    known = _find(actor, mark)
    if known is not None and known.content_hash == content_hash:
        recorded: dict[str, Any] = json.loads(known.answer)
        return recorded
    try:
        answer = dump(use_case(actor=actor, files=files, **content))
    except TooManyRequests:
        if known is not None:
            raise IdempotencyConflict from None
        raise
    if known is not None:  # the unit is rolled back, with what was just made
        raise IdempotencyConflict
    _record(actor, mark, content_hash=content_hash, answer=json.dumps(answer))
    return answer


def forget_old_keys() -> int:
    """Remove keys older than 24 hours and return how many there were."""
    table = current_tickets.models.TicketSubmission.__table__
    return run(delete(table).where(table.c.created_at < utc_now() - LIFETIME)).rowcount


def _find(actor: Actor, mark: str) -> Any | None:
    model = current_tickets.models.TicketSubmission
    session = current_tickets.session
    found = session.scalar(select(model).where(model.user_id == actor.id, model.mark == mark))
    if found is not None and found.created_at < utc_now() - LIFETIME:
        session.delete(found)
        session.flush()
        return None
    return found


def _record(actor: Actor, mark: str, **columns: Any) -> None:
    model = current_tickets.models.TicketSubmission
    submission = model(mark=mark, user_id=actor.id, created_at=utc_now(), **columns)
    current_tickets.session.add(submission)
    current_tickets.session.flush()


def _marks_of(files: Sequence[StoredUpload]) -> list[list[str]]:
    return [[file.filename, file.sha256] for file in files]


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
