"""``/settings/ticket/<id>``: the requester page for a ticket, with its thread and reply form."""

from __future__ import annotations

from functools import partial

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from .. import services
from ..actor import Actor
from ..errors import InvalidTransition
from ..i18n import lazy_gettext
from ..models import Action, TicketStatus
from ..models.status import EDITED, FINAL_ACTIONS, Side
from ..services.access import allowed_actions
from ..services.read_models import TicketInfo
from ..transaction import unit_of_work
from ..web.confirmation import is_confirmed, question_about
from ..web.etags import get_ticket_etag, ticket_etag
from ..web.event_text import changes_text
from ..web.form_submission import submit_form
from ..web.forms import ActionForm, CommentForm, MarkReadForm, unsent_text
from ..web.identity import require_actor, require_requester
from ..web.page_access import is_sent_by_our_script
from ..web.reply_buttons import reply_buttons
from ..web.request_limits import accepts_files
from ..web.thread_page import comment_location, place_to_open, thread_context
from .blueprint import draft_key, page, render_page
from .own_ticket import get_own_ticket, may_edit_own

#: The actions that the requester's timeline shows (R3).
_SHOWN_ACTIONS = frozenset({*Action, EDITED} - {Action.Assign})
#: The endpoints and the buttons of the actions that a page asks about (W7, W9).
_CONFIRMED = {
    Action.Reopen: (".reopen_ticket", lazy_gettext("Reopen ticket")),
    Action.Withdraw: (".withdraw_ticket", lazy_gettext("Withdraw ticket")),
}


@page("/<ticket_id>", methods=["GET"])
def show_ticket(ticket_id: str) -> ResponseReturnValue:
    """Show the ticket with its thread and the reply form."""
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    place = place_to_open(actor, ticket, Side.OWNER)
    if place is not None:
        return redirect(url_for(".show_ticket", **place))
    form = CommentForm(formdata=None, parentCommentId=request.args.get("replyTo", ""))
    return _ticket_page(actor, ticket, form, 200)


@page("/<ticket_id>/comments", methods=["GET"])
def back_to_comment(ticket_id: str) -> ResponseReturnValue:
    """Tell a user who had to sign in that the reply was not sent (W9)."""
    actor, form = require_requester(), CommentForm(formdata=None)
    form.form_errors = [unsent_text()]
    return _ticket_page(actor, get_own_ticket(actor, ticket_id), form, 200)


@page("/<ticket_id>/reopen", methods=["GET"])
def ask_to_reopen(ticket_id: str) -> ResponseReturnValue:
    """Ask whether to reopen the ticket, because the user had to sign in first (W9)."""
    return _ask(ticket_id, Action.Reopen)


@page("/<ticket_id>/withdraw", methods=["GET"])
def ask_to_withdraw(ticket_id: str) -> ResponseReturnValue:
    """Ask whether to withdraw the ticket (W7)."""
    return _ask(ticket_id, Action.Withdraw)


@page("/<ticket_id>/seen", methods=["GET"])
def back_to_ticket(ticket_id: str) -> ResponseReturnValue:
    """Redirect to the ticket. If a POST requires signing in, the user returns here with GET."""
    ticket = get_own_ticket(require_requester(), ticket_id)
    return redirect(url_for(".show_ticket", ticket_id=ticket.id), 303)


@page("/<ticket_id>/comments", methods=["POST"])
@accepts_files
def add_comment(ticket_id: str) -> ResponseReturnValue:
    """Add a comment and redirect to it, or show the form again with the errors."""
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    form = CommentForm()
    status, location = submit_form(
        form,
        services.reply_and_transition,
        partial(comment_location, actor=actor),
        actor=actor,
        ticket_id=ticket.id,
        side=Side.OWNER,
        read_count=form.seenCount.number or 0,
        text=form.text.data,
        then=form.action,
        parent_comment_id=form.parentCommentId.number,
    )
    if location is None:
        return _ticket_page(actor, ticket, form, status)
    return redirect(url_for(".show_ticket", **location), 303)


@page("/<ticket_id>/reopen", methods=["POST"])
def reopen_ticket(ticket_id: str) -> ResponseReturnValue:
    """Reopen the ticket and redirect to it, or respond with 409 if it cannot be reopened."""
    return _take(ticket_id, Action.Reopen)


@page("/<ticket_id>/withdraw", methods=["POST"])
def withdraw_ticket(ticket_id: str) -> ResponseReturnValue:
    """Withdraw the ticket and redirect to it, or ask first if the user has not been asked yet."""
    return _take(ticket_id, Action.Withdraw) if is_confirmed() else _ask(ticket_id, Action.Withdraw)


@page("/<ticket_id>/seen", methods=["POST"])
def mark_read(ticket_id: str) -> ResponseReturnValue:
    """Mark replies from staff as read (R1). Respond with 303, or with 204 to our script."""
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    form = MarkReadForm()
    if not form.validate():
        return _page_with_problems(actor, ticket, form, 400 if form.is_forged else 422)
    unit_of_work(
        services.mark_read,
        actor=actor,
        ticket_id=ticket.id,
        side=Side.OWNER,
        count=form.count.number or 0,
    )
    if is_sent_by_our_script():
        return "", 204
    return redirect(url_for(".show_ticket", ticket_id=ticket.id), 303)


def _take(ticket_id: str, action: Action) -> ResponseReturnValue:
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    button, status = ActionForm(), 400
    if button.validate():
        try:
            unit_of_work(
                services.transition_ticket, actor=actor, ticket_id=ticket.id, action=action
            )
            return redirect(url_for(".show_ticket", ticket_id=ticket_id), 303)
        except InvalidTransition as error:
            status = 409
            button.form_errors = [error.message]
    return _page_with_problems(actor, ticket, button, status)


def _ask(ticket_id: str, action: Action) -> ResponseReturnValue:
    actor = require_requester()
    ticket = get_own_ticket(actor, ticket_id)
    if action not in allowed_actions(actor, ticket):
        return redirect(url_for(".show_ticket", ticket_id=ticket.id), 303)
    endpoint, text = _CONFIRMED[action]
    return render_page(
        "confirm.html",
        question=question_about(action, [ticket.id]),
        button=text,
        address=url_for(endpoint, ticket_id=ticket.id),
        is_final=action in FINAL_ACTIONS,
        ticket=ticket,
        form=ActionForm(),
    )


def _page_with_problems(
    actor: Actor, ticket: TicketInfo, button: ActionForm, status: int
) -> ResponseReturnValue:
    form = CommentForm(formdata=None)
    form.form_errors = [text for _, text in button.problems]
    return _ticket_page(actor, ticket, form, status)


def _ticket_page(
    actor: Actor, ticket: TicketInfo, form: CommentForm, status: int
) -> ResponseReturnValue:
    context = thread_context(actor, ticket, form, Side.OWNER)
    context["timeline"] = [
        entry
        for entry in context["timeline"]
        if entry.event is None or entry.event.action in _SHOWN_ACTIONS
    ]
    allowed, etag = allowed_actions(actor, ticket), ticket_etag(actor, ticket)
    if actor.is_staff:  # the script compares the ETag with that of the API, which includes notes
        etag = get_ticket_etag(actor=require_actor(), ticket_id=ticket.id)
    return render_page(
        "detail.html",
        status,
        actor=actor,
        allowed=allowed,
        may_edit=may_edit_own(actor, ticket),
        changes_text=changes_text,
        reply_buttons=reply_buttons(allowed, Side.OWNER, ticket.status),
        statuses=TicketStatus,
        etag=etag,
        draft_key=draft_key(f"ticket-{ticket.id}"),
        draft_key_of_new=draft_key("new"),
        comments_by_id={comment.id: comment for comment in context["threads"].items},
        **context,
    )
