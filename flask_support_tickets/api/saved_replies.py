"""``/api/ticket-saved-replies``: list the texts that staff insert into their comments."""

from __future__ import annotations

from typing import Any

from .. import services
from ..actor import Actor
from ..schemas.responses import SavedReplyListSchema
from .operation import operation


@operation("GET", "/ticket-saved-replies", SavedReplyListSchema, refusals=("not_allowed",))
def list_saved_replies(actor: Actor) -> dict[str, Any]:
    """List the saved replies, sorted by title."""
    replies = services.list_saved_replies(actor=actor)
    return {"savedReplies": [reply._asdict() for reply in replies]}
