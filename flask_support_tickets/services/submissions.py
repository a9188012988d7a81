"""What was sent once counts once: one-time keys of forms, ``Idempotency-Key`` (rules F1, F2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from ..current import current_tickets
from ..errors import IdempotencyConflict
from ..models import utc_now
from ..policy import Actor
from .uploads import KeptFile

#: How long a key is remembered.
LIFETIME = timedelta(hours=24)


def marks_of(files: Sequence[KeptFile]) -> list[list[str]]:
    """Return what tells files of one content and name from others."""
    return [[file.filename, file.sha256] for file in files]


def made_by_form(
    actor: Actor, model: Any, key: str | None, content: Sequence[Any]
) -> tuple[str | None, Any | None]:
    """Return the mark of a form, and the ticket or comment it made before, if it did.

    The content is part of the mark: a form that was sent, changed and sent again is a new one.
    """
    if key is None:
        return None, None
    mark = _hash("form", key, *content)
    made = _find(actor, mark)
    if made is None:
        return mark, None
    is_ticket = model is current_tickets.models.Ticket
    row_id = made.ticket_id if is_ticket else made.comment_id
    return mark, current_tickets.session.get(model, row_id)


def record_form(mark: str | None, *, actor: Actor, **made: Any) -> None:
    """Remember what a form made; the unique key stops a simultaneous twin at this flush."""
    if mark is not None:
        _record(actor, mark, content_hash=mark, **made)


def answer_once(
    use_case: Callable[..., Any],
    *,
    actor: Actor,
    key: str | None,
    sent: Sequence[Any],
    dump: Callable[[Any], Any],
    files: Sequence[KeptFile] = (),
    **arguments: Any,
) -> Any:
    """Run ``use_case`` and return ``dump`` of what it made, as JSON-ready data.

    With a ``key``, the answer is remembered in the same transaction for 24 hours, and the same
    key of the same user gives it again. ``sent`` is what was asked for. Raises
    `IdempotencyConflict` when the key came with something else before.
    """
    given = {"files": files} if files else {}
    if key is None:
        return dump(use_case(actor=actor, **arguments, **given))
    mark, content_hash = _hash("key", key), _hash(*sent, *marks_of(files))
    known = _find(actor, mark)
    if known is not None:
        if known.content_hash != content_hash:
            raise IdempotencyConflict
        return json.loads(known.answer)
    answer = dump(use_case(actor=actor, **arguments, **given))
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


def _record(actor: Actor, mark: str, **columns: Any) -> None:
    model = current_tickets.models.TicketSubmission
    submission = model(mark=mark, user_id=actor.id, created_at=utc_now(), **columns)
    current_tickets.session.add(submission)
    current_tickets.session.flush()


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
