"""The staff page for a ticket: fields, timeline, history and reply form."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..actor import Actor
from ..models import TicketStatus
from ..models.status import Side
from ..models.user_key import parse_id
from ..services.access import allowed_actions
from ..services.read_models import TicketInfo
from ..services.tickets.queries import get_version, id_in_url
from ..transaction import unit_of_work
from ..web.forms import ActionForm, MarkReadForm
from ..web.request_limits import accepts_files
from ..web.thread_page import get_page_ticket, thread_context
from .base_view import StaffView, current_staff
from .event_text import event_pieces, event_text
from .queue_position import carried_arguments, find_neighbours, list_opened_from
from .reply import ReplyForm, submit_reply
from .transitions import SUMMARY_MAX, changes_since


class DetailsView(StaffView):
    @expose("/<ticket_id>")
    def details_view(self, ticket_id: str) -> ResponseReturnValue:
        actor = current_staff()
        form = ReplyForm(formdata=None, parentCommentId=request.args.get("replyTo", ""))
        return self._details(actor, get_page_ticket(actor, ticket_id), form, 200)

    @expose("/<ticket_id>/comments", methods=["GET"])
    @expose("/<ticket_id>/status", methods=["GET"])
    @expose("/<ticket_id>/seen", methods=["GET"])
    def back_view(self, ticket_id: str) -> ResponseReturnValue:
        """Redirect to the ticket. If a POST requires signing in, the user returns here with GET."""
        ticket = get_page_ticket(current_staff(), ticket_id)
        return self._redirect_to(ticket_id=ticket.id)

    @expose("/<ticket_id>/comments", methods=["POST"])
    @accepts_files
    def comment_view(self, ticket_id: str) -> ResponseReturnValue:
        """Add the reply and redirect to it, or show the form again with the errors."""
        actor = current_staff()
        ticket = get_page_ticket(actor, ticket_id)
        form = ReplyForm()
        status, location = submit_reply(form, actor=actor, ticket_id=ticket.id)
        if location is None:
            if status == 409:  # the ticket has changed
                ticket = get_page_ticket(actor, ticket_id)
            return self._details(actor, ticket, form, status)
        return self._redirect_to(**location)

    @expose("/<ticket_id>/seen", methods=["POST"])
    def seen_view(self, ticket_id: str) -> ResponseReturnValue:
        """Mark the requester's comments as read (R1)."""
        actor, form = current_staff(), MarkReadForm()
        number = id_in_url(ticket_id)
        if not form.validate():
            abort(400 if form.is_forged else 422)
        count = form.count.number or 0
        unit_of_work(
            services.mark_read, actor=actor, ticket_id=number, side=Side.STAFF, count=count
        )
        return self._redirect_to(ticket_id=number)

    @expose("/<ticket_id>/news")
    def news_view(self, ticket_id: str) -> ResponseReturnValue:
        """Return the changes since ``version`` as JSON, or 204 if there are none."""
        actor = current_staff()
        number, version = id_in_url(ticket_id), parse_id(request.args.get("version", ""))
        if version is None or [name for name, _ in request.args.items(multi=True)] != ["version"]:
            abort(422)
        if get_version(actor=actor, ticket_id=number) == version:
            return "", 204
        ticket = get_page_ticket(actor, ticket_id)
        changes = changes_since(actor, ticket, version, limit=SUMMARY_MAX)
        return {"version": ticket.version, "changes": [event_text(each) for each in changes]}

    def _redirect_to(self, **location: Any) -> ResponseReturnValue:
        return redirect(self.get_url(".details_view", **carried_arguments(), **location), 303)

    def _details(
        self, actor: Actor, ticket: TicketInfo, form: ReplyForm, status: int
    ) -> ResponseReturnValue:
        allowed = allowed_actions(actor, ticket)
        context = thread_context(actor, ticket, form, Side.STAFF)
        may_assign = "assign" in actor.permissions and {"Assign", "StartProgress"} & set(allowed)
        page = self.render(
            "support_tickets/admin/detail.html",
            actor=actor,
            allowed=allowed,
            csrf_value=ActionForm(formdata=None).csrf_value,
            changes=changes_since(actor, ticket, form.version.number),
            events=services.list_history(
                actor=actor, ticket=ticket, beside=context["threads"].items
            ),
            assignees=services.recent_assignees() if may_assign else {},
            neighbours=find_neighbours(actor, ticket),
            carried=carried_arguments(),
            opened_from=list_opened_from(),
            event_pieces=event_pieces,
            statuses=TicketStatus,
            **context,
        )
        return page, status
