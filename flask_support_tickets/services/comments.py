"""Write: comment on a ticket, or reply to a comment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from ..current import current_tickets
from ..errors import CommentsNotAllowed, Invalid
from ..i18n import gettext
from ..models import utc_now
from ..policy import Actor
from ..signals import CommentAdded, comment_added
from ..transaction import announce
from .attachments import attach, check_uploads
from .changes import change_ticket
from .content import clean_attachment_urls, clean_comment, clean_fields
from .history import record_event
from .permissions import commenting_statuses, sides_of
from .quotas import hold_to_comments, take_turns
from .reads import get_ticket
from .search import index_words
from .uploads import KeptFile


def add_comment(
    *,
    actor: Actor,
    ticket_id: int,
    text: str,
    parent_comment_id: int | None = None,
    attachment_urls: Sequence[str] | None = None,
    files: Sequence[KeptFile] = (),
    only_version: int | None = None,
) -> Any:
    """Write a comment and return it. For attachments, see `open_ticket`.

    Raises `Invalid` for content that breaks a rule, for a parent that is not of this ticket and
    for a reply nested too deep; `NotFound` for a ticket the actor may not see;
    `PreconditionFailed` when it has another version than ``only_version`` by then (E3);
    `CommentsNotAllowed` when its status does not allow the actor to comment (W4);
    `TooManyRequests` when there were too many within the hour (Q1).
    """
    text, urls = clean_fields(
        text=(clean_comment, text), attachmentUrls=(clean_attachment_urls, attachment_urls)
    ).values()
    ticket = get_ticket(actor=actor, ticket_id=ticket_id)
    parent = _find_parent(ticket_id, parent_comment_id)
    check_uploads(urls, actor)
    take_turns(actor)
    now = utc_now()
    _change(ticket, actor, now, is_reply=parent is not None, only_version=only_version)
    count = len(urls) + len(files)
    comment = _insert(actor, ticket_id, parent, text=text, attachment_count=count, created_at=now)
    hold_to_comments(actor, now)
    index_words(ticket_id, text)
    attach(urls, files, actor=actor, ticket_id=ticket_id, comment_id=comment.id, at=now)
    _tell(actor, ticket, comment)
    return comment


def _find_parent(ticket_id: int, parent_comment_id: int | None) -> Any | None:
    if parent_comment_id is None:
        return None
    model = current_tickets.models.TicketComment
    parent = current_tickets.session.scalar(
        select(model).where(model.id == parent_comment_id, model.ticket_id == ticket_id)
    )
    if parent is None:
        raise Invalid({"parentCommentId": [gettext("There is no such comment on this ticket.")]})
    if parent.depth >= current_tickets.config.max_reply_depth:
        raise Invalid({"parentCommentId": [gettext("Replies cannot be nested any deeper.")]})
    return parent


def _change(
    ticket: Any, actor: Actor, at: datetime, *, is_reply: bool, only_version: int | None
) -> None:
    change_ticket(
        ticket,
        while_in=commenting_statuses(sides_of(actor, ticket)),
        refusal=CommentsNotAllowed,
        values=_counted(is_reply=is_reply) | _waiting(actor, at),
        at=at,
        only_version=only_version,
    )


def _counted(*, is_reply: bool) -> dict[str, Any]:
    model = current_tickets.models.Ticket
    counted = {"comment_count": model.comment_count + 1}
    return counted if is_reply else counted | {"thread_count": model.thread_count + 1}


def _waiting(actor: Actor, at: datetime) -> dict[str, Any]:
    """Return what a comment changes about who waits for whom, since when (R2)."""
    model = current_tickets.models.Ticket
    if not actor.is_staff:
        return {"awaiting_since": func.coalesce(model.awaiting_since, at)}
    return {
        "awaiting_since": None,
        "first_reply_at": func.coalesce(model.first_reply_at, at),
        "staff_comment_count": model.staff_comment_count + 1,
    }


def _insert(actor: Actor, ticket_id: int, parent: Any | None, **content: Any) -> Any:
    model = current_tickets.models.TicketComment
    session = current_tickets.session
    comment = model(ticket_id=ticket_id, user_id=actor.id, is_staff=actor.is_staff, **content)
    if parent is not None:
        comment.parent_comment_id = parent.id
        comment.root_comment_id = parent.root_comment_id or parent.id
        comment.depth = parent.depth + 1
        session.execute(
            update(model)
            .where(model.id == parent.id)
            .values(reply_count=model.reply_count + 1)
            .execution_options(synchronize_session=False)
        )
        session.expire(parent, ["reply_count"])
    session.add(comment)
    session.flush()
    return comment


def _tell(actor: Actor, ticket: Any, comment: Any) -> None:
    parent_id, at = comment.parent_comment_id, comment.created_at
    record_event(
        "Comment",
        actor=actor,
        ticket_id=ticket.id,
        from_status=ticket.status,
        to_status=ticket.status,
        comment_id=comment.id,
        at=at,
    )
    payload = CommentAdded(ticket.id, comment.id, parent_id, actor.id, comment.is_staff, at)
    announce(comment_added, payload)
