"""The view: a list and a detail page, and two POST routes that call the use cases.

It is a plain ``BaseView``, not a ``ModelView``: no stock route that edits, deletes, exports or
sorts exists, so nothing has to be switched off.
"""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from .. import services
from ..current import current_tickets
from ..errors import Invalid, InvalidTransition
from ..i18n import gettext
from ..models import Action, TicketStatus
from ..policy import Actor, name_of, user_key_of
from ..schemas import ticket_filter
from ..services.permissions import actions_of, allowed_actions
from ..transaction import unit_of_work
from ..web.forms import ActionForm, CommentForm
from ..web.html_access import keep_private
from ..web.html_errors import as_http_errors
from ..web.identity import current_actor
from ..web.listing import NOTHING, list_arguments, read_list_query
from ..web.thread_view import add_typed_comment, find_ticket, place_of, thread_context
from .access import may_enter, refuse_entry
from .event_text import event_text


class TicketsView(BaseView):
    """Support Tickets in Flask-Admin."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            name=gettext("Support Tickets"),
            endpoint=endpoint,
            menu_icon_type="fa",
            menu_icon_value="fa-life-ring",
        )

    def is_visible(self) -> bool:
        return may_enter()

    def is_accessible(self) -> bool:
        return may_enter()

    def url_in(self, admin: Any) -> str:
        """Return the address of the list in ``admin``, without the app's own prefix."""
        return f"{admin.url.rstrip('/')}/tickets"

    def _get_view_url(self, admin: Any, url: str | None) -> str:
        return self.url_in(admin)

    def create_blueprint(self, admin: Any) -> Any:
        blueprint = super().create_blueprint(admin)
        blueprint.before_request(refuse_entry)  # OPTIONS runs no view, so none could refuse it
        blueprint.after_request(keep_private)
        blueprint.enable_openapi = False  # see `SupportTickets.init_app`
        return blueprint

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        """Everybody who got here may come in."""

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        with as_http_errors():
            return make_response(fn(self, *args, **kwargs))

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """The queue: filter by status, search, row buttons."""
        actor, query = _staff(), read_list_query()
        found = NOTHING
        if not query.problems:
            found = services.list_tickets(
                actor=actor,
                criteria=ticket_filter(query.values, actor),
                page=query.values["page"],
                page_size=current_tickets.config.page_size,
            )
        page = self.render(
            "support_tickets/admin/list.html",
            t=gettext,
            query=query,
            found=found,
            arguments=list_arguments(),
            statuses=list(TicketStatus),
            counts=found.by_status or services.count_by_status(actor=actor),
            page_size=current_tickets.config.page_size,
            allowed=actions_of(actor),
            csrf_value=ActionForm(formdata=None).csrf_value,
        )
        return page, query.status_code

    @expose("/<ticket_id>")
    def details_view(self, ticket_id: str) -> ResponseReturnValue:
        """One ticket: fields, thread, history, and what can be done now."""
        actor = _staff()
        form = CommentForm(formdata=None, parentCommentId=request.args.get("replyTo", ""))
        return self._details(actor, find_ticket(actor, ticket_id), form, 200)

    @expose("/<ticket_id>/comments", methods=["GET"])
    @expose("/<ticket_id>/status", methods=["GET"])
    def back_view(self, ticket_id: str) -> ResponseReturnValue:
        """Where a sign-in in the middle of a reply or a step comes back to."""
        ticket = find_ticket(_staff(), ticket_id)
        return redirect(self.get_url(".details_view", ticket_id=ticket.id), 303)

    @expose("/<ticket_id>/comments", methods=["POST"])
    def comment_view(self, ticket_id: str) -> ResponseReturnValue:
        """Write a reply: 303 to it, or the page with the text as typed."""
        actor = _staff()
        ticket = find_ticket(actor, ticket_id)
        form = CommentForm()
        status, comment = add_typed_comment(form, actor=actor, ticket_id=ticket.id)
        if comment is None:
            return self._details(actor, ticket, form, status)
        return redirect(self.get_url(".details_view", **place_of(comment)), 303)

    @expose("/<ticket_id>/status", methods=["POST"])
    def status_view(self, ticket_id: str) -> ResponseReturnValue:
        """Take a step and go back to where the button was; a flash tells what happened."""
        actor = _staff()
        ticket = find_ticket(actor, ticket_id)
        if ActionForm().validate():
            _move(actor, ticket.id)
        else:
            flash(gettext("This page was open for too long. Please try again."), "error")
        if request.args.get("from") == "list":
            return redirect(self.get_url(".index_view", **list_arguments()), 303)
        return redirect(self.get_url(".details_view", ticket_id=ticket_id), 303)

    def _details(
        self, actor: Actor, ticket: Any, form: CommentForm, status: int
    ) -> ResponseReturnValue:
        allowed = allowed_actions(actor, ticket)
        page = self.render(
            "support_tickets/admin/detail.html",
            t=gettext,
            allowed=allowed,
            csrf_value=ActionForm(formdata=None).csrf_value,
            events=services.list_history(actor=actor, ticket_id=ticket.id),
            assignees=services.list_assignees() if "Assign" in allowed else [],
            user_key_of=user_key_of,
            name_of=name_of,
            event_text=event_text,
            statuses=TicketStatus,
            **thread_context(actor, ticket, form),
        )
        return page, status


def _staff() -> Actor:
    actor = current_actor()
    assert actor is not None  # refuse_entry ran before
    return actor


def _move(actor: Actor, ticket_id: int) -> None:
    given = request.form.get("assignedToUserId", "")
    try:
        ticket = unit_of_work(
            services.move_ticket,
            actor=actor,
            ticket_id=ticket_id,
            action=_action(),
            assigned_to_user_id=_assignee(given),
        )
    except (InvalidTransition, Invalid) as error:
        flash(" ".join(error.sentences), "error")
    else:
        status = TicketStatus(ticket.status).name
        flash(
            gettext("Ticket #%(id)s is %(status)s.") % {"id": ticket.id, "status": status},
            "success",
        )


def _action() -> Action:
    try:
        return Action(request.form.get("action", ""))
    except ValueError:
        raise Invalid({"action": [gettext("There is no such action.")]}) from None


def _assignee(given: str) -> Any:
    if not given:
        return None
    key = current_tickets.models.user_key.from_text(given)
    if key is None:
        raise Invalid({"assignedToUserId": [gettext("This is not somebody who works on tickets.")]})
    return key
