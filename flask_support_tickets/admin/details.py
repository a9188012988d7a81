"""The staff page for a ticket: fields, timeline, history and reply form."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..models.status import Side
from ..services.tickets.queries import id_in_url
from ..services.tickets.ticket_row import TicketRow
from ..transaction import unit_of_work
from ..web.action_results import pop_undo
from ..web.forms import MarkReadForm, csrf_value, unsent_text
from ..web.image_page import image_context
from ..web.queue_query import find_neighbours
from ..web.reply_buttons import ReplyButton, reply_actions, reply_buttons
from ..web.request_limits import accepts_files
from ..web.staff_reply import ReplyForm, insert_saved_reply, submit_reply
from ..web.staff_ticket_page import staff_context
from ..web.thread_page import place_to_open
from ..web.ticket_updates import read_updates, try_record_presence
from .base_view import StaffView


class DetailsView(StaffView):
    @expose("/<ticket_id>")
    def details_view(self, ticket_id: str) -> ResponseReturnValue:
        actor, ticket = self.current_staff(), self.get_one(ticket_id)
        place = place_to_open(actor, ticket.info, Side.STAFF)
        if place is not None:
            return redirect(self.url_of(**place))
        form = ReplyForm(formdata=None, parentCommentId=request.args.get("replyTo", ""))
        page = self._details(actor, ticket, form, 200)
        try_record_presence(actor, ticket.id)
        return page

    @expose("/<ticket_id>/news")
    def news_view(self, ticket_id: str) -> ResponseReturnValue:
        """Return what has changed since the page was loaded as JSON, or 304 (E1, M4)."""
        updates = read_updates(self.current_staff(), id_in_url(ticket_id), self.action_label)
        return ("", 304) if request.if_none_match.contains(updates["etag"]) else updates

    @expose("/<ticket_id>/images/<image_key>")
    def show_image(self, ticket_id: str, image_key: str) -> ResponseReturnValue:
        context = image_context(self.current_staff(), self.get_one(ticket_id).info, image_key)
        carried = self.carried_arguments()
        return self.render("support_tickets/admin/image.html", carried=carried, **context)

    @expose("/<ticket_id>/seen", methods=["GET"])
    def back_view(self, ticket_id: str) -> ResponseReturnValue:
        """Redirect to the ticket. If a POST requires signing in, the user returns here with GET."""
        return redirect(self.url_of(self.get_one(ticket_id).id), 303)

    @expose("/<ticket_id>/comments", methods=["GET"])
    def comment_back_view(self, ticket_id: str) -> ResponseReturnValue:
        """Tell a user who had to sign in that the reply was not sent (W9)."""
        ticket, form = self.get_one(ticket_id), ReplyForm(formdata=None)
        form.form_errors = [unsent_text()]
        return self._details(self.current_staff(), ticket, form, 200)

    @expose("/<ticket_id>/comments", methods=["POST"])
    @accepts_files
    def comment_view(self, ticket_id: str) -> ResponseReturnValue:
        """Add the reply and redirect to it, or render the form again.

        The form then has errors, a preview, or an inserted saved reply.
        """
        actor, ticket, form = self.current_staff(), self.get_one(ticket_id), ReplyForm()
        names = form.action_names(ticket.status)
        if not all(self.is_row_action_allowed(name, ticket) for name in names):
            abort(403)
        if "insert" in request.form:
            status = insert_saved_reply(form, actor=actor, ticket=ticket.info)
            return self._details(actor, ticket, form, status)
        status, location = submit_reply(form, actor=actor, ticket_id=ticket.id)
        if location is None:
            if status == 409:  # the ticket has changed
                ticket = self.get_one(ticket_id)
            return self._details(actor, ticket, form, status)
        return self.redirect_to_ticket(**location)

    @expose("/<ticket_id>/seen", methods=["POST"])
    def seen_view(self, ticket_id: str) -> ResponseReturnValue:
        """Mark the requester's comments as read (R1)."""
        actor, form = self.current_staff(), MarkReadForm()
        number = id_in_url(ticket_id)
        if not form.validate():
            abort(400 if form.is_forged else 422)
        count = form.count.number or 0
        unit_of_work(
            services.mark_read, actor=actor, ticket_id=number, side=Side.STAFF, count=count
        )
        return redirect(self.url_of(number), 303)

    def _details_context(self, row: TicketRow) -> dict[str, Any]:
        """Return the variables that Flask-Admin's own details template has."""
        return {
            "model": row,
            "details_columns": self._details_columns,
            "get_value": self.get_detail_value,
            "get_pk_value": self.get_pk_value,
            "return_url": self.get_url(".index_view", **self.list_opened_from()),
            "list_row_actions": self.column_extra_row_actions or [],
        }

    def _reply_buttons(self, actor: Actor, allowed: list[str], row: TicketRow) -> list[ReplyButton]:
        """Return the reply form's buttons. They name the requester, unless that is the actor."""
        names = reply_actions(
            allowed, row.status, lambda name: self.is_row_action_allowed(name, row)
        )
        reader = row.user_name if row.user_id not in (None, actor.id) else None
        return reply_buttons(names, Side.STAFF, row.status, reader)

    def _details(
        self, actor: Actor, row: TicketRow, form: ReplyForm, status: int
    ) -> ResponseReturnValue:
        allowed, ticket = self.allowed_actions_of(actor)(row), row.info
        may_assign = "assign" in actor.permissions and {"Assign", "StartProgress"} & set(allowed)
        opened_from = self.list_opened_from()
        page = self.render(
            self.details_template,
            **staff_context(actor, ticket, form, self.action_label),
            **self._details_context(row),
            more_columns=self.more_details_columns,
            built_in=self.built_in_details,
            own_actions=[self.row_actions[name] for name in allowed if name in self.row_actions],
            allowed=allowed,
            reply_buttons=self._reply_buttons(actor, allowed, row),
            csrf_value=csrf_value(),
            assignees=services.recent_assignees() if may_assign else {},
            saved_replies=services.list_saved_reply_titles(actor=actor) if allowed else {},
            neighbours=find_neighbours(self.queue_options, actor, ticket, opened_from),
            carried=self.carried_arguments(),
            opened_from=opened_from,
            undo_id=pop_undo(),
        )
        return page, status
