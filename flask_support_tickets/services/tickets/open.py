"""Open a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...actor import Actor
from ...current import current_tickets
from ...models import TicketMixin, TicketStatus, utc_now
from ...signals import TicketCreated, ticket_created
from ...transaction import send_after_commit
from ..access import require_id
from ..attachments.attach import attach, check_uploads
from ..attachments.uploads import StoredUpload
from ..quotas import check_open_ticket_quota, lock_quotas
from ..search.query import index_texts
from ..validation import clean_attachment_urls, clean_fields
from .counters import count_ticket_change
from .history import record_event


def open_ticket(
    *,
    actor: Actor,
    subject: str,
    description: str,
    attachment_urls: Sequence[str] | None = None,
    files: Sequence[StoredUpload] = (),
    **fields: Any,
) -> TicketMixin:
    """Open a ticket with the status New for ``actor`` and return it (W1).

    ``fields`` are the other declared fields, such as ``department``. ``attachment_urls`` are links
    or paths to the actor's unused uploads (B5). `with_files` passes ``files``. Raises `Invalid` for
    invalid content, and `TooManyRequests` if the actor has too many open tickets (Q1).
    """
    require_id(actor)
    fields |= {"subject": subject, "description": description}
    content, urls = _clean(fields, attachment_urls)
    names = [*check_uploads(urls, actor), *(file.filename for file in files)]
    lock_quotas(actor)
    now = utc_now()
    content |= {"attachment_count": len(urls) + len(files), "created_at": now, "updated_at": now}
    ticket: TicketMixin = current_tickets.models.Ticket(
        user_id=actor.id, status=TicketStatus.New, awaiting_since=now, **content
    )
    current_tickets.session.add(ticket)
    current_tickets.session.flush()
    check_open_ticket_quota(actor)
    index_texts(ticket.id, ticket.subject, ticket.description, *names, is_new=True)
    attach(urls, files, actor=actor, ticket_id=ticket.id, at=now)
    event = record_event("Open", actor=actor, ticket=ticket, at=now)
    count_ticket_change(ticket, becomes=TicketStatus.New)
    send_after_commit(ticket_created, TicketCreated(ticket.id, actor.id, now, event.id))
    return ticket


def _clean(
    values: Mapping[str, Any], attachment_urls: Sequence[str] | None
) -> tuple[dict[str, Any], list[str]]:
    """Validate the declared fields and the URLs, and return their values."""
    declared = {field.name: field for field in current_tickets.ticket_fields if field.is_column}
    if unknown := sorted(values.keys() - declared.keys()):
        raise TypeError(f"A ticket has no field {unknown[0]!r}.")
    cleaned = clean_fields(
        attachmentUrls=(clean_attachment_urls, attachment_urls),
        **{field.key: (field.clean, values.get(name)) for name, field in declared.items()},
    )
    content = {name: cleaned[field.key] for name, field in declared.items()}
    return content, cleaned["attachmentUrls"]
