"""``/settings/ticket/new``: file a ticket."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from .. import services
from ..errors import Unavailable
from ..transaction import unit_of_work
from ..web.forms import TicketForm
from .blueprint import page, render_page, signed_in


@page("/new", methods=["GET"])
def new_ticket() -> ResponseReturnValue:
    """The empty form."""
    return _form_page(TicketForm(formdata=None), 200)


@page("/new", methods=["POST"])
def create_ticket() -> ResponseReturnValue:
    """File the ticket: 303 to it; 422, 400 for a bad token, or 503, with the form as typed."""
    actor = signed_in()
    form = TicketForm()
    if not form.validate():
        return _form_page(form, 400 if form.is_forged else 422)
    try:
        ticket = unit_of_work(
            services.open_ticket,
            actor=actor,
            subject=form.subject.data,
            description=form.description.data,
            department=form.chosen_department,
            submission_key=form.one_time_key,
        )
    except Unavailable as error:
        form.form_errors.append(error.message)
        return _form_page(form, 503)
    return redirect(url_for(".show_ticket", ticket_id=ticket.id), 303)


def _form_page(form: TicketForm, status: int) -> ResponseReturnValue:
    form.renew_key()
    return render_page("new.html", status, form=form)
