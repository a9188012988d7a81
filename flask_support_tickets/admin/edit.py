"""The form with which staff edit a ticket (W10)."""

from __future__ import annotations

from flask import abort, redirect
from flask.typing import ResponseReturnValue
from flask_admin import expose

from ..models.status import Side
from ..services.tickets.ticket_row import TicketRow
from ..web.ticket_edit import filled_form, submit_edit
from ..web.ticket_forms import EditForm, edit_form
from .base_view import StaffView


class EditView(StaffView):
    @expose("/<ticket_id>/edit", methods=["GET"])
    def edit_form_view(self, ticket_id: str) -> ResponseReturnValue:
        """Show the form, or redirect to the ticket if it cannot be edited."""
        actor, row = self.current_staff(), self.get_one(ticket_id)
        if "Edit" not in self.allowed_actions_of(actor)(row):
            return redirect(self.url_of(row.id), 303)
        return self._edit_page(row, filled_form(actor, row.info, Side.STAFF), 200)

    @expose("/<ticket_id>/edit", methods=["POST"])
    def save_view(self, ticket_id: str) -> ResponseReturnValue:
        """Save the changes and redirect to the ticket, or show the form again with the errors."""
        actor, row = self.current_staff(), self.get_one(ticket_id)
        if not self.is_row_action_allowed("Edit", row):
            abort(403)
        form = edit_form(Side.STAFF)
        status, location = submit_edit(form, actor=actor, ticket=row.info, has_files=False)
        if location is None:
            return self._edit_page(row, form, status)
        return self.redirect_to_ticket(row.id)

    def _edit_page(self, row: TicketRow, form: EditForm, status: int) -> ResponseReturnValue:
        form.ensure_submission_key()
        template = "support_tickets/admin/edit.html"
        page = self.render(
            template, form=form, ticket=row.info, back_url=self.url_of(row.id),
            address=self.get_url(".save_view", ticket_id=row.id, **self.carried_arguments()),
        )  # fmt: skip
        return page, status
