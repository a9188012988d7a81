"""The Undo button reopens a ticket that was resolved by mistake. It is offered once."""

import re
from dataclasses import replace

import pytest
from jinja2 import ChoiceLoader, DictLoader

from flask_support_tickets import TicketStatus

from ..conftest import form_fields
from .conftest import press, token_of


def undo_forms(page):
    """Return the URL of each Undo button on the page."""
    return re.findall(r'<form class="st-undo" method="post" action="([^"]*)"', page)


@pytest.mark.parametrize(
    ("query", "undo_query"), [("?from=list", "?from=list"), ("?status=New", "?status=New")]
)
def test_staff_undo_mark_resolved_on_the_next_page_only(staff, make_ticket, query, undo_query):
    ticket = make_ticket(TicketStatus.InProgress)
    address = press(staff, ticket.id, "MarkAsResolved", query=query).location
    page = staff.get(address).text
    [undo] = undo_forms(page)
    assert undo == f"/admin/tickets/{ticket.id}/status{undo_query}"
    assert undo_forms(staff.get(address).text) == []
    data = {**form_fields(page.partition("st-undo")[2]), "action": "Reopen"}
    answer = staff.post(undo, data=data)
    assert "is now “In progress”" in staff.get(answer.location).text


def test_other_actions_offer_no_undo(staff, make_ticket):
    for status, action in (
        (TicketStatus.New, "StartProgress"), (TicketStatus.Resolved, "Reopen"),
        (TicketStatus.New, "MarkAsResolved"),
    ):  # fmt: skip
        answer = press(staff, make_ticket(status).id, action)
        assert undo_forms(staff.get(answer.location).text) == []


def test_bulk_action_offers_an_undo_for_each_resolved_ticket(staff, make_ticket):
    done, closed = make_ticket(TicketStatus.InProgress), make_ticket(TicketStatus.Closed)
    data = {"csrf_token": token_of(staff), "step": "MarkAsResolved"}
    staff.post("/admin/tickets/bulk", data={**data, "ticketId": [str(done.id), str(closed.id)]})
    page = staff.get("/admin/tickets/").text
    assert undo_forms(page) == [f"/admin/tickets/{done.id}/status?from=list"]


#: Layouts of Admins, as hosts write them instead of extending Flask-Admin's `page_body`.
LAYOUTS = {
    "the block": "{% block messages %}Flask-Admin's{% endblock %}{% block body %}{% endblock %}",
    "own messages": "{{ get_flashed_messages() | join }}{% block body %}{% endblock %}",
    "no messages": "{% block body %}{% endblock %}",
    "late messages": "{% block body %}{% endblock %}{% block messages %}{% endblock %}",
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_shows_the_message_and_the_button_once(app, staff, make_ticket, layout):
    templates = DictLoader({"layout.html": "{% block head_tail %}{% endblock %}" + layout})
    app.jinja_loader = ChoiceLoader([app.jinja_loader, templates])
    [admin] = app.extensions["admin"]
    admin.theme = replace(admin.theme, base_template="layout.html")
    ticket = make_ticket(TicketStatus.InProgress)
    address = press(staff, ticket.id, "MarkAsResolved").location
    page = staff.get(address).text
    assert page.count("is now “Resolved”") == 1
    assert len(undo_forms(page)) == 1
    assert "is now" not in staff.get(address).text


class TestWithoutReopen:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_ALLOW_REOPEN": False}

    def test_no_undo_is_offered_where_tickets_cannot_be_reopened(self, staff, make_ticket):
        answer = press(staff, make_ticket(TicketStatus.InProgress).id, "MarkAsResolved")
        assert undo_forms(staff.get(answer.location).text) == []
        data = {"csrf_token": token_of(staff), "step": "MarkAsResolved"}
        ticket = make_ticket(TicketStatus.InProgress)
        staff.post("/admin/tickets/bulk", data={**data, "ticketId": [str(ticket.id)]})
        page = staff.get("/admin/tickets/").text
        assert "is now “Resolved”" in page
        assert undo_forms(page) == []
