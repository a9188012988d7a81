"""``/settings/ticket/<id>/images/<key>``: an image of a ticket, for users without JavaScript."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from ..web.identity import require_requester
from ..web.image_page import image_context
from .blueprint import page, render_page
from .own_ticket import get_own_ticket


@page("/<ticket_id>/images/<image_key>", methods=["GET"])
def show_image(ticket_id: str, image_key: str) -> ResponseReturnValue:
    """Show one of the ticket's images. image-viewer.js takes its dialog from this page."""
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    return render_page("image.html", **image_context(actor, ticket, image_key))
