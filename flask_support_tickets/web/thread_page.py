"""The thread and the reply form, shared by the requester and staff ticket pages."""

from __future__ import annotations

from typing import Any

from flask import request

from .. import services
from ..actor import Actor
from ..current import current_tickets
from ..models import TicketStatus
from ..models.status import Side
from ..models.user_key import parse_id
from ..schemas.attachment_urls import attachment_url
from ..schemas.queries import PAGE_MAX
from ..services.attachments.uploads import readable_size
from ..services.comments.read_markers import count_readable
from ..services.comments.threads import REPLIES_MAX
from ..services.read_models import TicketInfo
from ..services.tickets.fields import visible_properties
from ..services.tickets.queries import id_in_url
from .form_submission import Location
from .forms import CommentForm


def get_page_ticket(actor: Actor, ticket_id: str) -> TicketInfo:
    """Return the ticket with the ID in a URL. Raises `NotFound`, even for a malformed ID."""
    return services.get_ticket(actor=actor, ticket_id=id_in_url(ticket_id))


def comment_location(comment: Any) -> Location:
    """Return the ``url_for`` arguments for ``comment`` on its ticket's page."""
    size = current_tickets.config.comments_page_size
    page = services.page_of_comment(comment, page_size=size)
    location: Location = {"ticket_id": comment.ticket_id, "_anchor": f"comment-{comment.id}"}
    return location | ({"page": page} if page > 1 else {})


def thread_context(
    actor: Actor, ticket: TicketInfo, form: CommentForm, side: Side
) -> dict[str, Any]:
    """Return the template context for the thread, as ``side`` sees it, and the reply form."""
    form.ensure_submission_key()
    config = current_tickets.config
    number = parse_id(request.args.get("page", "1"))
    page = number if number is not None and number <= PAGE_MAX else 1
    parent_id = form.parentCommentId.number
    threads = services.list_threads(
        actor=actor, ticket=ticket, page=page, page_size=config.comments_page_size
    )
    unread = services.count_unread(actor=actor, tickets=[ticket], side=side).get(ticket.id, 0)
    return {
        "ticket": ticket,
        "properties": visible_properties(is_staff=side is Side.STAFF),
        "status": TicketStatus(ticket.status),
        "form": form,
        "threads": threads,
        "timeline": services.list_timeline(actor=actor, ticket=ticket, threads=threads, page=page),
        "unread_count": unread,
        "new_ids": services.find_unread(
            actor=actor, ticket=ticket, side=side, unread=unread, comments=threads.items
        ),
        "read_count": count_readable(ticket, side),
        "page": page,
        "page_size": config.comments_page_size,
        "parent_comment": next((each for each in threads.items if each.id == parent_id), None),
        "max_depth": config.max_reply_depth,
        "replies_max": REPLIES_MAX,
        "page_arguments": {"page": page} if page > 1 else {},
        "attachment_url": attachment_url,
        "readable_size": readable_size,
    }
