"""`TicketView` is customized like any ``ModelView``: the class from the contract, unchanged."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace

import pytest
from flask_admin.actions import action
from marshmallow import fields
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import SupportTickets, TicketField
from flask_support_tickets.admin import TicketView, row_action

from ..conftest import form_fields
from ..hosts.small import declare_users, dispose, make_app, new_admin, settle, sign_in

RAN = []


class OrderColumns:
    """Columns that a shop adds to tickets."""

    order_id: Mapped[int | None] = mapped_column(index=True)
    priority_note: Mapped[str | None] = mapped_column()


class HelpDesk(TicketView):
    column_list = ("id", "subject", "status", "order_id", "user", "created_at")
    column_labels = {"order_id": "Order"}
    column_formatters = {"order_id": lambda view, context, ticket, name: f"A-{ticket.order_id}"}
    column_filters = (*TicketView.column_filters, "order_id")
    column_sortable_list = (*TicketView.column_sortable_list, "order_id")
    column_default_sort = ("created_at", True)
    can_set_page_size = True

    @row_action("escalate", "Escalate", confirmation="Escalate this ticket?")
    def escalate(self, ticket):
        ticket.priority_note = "escalated"
        return f"Ticket #{ticket.id} was escalated."

    @action("urgent", "Make urgent", "Make them all urgent?")
    def make_urgent(self, ids):
        RAN.append(ids)

    def is_row_action_allowed(self, name, ticket):
        return name != "escalate" or ticket.department == "IT"

    def get_query(self):
        return super().get_query().filter(self.model.department == "IT")


@pytest.fixture
def desk():
    users = declare_users()
    tickets = SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": OrderColumns},
        ticket_fields=[TicketField("order_id", fields.Integer(strict=True, allow_none=True),
                                   label="Order no.")],
        ticket_view=HelpDesk,
    )  # fmt: skip
    app = make_app(users)
    tickets.init_app(app, admin=new_admin(app))
    settle(app, users)
    RAN.clear()
    yield SimpleNamespace(
        app=app, alice=sign_in(app, "alice"), mona=sign_in(app, "mona"), tickets=tickets
    )
    dispose(app, users)


def open_ticket(desk, **values):
    content = {"subject": "S", "description": "D", "department": "IT", **values}
    return desk.alice.post("/api/tickets", json=content).json["data"]["id"]


def rows(page):
    found = re.findall(r'<tr[^>]*data-ticket-id="(\d+)"[^>]*>(.*?)</tr>', page, re.S)
    return {int(number): row for number, row in found}


def cells(row):
    found = re.findall(r'<td class="st-cell st-col-([^"]+)"[^>]*>(.*?)</td>', row, re.S)
    return {name: " ".join(re.sub("<[^>]+>", " ", unescape(cell)).split()) for name, cell in found}


def test_class_of_contract_has_its_columns_filters_and_orders(desk):
    first, second, third = (open_ticket(desk, orderId=number) for number in (7, 9, 8))
    hidden = open_ticket(desk, department="Sales", orderId=7)
    page = desk.mona.get("/admin/tickets/").text
    assert list(rows(page)) == [third, second, first]
    assert list(cells(rows(page)[first])) == list(HelpDesk.column_list)
    assert cells(rows(page)[first])["order_id"] == "A-7"
    assert ">Order<" in page
    for query, found in (
        ("orderId=7", [first]), ("order_id=9", [second]),
        ("flt0_order_id_greater=7", [third, second]),
        ("flt0_order_id_greater=7&flt1_order_id_smaller=9", [third]),
        ("order=order_id", [first, third, second]), ("order=-order_id", [second, third, first]),
        ("order=oldest", [first, second, third]), ("pageSize=50", [third, second, first]),
    ):  # fmt: skip
        assert list(rows(desk.mona.get(f"/admin/tickets/?{query}").text)) == found, query
    for query in ("flt0_order_id_greater=x", "flt0_nothing=1", "order=subject", "order_id=x"):
        answer = desk.mona.get(f"/admin/tickets/?{query}")
        assert (answer.status_code, rows(answer.text)) == (422, {}), query
    assert desk.mona.get(f"/admin/tickets/{hidden}").status_code == 404
    assert desk.mona.get(f"/api/tickets/{hidden}").status_code == 200


def test_row_action_asks_and_runs_once_in_its_own_unit(desk):
    ticket = open_ticket(desk)
    page = desk.mona.get("/admin/tickets/").text
    url = f"/admin/tickets/{ticket}/action/escalate"
    assert f'action="{url}?from=list"' in page
    token = form_fields(page)["csrf_token"]
    asked = desk.mona.post(f"{url}?from=list", data={"csrf_token": token})
    assert "Escalate this ticket?" in asked.text
    assert '<input type="hidden" name="confirmed" value="yes">' in asked.text
    sent = {"csrf_token": token, "confirmed": "yes"}
    done = desk.mona.post(f"{url}?from=list", data=sent)
    assert (done.status_code, done.location) == (303, "/admin/tickets/")
    assert f"Ticket #{ticket} was escalated." in desk.mona.get("/admin/tickets/").text
    with desk.app.app_context():
        stored = desk.tickets._db.session.get(desk.tickets.Ticket, ticket)
        assert (stored.priority_note, stored.version) == ("escalated", 2)
    history = desk.mona.get(f"/api/tickets/{ticket}/events").json["data"]["events"]
    assert [event["action"] for event in history] == ["Open", "escalate"]
