"""One ticket: its fields, thread and history, and the replies of staff."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..i18n import gettext
from ..models import TicketStatus
from ..policy import Actor, name_of, user_key_of
from ..services.permissions import allowed_actions
from ..web.forms import ActionForm, CommentForm
from ..web.thread_view import add_typed_comment, find_ticket, place_of, thread_context
from .event_text import event_text
from .frame import StaffView, acting_staff


class DetailsView(StaffView):
    """The page of a ticket."""

    @expose("/<ticket_id>")
    def details_view(self, ticket_id: str) -> ResponseReturnValue:
        """One ticket: fields, thread, history, and what can be done now."""
        actor = acting_staff()
        form = CommentForm(formdata=None, parentCommentId=request.args.get("replyTo", ""))
        return self._details(actor, find_ticket(actor, ticket_id), form, 200)

    @expose("/<ticket_id>/comments", methods=["GET"])
    @expose("/<ticket_id>/status", methods=["GET"])
    def back_view(self, ticket_id: str) -> ResponseReturnValue:
        """Where a sign-in in the middle of a reply or a step comes back to."""
        ticket = find_ticket(acting_staff(), ticket_id)
        return redirect(self.get_url(".details_view", ticket_id=ticket.id), 303)

    @expose("/<ticket_id>/comments", methods=["POST"])
    def comment_view(self, ticket_id: str) -> ResponseReturnValue:
        """Write a reply: 303 to it, or the page with the text as typed."""
        actor = acting_staff()
        ticket = find_ticket(actor, ticket_id)
        form = CommentForm()
        status, comment = add_typed_comment(form, actor=actor, ticket_id=ticket.id)
        if comment is None:
            return self._details(actor, ticket, form, status)
        return redirect(self.get_url(".details_view", **place_of(comment)), 303)

    def _details(
        self, actor: Actor, ticket: Any, form: CommentForm, status: int
    ) -> ResponseReturnValue:
        allowed = allowed_actions(actor, ticket)
        context = thread_context(actor, ticket, form)
        people = context["threads"].items
        page = self.render(
            "support_tickets/admin/detail.html",
            t=gettext,
            allowed=allowed,
            csrf_value=ActionForm(formdata=None).csrf_value,
            events=services.list_history(actor=actor, ticket=ticket, beside=people),
            assignees=services.list_assignees() if "Assign" in allowed else [],
            user_key_of=user_key_of,
            name_of=name_of,
            event_text=event_text,
            statuses=TicketStatus,
            **context,
        )
        return page, status
