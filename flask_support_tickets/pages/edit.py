"""``/settings/ticket/<id>/edit``: the form for changing a ticket that nobody has started (W10)."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from ..models.status import Side
from ..services.read_models import TicketInfo
from ..web.identity import require_requester
from ..web.request_limits import accepts_files
from ..web.ticket_edit import filled_form, submit_edit
from ..web.ticket_forms import EditForm, edit_form
from .blueprint import draft_key, page, render_page
from .own_ticket import get_own_ticket, may_edit_own


@page("/<ticket_id>/edit", methods=["GET"])
def edit_ticket(ticket_id: str) -> ResponseReturnValue:
    """Show the form, or redirect to the ticket if its requester can no longer edit it."""
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    if not may_edit_own(actor, ticket):
        return redirect(url_for(".show_ticket", ticket_id=ticket.id), 303)
    return _form_page(ticket, filled_form(actor, ticket, Side.OWNER), 200)


@page("/<ticket_id>/edit", methods=["POST"])
@accepts_files
def save_ticket(ticket_id: str) -> ResponseReturnValue:
    """Save the changes and redirect to the ticket, or show the form again with the errors."""
    actor = require_requester()
    ticket, form = get_own_ticket(actor, ticket_id), edit_form(Side.OWNER)
    status, location = submit_edit(form, actor=actor, ticket=ticket, has_files=True)
    if location is None:
        return _form_page(ticket, form, status)
    return redirect(url_for(".show_ticket", **location), 303)


def _form_page(ticket: TicketInfo, form: EditForm, status: int) -> ResponseReturnValue:
    form.ensure_submission_key()
    key = draft_key(f"edit-{ticket.id}")
    return render_page("edit.html", status, form=form, ticket=ticket, draft_key=key)
