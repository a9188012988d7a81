"""``/settings/ticket/new``: the form for opening a ticket."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from .. import services
from ..web.form_submission import submit_form
from ..web.identity import require_actor
from ..web.request_limits import accepts_files
from ..web.ticket_forms import TicketForm, ticket_form
from .blueprint import draft_key, page, render_page


@page("/new", methods=["GET"])
def new_ticket() -> ResponseReturnValue:
    return _form_page(ticket_form(formdata=None), 200)


@page("/new", methods=["POST"])
@accepts_files
def create_ticket() -> ResponseReturnValue:
    """Open the ticket and redirect to it, or show the form again with the errors."""
    actor = require_actor()
    form = ticket_form()
    status, location = submit_form(
        form,
        services.open_ticket,
        lambda ticket: {"ticket_id": ticket.id},
        actor=actor,
        **form.content,
    )
    if location is None:
        return _form_page(form, status)
    return redirect(url_for(".show_ticket", **location), 303)


def _form_page(form: TicketForm, status: int) -> ResponseReturnValue:
    form.ensure_submission_key()
    return render_page("new.html", status, form=form, draft_key=draft_key("new"))
