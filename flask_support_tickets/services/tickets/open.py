"""Open a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from ...actor import Actor
from ...current import current_tickets
from ...models import TicketMixin, TicketStatus, utc_now
from ...signals import TicketCreated, ticket_created
from ...transaction import send_after_commit
from ..attachments.attach import attach, check_uploads
from ..attachments.uploads import StoredUpload
from ..quotas import check_open_ticket_quota, lock_quotas
from ..search.query import index_texts
from ..validation import (
    clean_attachment_urls,
    clean_department,
    clean_description,
    clean_fields,
    clean_subject,
)
from .counters import count_ticket_change
from .history import record_event


def open_ticket(
    *,
    actor: Actor,
    subject: str,
    description: str,
    department: str | None = None,
    attachment_urls: Sequence[str] | None = None,
    files: Sequence[StoredUpload] = (),
) -> TicketMixin:
    """Open a ticket for ``actor`` and return it, with status New (W1).

    ``attachment_urls`` are links, or paths of the actor's unused uploads (B5); ``files`` come from
    `uploads.with_files`. Raises `Invalid` if the content breaks a rule, and `TooManyRequests` if
    the actor has too many open tickets (Q1).
    """
    content = clean_fields(
        subject=(clean_subject, subject),
        description=(clean_description, description),
        department=(lambda value: value and clean_department(value), department or None),
        attachmentUrls=(clean_attachment_urls, attachment_urls),
    )
    urls = content.pop("attachmentUrls")
    check_uploads(urls, actor)
    lock_quotas(actor)
    now = utc_now()
    content |= {"attachment_count": len(urls) + len(files), "created_at": now, "updated_at": now}
    ticket: TicketMixin = current_tickets.models.Ticket(
        user_id=actor.id, status=TicketStatus.New, awaiting_since=now, **content
    )
    current_tickets.session.add(ticket)
    current_tickets.session.flush()
    check_open_ticket_quota(actor)
    index_texts(ticket.id, ticket.subject, ticket.description, is_new=True)
    attach(urls, files, actor=actor, ticket_id=ticket.id, at=now)
    record_event("Open", actor=actor, ticket_id=ticket.id, to_status=TicketStatus.New, at=now)
    count_ticket_change(ticket, becomes=TicketStatus.New)
    send_after_commit(ticket_created, TicketCreated(ticket.id, actor.id, now))
    return ticket
