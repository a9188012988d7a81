"""Turn a reply by mail into a comment, only once (rule O6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from ...actor import Actor
from ...current import current_tickets
from ...models import Action, TicketCommentMixin, TicketStatus, utc_now
from ...models.notification import Relation
from ...models.status import Side
from ..access import get_sides, is_enabled
from ..attachments.uploads import StoredUpload
from ..comments.add import add_comment, transition_with_comment
from ..database import run
from ..tickets.queries import get_ticket

#: How long recipients can reply to a notification by mail.
REPLY_LIFETIME = timedelta(days=180)
#: How many emails of one person are processed in an hour.
MAILS_PER_HOUR = 20
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class ReplyTarget:
    """The ticket and the recipient of the notification that is replied to."""

    notification_id: int
    ticket_id: int
    user_id: Any
    relation: Relation


def find_reply_target(notification_id: int) -> ReplyTarget | None:
    """Return the target of a reply to a notification, or None if it is too old or was deleted."""
    c = current_tickets.models.TicketNotification.__table__.c
    columns = c.id, c.ticket_id, c.user_id, c.relation
    query = select(*columns).where(
        c.id == notification_id, c.created_at > utc_now() - REPLY_LIFETIME
    )
    row = run(query).one_or_none()
    if row is None or row.ticket_id is None or row.user_id is None:
        return None
    return ReplyTarget(row.id, row.ticket_id, row.user_id, Relation(row.relation))


def reply_by_mail(
    *,
    actor: Actor,
    ticket_id: int,
    mark: str,
    text: str,
    files: Sequence[StoredUpload] = (),
    is_internal: bool = False,
) -> TicketCommentMixin:
    """Add a comment, or return the one that the email with this ``mark`` has already become.

    A reply by staff starts a New ticket. A reply by the requester reopens a Resolved one, unless
    ``REPLY_REOPENS`` is off. Raises what `add_comment` and `transition_with_comment` raise.
    """
    if (comment := _find_comment(actor, mark)) is not None:
        return comment
    content: dict[str, Any] = {"text": text, "files": files, "is_internal": is_internal}
    action = None if is_internal else _action_for(actor, ticket_id)
    if action is None:
        comment = add_comment(actor=actor, ticket_id=ticket_id, **content)
    else:
        comment = transition_with_comment(
            actor=actor, ticket_id=ticket_id, action=action, **content
        )
    record_mail(actor=actor, mark=mark, ticket_id=ticket_id, comment_id=comment.id)
    return comment


def record_mail(*, actor: Actor, mark: str, **columns: Any) -> None:
    """Record an email that became a comment or was refused."""
    model, session = current_tickets.models.TicketReceivedMail, current_tickets.session
    session.add(model(user_id=actor.id, mark=mark, created_at=utc_now(), **columns))
    session.flush()


def find_received(actor: Actor, mark: str) -> Any | None:
    """Return the record of the email with this ``mark``, or None if it has not been received."""
    c = current_tickets.models.TicketReceivedMail.__table__.c
    query = select(c.comment_id).where(c.user_id == actor.id, c.mark == mark)
    return run(query).one_or_none()


def is_over_mail_limit(actor: Actor) -> bool:
    """Return whether the actor has sent too many emails in the last hour."""
    c = current_tickets.models.TicketReceivedMail.__table__.c
    is_recent = c.user_id == actor.id, c.created_at > utc_now() - _HOUR
    count: int = run(select(func.count()).where(*is_recent)).scalar_one()
    return count >= MAILS_PER_HOUR


def forget_old_mail() -> int:
    """Delete the records of old emails and return their number."""
    table = current_tickets.models.TicketReceivedMail.__table__
    return run(delete(table).where(table.c.created_at < utc_now() - REPLY_LIFETIME)).rowcount


def _action_for(actor: Actor, ticket_id: int) -> Action | None:
    """Return the action that a comment requires, as the reply buttons on the pages do."""
    ticket = get_ticket(actor=actor, ticket_id=ticket_id)
    sides = get_sides(actor, ticket)
    if Side.STAFF in sides and actor.sees_internal and ticket.status == TicketStatus.New:
        return Action.StartProgress
    may_reopen = current_tickets.config.reply_reopens and is_enabled(Action.Reopen)
    if Side.OWNER in sides and ticket.status == TicketStatus.Resolved and may_reopen:
        return Action.Reopen
    return None


def _find_comment(actor: Actor, mark: str) -> TicketCommentMixin | None:
    found = find_received(actor, mark)
    if found is None or found.comment_id is None:
        return None
    model = current_tickets.models.TicketComment
    comment: TicketCommentMixin | None = current_tickets.session.get(model, found.comment_id)
    return comment
