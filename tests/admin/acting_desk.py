"""A `TicketView` whose actions succeed, fail, or break the rules."""

from __future__ import annotations

from flask import Response
from flask_admin.actions import action

from flask_support_tickets import Action, TicketStatus
from flask_support_tickets.admin import TicketView, row_action
from flask_support_tickets.current import current_tickets
from flask_support_tickets.errors import Invalid
from flask_support_tickets.i18n import lazy_gettext
from flask_support_tickets.services import transition_ticket


class ActingDesk(TicketView):
    """A view with one action for each outcome. Most set ``note`` first."""

    page_size = 3

    @row_action("ping", "Ping")
    def ping(self, ticket):
        ticket.note = f"pinged by {self.current_staff().name}"

    @row_action("ask", "Ask", confirmation="Ask <now>?")
    def ask_first(self, ticket):
        ticket.note = "asked"
        return f"<b>Asked #{ticket.id}</b>"

    @row_action("fail", "Fail")
    def fail(self, ticket):
        ticket.note = "failed"
        raise LookupError("The carrier is down.")

    @row_action("refuse", "Refuse")
    def refuse(self, ticket):
        ticket.note = "refused"
        raise Invalid({"order_id": ["There is no order."]})

    @row_action("cheat", "Cheat")
    def cheat(self, ticket):
        ticket.note = "cheated"
        ticket.status = TicketStatus.Closed

    @row_action("cheat_early", "Cheat before a query")
    def cheat_early(self, ticket):
        ticket.status = TicketStatus.Closed
        current_tickets.session.query(self.model).count()

    @row_action("cheat_others", "Cheat with another ticket")
    def cheat_others(self, ticket):
        others = current_tickets.session.query(self.model).filter(self.model.id != ticket.id)
        others.first().status = TicketStatus.Closed

    @row_action("start", "Start")
    def start(self, ticket):
        ticket.note = "started"
        staff = self.current_staff()
        transition_ticket(actor=staff, ticket_id=ticket.id, action=Action.StartProgress)
        return lazy_gettext("Closed")

    @action("note", "Write a note")
    def write_notes(self, ids):
        for ticket in self.entities(ids):
            ticket.note = "bulk"

    @action("text", "Return a text", "Really <all>?")
    def return_text(self, ids):
        self.write_notes(ids)
        return f"<i>{len(ids)} noted</i>"

    @action("file", "Return a file")
    def return_file(self, ids):
        self.write_notes(ids)
        return Response(",".join(ids), mimetype="text/plain")

    @action("boom", "Fail all")
    def fail_all(self, ids):
        self.write_notes(ids)
        raise LookupError(ids)

    @action("invalid", "Refuse all")
    def refuse_all(self, ids):
        self.write_notes(ids)
        raise Invalid({"order_id": ["There is no order."]})

    @action("cheat_all", "Cheat with all")
    def cheat_all(self, ids):
        for ticket in self.entities(ids):
            ticket.status = TicketStatus.Resolved

    @action("hidden", "Never shown")
    def never(self, ids):
        raise AssertionError(ids)

    action_disallowed_list = ("hidden", "Close")

    def entities(self, ids):
        return [current_tickets.session.get(self.model, int(each)) for each in ids]

    def is_row_action_allowed(self, name, ticket):
        return ticket.department != f"no {name}"
