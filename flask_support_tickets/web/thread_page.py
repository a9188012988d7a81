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
from ..services.comments.threads import REPLIES_MAX, find_page
from ..services.read_models import TicketInfo
from ..services.tickets.fields import visible_properties
from ..services.tickets.queries import id_in_url
from .form_submission import Location, pop_notices
from .forms import CommentForm


def get_page_ticket(actor: Actor, ticket_id: str) -> TicketInfo:
    """Return the ticket with the ID in a URL. Raises `NotFound`, even for a malformed ID."""
    return services.get_ticket(actor=actor, ticket_id=id_in_url(ticket_id))


def comment_location(comment: Any, *, actor: Actor) -> Location:
    """Return the ``url_for`` arguments for ``comment`` on its ticket's page."""
    size = current_tickets.config.comments_page_size
    page, last_page = find_page(comment, actor, size)
    location: Location = {"ticket_id": comment.ticket_id, "_anchor": f"comment-{comment.id}"}
    return location | ({"page": page} if last_page > 1 else {})


def place_to_open(actor: Actor, ticket: TicketInfo, side: Side) -> Location | None:
    """Return the ``url_for`` arguments for the page at which a long thread opens (R4), or None.

    None means that the requested page is shown: the URL names it, or there is only one.
    """
    size = current_tickets.config.comments_page_size
    if not is_long(ticket) or request.args.get("page") or request.args.get("replyTo"):
        return None
    first = services.find_unread(actor=actor, ticket=ticket, side=side, comments=()).first
    if first is None:
        last_page = -(-ticket.thread_count // size)
        return {"ticket_id": ticket.id, "page": last_page, "_anchor": "newest"}
    page = services.page_of_comment(first, actor=actor, page_size=size)
    return {"ticket_id": ticket.id, "page": page, "_anchor": "first-unread"}


def is_long(ticket: TicketInfo) -> bool:
    """Return whether the thread has more than one page."""
    return ticket.thread_count > current_tickets.config.comments_page_size


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
    comments = threads.items
    unread = services.find_unread(actor=actor, ticket=ticket, side=side, comments=comments)
    unread_page = page
    if unread.first and unread.first.id not in unread.shown_ids and is_long(ticket):
        size = config.comments_page_size
        unread_page = services.page_of_comment(unread.first, actor=actor, page_size=size)
    return {
        "ticket": ticket,
        "properties": visible_properties(is_staff=side is Side.STAFF),
        "status": TicketStatus(ticket.status),
        "form": form,
        "notices": pop_notices(),
        "threads": threads,
        "timeline": services.list_timeline(actor=actor, ticket=ticket, threads=threads, page=page),
        "unread": unread,
        "unread_page": unread_page,
        "first_new_id": next((each.id for each in comments if each.id in unread.shown_ids), None),
        "newest_id": max((comment.id for comment in comments), default=None),
        "page": page,
        "page_size": config.comments_page_size,
        "parent_comment": next((each for each in comments if each.id == parent_id), None),
        "max_depth": config.max_reply_depth,
        "replies_max": REPLIES_MAX,
        "page_arguments": {"page": page} if page > 1 or is_long(ticket) else {},
        "attachment_url": attachment_url,
        "readable_size": readable_size,
    }
