"""Add a comment or reply to a ticket, with an optional transition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ...actor import Actor
from ...current import current_tickets
from ...errors import CommentsNotAllowed, Invalid
from ...i18n import gettext
from ...models import Action, TicketCommentMixin, utc_now
from ...models.status import Side
from ...signals import CommentAdded, comment_added
from ...transaction import send_after_commit
from ..access import commenting_statuses, get_sides, require_id
from ..attachments.attach import attach, check_uploads
from ..attachments.uploads import StoredUpload
from ..database import run
from ..quotas import check_comment_quota, lock_quotas
from ..search.query import index_texts
from ..tickets.conditional_update import Change, change_ticket
from ..tickets.history import record_event
from ..tickets.queries import get_ticket_row
from ..tickets.transition import transition_ticket
from ..validation import COMMENT_TEXT, clean_attachment_urls, clean_fields
from .read_markers import mark_read
from .threads import is_comment


def add_comment(
    *,
    actor: Actor,
    ticket_id: int,
    text: str,
    parent_comment_id: int | None = None,
    attachment_urls: Sequence[str] | None = None,
    files: Sequence[StoredUpload] = (),
    only_version: int | None = None,
) -> TicketCommentMixin:
    """Add a comment and return it. For attachments, see `open_ticket`.

    Raises `Invalid` if the content or the parent is invalid, `NotFound` if the actor cannot see the
    ticket, `PreconditionFailed` if its version is not ``only_version`` (E3), `CommentsNotAllowed`
    if its status does not allow a comment (W4), and `TooManyRequests` beyond a quota (Q1).
    """
    require_id(actor)
    text, urls = clean_fields(
        text=(COMMENT_TEXT.deserialize, text),
        attachmentUrls=(clean_attachment_urls, attachment_urls),
    ).values()
    ticket = get_ticket_row(actor, ticket_id, ("id", "user_id"))
    parent = _find_parent(ticket_id, parent_comment_id)
    check_uploads(urls, actor)
    lock_quotas(actor)
    now = utc_now()
    ticket = change_ticket(
        ticket,
        _change(actor, now, is_reply=parent is not None),
        while_in=commenting_statuses(get_sides(actor, ticket)),
        refusal=CommentsNotAllowed,
        at=now,
        only_version=only_version,
    )
    comment = _store(actor, ticket_id, parent, text, len(urls) + len(files), now)
    check_comment_quota(actor, now)
    index_texts(ticket_id, text)
    attach(urls, files, actor=actor, ticket_id=ticket_id, comment_id=comment.id, at=now)
    _record(actor, ticket, comment)
    return comment


def reply_and_transition(
    *,
    actor: Actor,
    ticket_id: int,
    side: Side,
    then: Action | None = None,
    read_count: int = 0,
    **comment: Any,
) -> TicketCommentMixin:
    """Add a comment, take the action ``then`` if it is given, and return the comment.

    Marks the other side's first ``read_count`` comments as read (R1). If staff comment on their own
    ticket, the new comment is marked too. Raises what `add_comment` and `transition_ticket` raise.
    """
    side = Side(side)
    then = None if then is None else Action(then)
    added = add_comment(actor=actor, ticket_id=ticket_id, **comment)
    if then is not None:
        transition_ticket(actor=actor, ticket_id=ticket_id, action=then)
    if read_count:
        read_count += side is Side.OWNER and added.is_staff
        mark_read(actor=actor, ticket_id=ticket_id, side=side, count=read_count)
    return added


def _find_parent(ticket_id: int, parent_comment_id: int | None) -> Any | None:
    if parent_comment_id is None:
        return None
    c = current_tickets.models.TicketComment.__table__.c
    query = select(c.id, c.root_comment_id, c.depth).where(c.ticket_id == ticket_id)
    parent = run(query.where(is_comment(parent_comment_id))).one_or_none()
    if parent is None:
        message = gettext("The message you're replying to isn't on this ticket.")
    elif parent.depth >= current_tickets.config.max_reply_depth:
        message = gettext(
            "Replies can't be nested any deeper. Reply to an earlier message instead."
        )
    else:
        return parent
    raise Invalid({"parentCommentId": [message]})


def _change(actor: Actor, at: datetime, *, is_reply: bool) -> Change:
    """Return how a comment changes the counts and whether the ticket is waiting for staff (R2)."""
    counted = ("comment_count",) if is_reply else ("comment_count", "thread_count")
    if not actor.is_staff:
        return Change({"awaiting_since": at}, first=("awaiting_since",), counted=counted)
    values = {"awaiting_since": None, "first_reply_at": at}
    return Change(values, first=("first_reply_at",), counted=(*counted, "staff_comment_count"))


def _store(
    actor: Actor, ticket_id: int, parent: Any | None, text: str, attachments: int, at: datetime
) -> TicketCommentMixin:
    """Add the comment to the session and increment its parent's reply count."""
    model, session = current_tickets.models.TicketComment, current_tickets.session
    comment: TicketCommentMixin = model(
        ticket_id=ticket_id,
        user_id=actor.id,
        is_staff=actor.is_staff,
        text=text,
        attachment_count=attachments,
        created_at=at,
    )
    if parent is not None:
        comment.parent_comment_id = parent.id
        comment.root_comment_id = parent.root_comment_id or parent.id
        comment.depth = parent.depth + 1
        counted = update(model).values(reply_count=model.reply_count + 1)
        session.execute(counted.where(model.id == parent.id))
    session.add(comment)
    session.flush()
    return comment


def _record(actor: Actor, ticket: Any, comment: Any) -> None:
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
    send_after_commit(comment_added, payload)
