"""Add a comment or reply to a ticket, with an optional transition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import update

from ...actor import Actor
from ...current import current_tickets
from ...errors import (
    CommentsNotAllowed,
    Invalid,
    InvalidTransition,
    NotAllowed,
    PreconditionFailed,
)
from ...i18n import gettext
from ...models import Action, TicketCommentMixin, utc_now
from ...models.status import NOTE, NOTE_STATUSES, TRANSITIONS, Side, reply_steps
from ...signals import CommentAdded, comment_added
from ...transaction import send_after_commit
from ..access import (
    commenting_statuses,
    get_sides,
    may_transition,
    require_id,
    visible_comments,
    without_limits,
)
from ..attachments.attach import attach, check_uploads
from ..attachments.uploads import StoredUpload
from ..database import run
from ..quotas import check_comment_quota, lock_quotas
from ..read_models import TicketInfo
from ..search.query import index_texts
from ..tickets.conditional_update import Change, change_ticket
from ..tickets.history import record_event
from ..tickets.queries import get_ticket, get_ticket_row
from ..tickets.transition import transition_ticket
from ..validation import (
    COMMENT_TEXT,
    clean_attachment_urls,
    clean_fields,
    no_comment_with_action,
    note_with_action,
)
from .read_markers import COUNTED, count_readable, mark_read
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
    is_internal: bool = False,
) -> TicketCommentMixin:
    """Add a comment and return it. For attachments, see `open_ticket`.

    With ``is_internal``, or as a reply to an internal note, it is an internal note (A4).

    Raises `Invalid` if the content or the parent is invalid, `NotFound` if the actor cannot see the
    ticket, `NotAllowed` for a note by a requester, `PreconditionFailed` if the ticket's version is
    not ``only_version`` (E3), `CommentsNotAllowed` if its status does not allow a comment (W4), and
    `TooManyRequests` beyond a quota (Q1).
    """
    prepared = _prepare(
        actor,
        ticket_id,
        text=text,
        parent_comment_id=parent_comment_id,
        attachment_urls=attachment_urls,
        files=files,
        is_internal=is_internal,
    )
    return _add(actor, prepared, refusal=CommentsNotAllowed, only_version=only_version)


def transition_with_comment(
    *,
    actor: Actor,
    ticket_id: int,
    action: Action,
    assigned_to_user_id: Any = None,
    precondition: Callable[[TicketInfo], bool] | None = None,
    may_start: bool = False,
    **comment: Any,
) -> TicketCommentMixin:
    """Take ``action``, add a comment, and return the comment. Either both succeed or neither (W8).

    With ``may_start``, ``MarkAsResolved`` starts a New ticket first. Raises what
    `transition_ticket` and `add_comment` raise, and `Invalid` if the action takes no comment.
    """
    require_id(actor)
    action = Action(action)
    order, ticket = TRANSITIONS[action].comment, get_ticket(actor=actor, ticket_id=ticket_id)
    if not may_transition(action, get_sides(actor, ticket)):
        raise NotAllowed
    actor = without_limits(actor)
    if order is None:
        raise Invalid({"comment": [no_comment_with_action()]})
    prepared = _prepare(actor, ticket_id, **comment)
    if prepared.is_internal:
        raise Invalid({"comment": [note_with_action()]})
    transition = partial(transition_ticket, actor=actor, ticket_id=ticket_id)
    steps = reply_steps(action, ticket.status) if may_start else (action,)
    earlier, later = (steps, ()) if order == "after" else (steps[:-1], steps[-1:])
    for step in earlier:
        transition(action=step, assigned_to_user_id=assigned_to_user_id, precondition=precondition)
        precondition = None  # the ticket has just changed
    if precondition is not None and not precondition(ticket):
        raise PreconditionFailed(ticket.status)
    version = None if precondition is None else ticket.version
    refusal = InvalidTransition if later else CommentsNotAllowed
    added = _add(actor, prepared, refusal=refusal, only_version=version)
    for step in later:
        transition(action=step)
    return added


def reply_and_transition(
    *,
    actor: Actor,
    ticket_id: int,
    side: Side,
    then: Action | None = None,
    read_count: int = 0,
    only_version: int | None = None,
    **comment: Any,
) -> TicketCommentMixin:
    """Add a comment, with the action ``then`` if it is given, and return the comment.

    Marks the other side's first ``read_count`` comments as read (R1), and the new one if staff
    wrote it on their own ticket and none is unread. Raises what `transition_with_comment` raises.
    """
    side = Side(side)
    arguments = {"actor": actor, "ticket_id": ticket_id, **comment}
    if then is None:
        added = add_comment(only_version=only_version, **arguments)
    else:
        is_shown = None if only_version is None else (lambda now: now.version == only_version)
        arguments |= {"precondition": is_shown, "may_start": side is Side.STAFF}
        added = transition_with_comment(action=then, **arguments)
    actor = without_limits(actor)
    if side is Side.OWNER and added.is_staff:
        others = count_readable(get_ticket_row(actor, ticket_id, COUNTED), side) - 1
        if read_count == others:  # no earlier comment is unread
            read_count += 1
    if read_count:
        mark_read(actor=actor, ticket_id=ticket_id, side=side, count=read_count)
    return added


@dataclass(frozen=True)
class _Prepared:
    """A valid comment that is not stored yet."""

    ticket: Any
    parent: Any | None
    text: str
    urls: list[str]
    files: Sequence[StoredUpload]
    #: The names of the attachments.
    names: list[str]
    is_internal: bool


def _prepare(
    actor: Actor,
    ticket_id: int,
    text: str,
    parent_comment_id: int | None = None,
    attachment_urls: Sequence[str] | None = None,
    files: Sequence[StoredUpload] = (),
    is_internal: bool = False,
) -> _Prepared:
    """Check everything but the ticket's status, and lock the actor's quotas."""
    require_id(actor)
    text, urls = clean_fields(
        text=(COMMENT_TEXT.deserialize, text),
        attachmentUrls=(clean_attachment_urls, attachment_urls),
    ).values()
    ticket = get_ticket_row(actor, ticket_id, ("id", "user_id"))
    if is_internal and not actor.sees_internal:
        raise NotAllowed
    parent = _find_parent(actor, ticket_id, parent_comment_id)
    is_internal = is_internal or (parent is not None and parent.is_internal)
    names = [*check_uploads(urls, actor), *(file.filename for file in files)]
    lock_quotas(actor)
    return _Prepared(ticket, parent, text, urls, files, names, is_internal)


def _add(
    actor: Actor,
    prepared: _Prepared,
    *,
    refusal: type[InvalidTransition] | type[CommentsNotAllowed],
    only_version: int | None = None,
) -> TicketCommentMixin:
    ticket_id, now = prepared.ticket.id, utc_now()
    urls, files = prepared.urls, prepared.files
    statuses = commenting_statuses(get_sides(actor, prepared.ticket))
    ticket = change_ticket(
        prepared.ticket,
        _change(actor, now, prepared),
        actor=actor,
        while_in=NOTE_STATUSES if prepared.is_internal else statuses,
        refusal=refusal,
        at=now,
        only_version=only_version,
    )
    comment = _store(actor, prepared, now)
    check_comment_quota(actor, now)
    index_texts(ticket_id, prepared.text, *prepared.names, is_note=prepared.is_internal)
    attach(urls, files, actor=actor, ticket_id=ticket_id, comment_id=comment.id, at=now)
    _record(actor, ticket, comment)
    return comment


def _find_parent(actor: Actor, ticket_id: int, parent_comment_id: int | None) -> Any | None:
    if parent_comment_id is None:
        return None
    c = current_tickets.models.TicketComment.__table__.c
    query = visible_comments(actor, c.id, c.root_comment_id, c.depth, c.is_internal)
    is_parent = c.ticket_id == ticket_id, is_comment(parent_comment_id)
    parent = run(query.where(*is_parent)).one_or_none()
    if parent is None:
        message = gettext("The message you're replying to isn't on this ticket.")
    elif parent.depth >= current_tickets.config.max_reply_depth:
        message = gettext(
            "Replies can't be nested any deeper. Reply to an earlier message instead."
        )
    else:
        return parent
    raise Invalid({"parentCommentId": [message]})


def _change(actor: Actor, at: datetime, prepared: _Prepared) -> Change:
    """Return how a comment changes the counts and whether the ticket is waiting for staff (R2)."""
    is_top = prepared.parent is None
    counted = ("comment_count", "thread_count") if is_top else ("comment_count",)
    if prepared.is_internal:
        notes = ("note_count", "note_thread_count") if is_top else ("note_count",)
        return Change(counted=(*counted, *notes, "staff_comment_count"), is_internal=True)
    if not actor.is_staff:
        return Change({"awaiting_since": at}, first=("awaiting_since",), counted=counted)
    values = {"awaiting_since": None, "first_reply_at": at}
    return Change(values, first=("first_reply_at",), counted=(*counted, "staff_comment_count"))


def _store(actor: Actor, prepared: _Prepared, at: datetime) -> TicketCommentMixin:
    """Add the comment to the session and increment its parent's reply count."""
    model, session = current_tickets.models.TicketComment, current_tickets.session
    comment: TicketCommentMixin = model(
        ticket_id=prepared.ticket.id,
        user_id=actor.id,
        is_staff=actor.is_staff,
        is_internal=prepared.is_internal,
        text=prepared.text,
        attachment_count=len(prepared.urls) + len(prepared.files),
        created_at=at,
    )
    parent = prepared.parent
    if parent is not None:
        comment.parent_comment_id = parent.id
        comment.root_comment_id = parent.root_comment_id or parent.id
        comment.depth = parent.depth + 1
        counts = {"reply_count": model.reply_count + 1}
        if prepared.is_internal:
            counts["note_reply_count"] = model.note_reply_count + 1
        session.execute(update(model).values(counts).where(model.id == parent.id))
    session.add(comment)
    session.flush()
    return comment


def _record(actor: Actor, ticket: Any, comment: Any) -> None:
    parent_id, at, is_internal = comment.parent_comment_id, comment.created_at, comment.is_internal
    event = record_event(
        NOTE if is_internal else "Comment",
        actor=actor,
        ticket=ticket,
        from_status=ticket.status,
        comment_id=comment.id,
        is_internal=is_internal,
        at=at,
    )
    ids = ticket.id, comment.id, parent_id, actor.id
    payload = CommentAdded(*ids, comment.is_staff, at, event.id, is_internal)
    send_after_commit(comment_added, payload)
