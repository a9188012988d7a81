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
    made the first time (F1). The content is part of it: a form that was sent, changed and sent
    again is a new one.
    """
    if key is None:
        return use_case(actor=actor, **_given(files), **content)
    mark = _hash("form", key, use_case.__name__, content, _marks_of(files))
    known = _find(actor, mark)
    if known is not None:
        models = current_tickets.models
        model = models.Ticket if known.comment_id is None else models.TicketComment
        row_id = known.comment_id or known.ticket_id
        found: T = current_tickets.session.get(model, row_id)
        return found
    made: Any = use_case(actor=actor, **_given(files), **content)
    _record(actor, mark, content_hash=mark, **_ids_of(made))
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

    With a ``key``, the answer is remembered in the same transaction for 24 hours, and the same
    key of the same user gives it again (F2). Raises `IdempotencyConflict` when the key came with
    other content, or on another ``path``, before; what ``use_case`` raises comes first.
    """
    if key is None:
        return dump(use_case(actor=actor, **_given(files), **content))
    mark = _hash("key", key)
    content_hash = _hash(path, content, _marks_of(files))
    known = _find(actor, mark)
    if known is not None and known.content_hash == content_hash:
        recorded: dict[str, Any] = json.loads(known.answer)
        return recorded
    try:
        answer = dump(use_case(actor=actor, **_given(files), **content))
    except TooManyRequests:
        if known is not None:
            raise IdempotencyConflict from None
        raise
    if known is not None:  # the unit is rolled back, with what was made just now
        raise IdempotencyConflict
    _record(actor, mark, content_hash=content_hash, answer=json.dumps(answer))
    return answer


def forget_old_keys() -> int:
    """Remove what is older than 24 hours, and return how many rows that were."""
    model = current_tickets.models.TicketSubmission
    removed = current_tickets.session.execute(
        delete(model).where(model.created_at < utc_now() - LIFETIME),
        execution_options={"synchronize_session": False},
    )
    return int(removed.rowcount)


def _find(actor: Actor, mark: str) -> Any | None:
    model = current_tickets.models.TicketSubmission
    session = current_tickets.session
    found = session.scalar(select(model).where(model.user_id == actor.id, model.mark == mark))
    if found is not None and found.created_at < utc_now() - LIFETIME:
        session.delete(found)
        session.flush()
        return None
    return found


def _given(files: Sequence[StoredUpload]) -> dict[str, Any]:
    return {"files": files} if files else {}


def _marks_of(files: Sequence[StoredUpload]) -> list[list[str]]:
    return [[file.filename, file.sha256] for file in files]


def _ids_of(made: Any) -> dict[str, int]:
    if isinstance(made, current_tickets.models.Ticket):
        return {"ticket_id": made.id}
    return {"ticket_id": made.ticket_id, "comment_id": made.id}


def _record(actor: Actor, mark: str, **columns: Any) -> None:
    model = current_tickets.models.TicketSubmission
    submission = model(mark=mark, user_id=actor.id, created_at=utc_now(), **columns)
    current_tickets.session.add(submission)
    current_tickets.session.flush()


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
