"""The page of an image, shared by the requester and staff pages."""

from __future__ import annotations

from typing import Any

from .. import services
from ..actor import Actor
from ..schemas.attachment_urls import attachment_url
from ..services.attachments.uploads import readable_size
from .form_submission import Location
from .thread_page import comment_location, is_long


def image_context(actor: Actor, ticket: Any, storage_key: str) -> dict[str, Any]:
    """Return the template context for an image of ``ticket``. Raises `NotFound`.

    ``location`` contains the ``url_for`` arguments for the message that the image is attached to.
    """
    image = services.get_image(actor=actor, ticket_id=ticket.id, storage_key=storage_key)
    location: Location = {"ticket_id": ticket.id, "_anchor": "st-description"}
    if is_long(ticket):  # it would open at another page
        location["page"] = 1
    if image.info.comment_id is not None:
        comment = services.get_comment(actor=actor, comment_id=image.info.comment_id)
        location = comment_location(comment, actor=actor)
    return {
        "ticket": ticket,
        "image": image,
        "location": location,
        "attachment_url": attachment_url,
        "readable_size": readable_size,
    }
