"""URLs of pages for messages, built without a request."""

from __future__ import annotations

import logging
from typing import Any

from werkzeug.routing import BuildError

from ..current import warn_once
from ..models.notification import Relation
from ..origin import site_adapter
from ..web.host_globals import staff_endpoint
from .message import Message

logger = logging.getLogger(__name__)


def build_url(endpoint: str, **values: Any) -> str | None:
    """Return the absolute URL of a page, or None if the URL of the site is not configured."""
    adapter = site_adapter()
    if adapter is None:
        warn_once(
            logger,
            "Emails have no links. Set SUPPORT_TICKETS_BASE_URL to the address of your site, such "
            'as "https://example.org".',
        )
        return None
    try:
        return adapter.build(endpoint, values, force_external=True)
    except BuildError:  # for example, the Admin's URL has a variable
        logger.warning("No link to %s can be built without a request.", endpoint)
        return None


def ticket_url(message: Message) -> str | None:
    """Return the URL of the ticket's page for the recipient, at the newest comment of `message`."""
    url = ticket_page_url(message.relation, message.ticket.id)
    if url and message.comments:
        return f"{url}#comment-{max(message.comments)}"
    return url


def ticket_page_url(relation: Relation, ticket_id: int) -> str | None:
    """Return the URL of the ticket's page for requesters or for staff, or None."""
    if relation is Relation.REQUESTER:
        return build_url("support_tickets_pages.show_ticket", ticket_id=ticket_id)
    return staff_url("details_view", ticket_id=ticket_id)


def staff_url(view: str, **values: Any) -> str | None:
    """Return the absolute URL of a view in Flask-Admin, or None if the app has no Admin."""
    endpoint = staff_endpoint(view)
    return None if endpoint is None else build_url(endpoint, **values)


def site_host() -> str | None:
    """Return the host name of the site, such as ``example.org``, or None."""
    adapter = site_adapter()
    return adapter.server_name.partition(":")[0] if adapter else None
