"""A form sent twice counts once (rule F1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..current import current_tickets
from ..policy import Actor
from .uploads import KeptFile


def fingerprint(submission_key: str | None, *content: Any) -> str | None:
    """Return the hash of a form's one-time key and content; None without a key.

    The content is part of it: a form that was sent, changed and sent again is a new one.
    """
    if submission_key is None:
        return None
    return hashlib.sha256(json.dumps([submission_key, *content]).encode()).hexdigest()


def marks_of(files: Sequence[KeptFile]) -> list[list[str]]:
    """Return what tells files of one content and name from others."""
    return [[file.filename, file.sha256] for file in files]


def find_submitted(actor: Actor, mark: str | None) -> Any | None:
    """Return what ``actor`` made with this fingerprint before, if anything."""
    if mark is None:
        return None
    model = current_tickets.models.TicketSubmission
    return current_tickets.session.scalar(
        select(model).where(model.user_id == actor.id, model.fingerprint == mark)
    )


def record_submission(
    mark: str | None,
    *,
    actor: Actor,
    ticket_id: int,
    at: datetime,
    comment_id: int | None = None,
) -> None:
    """Remember the fingerprint; the unique key stops a simultaneous twin at this flush."""
    if mark is None:
        return
    submission = current_tickets.models.TicketSubmission(
        fingerprint=mark,
        user_id=actor.id,
        ticket_id=ticket_id,
        comment_id=comment_id,
        created_at=at,
    )
    current_tickets.session.add(submission)
    current_tickets.session.flush()
