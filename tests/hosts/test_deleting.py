"""Hosts that delete tickets without the services: in a ModelView or with SQL."""

from __future__ import annotations

import re

import pytest
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import delete

from flask_support_tickets import SupportTickets, unit_of_work
from flask_support_tickets.services import check_counters, rebuild_counters
from flask_support_tickets.services.tickets import counters

from .small import declare_users, dispose, make_app, new_admin, settle, sign_in

NEW = "/settings/ticket/new"
NAMES = ("Ticket", "TicketComment", "TicketEvent", "TicketAttachment", "TicketSubmission",
         "TicketSeen", "TicketCounter")  # fmt: skip


class Desk:
    """A host with stock ModelViews for all our tables, three tickets and their comments."""

    def __init__(self):
        self.users = users = declare_users()
        self.app = app = make_app(users)
        admin = new_admin(app)
        SupportTickets(app, users.db, users.User, admin=admin)
        self.models = app.extensions["support_tickets"].models
        for name in NAMES:
            model = getattr(self.models, name)
            admin.add_view(ModelView(model, users.db, endpoint=name, name=name))
        settle(app, users)
        self.alice, self.mona = sign_in(app, "alice"), sign_in(app, "mona")
        page = self.alice.get(NEW).text
        token = re.findall(r'name="(csrf_token|submission_key)" value="([^"]+)"', page)
        self.form = {"subject": "S", "description": "D", **dict(token)}
        self.alice.post(NEW, data=self.form)
        for number in (2, 3):
            self.alice.post("/api/tickets", json={"subject": str(number), "description": "D"})
        self.mona.put("/api/tickets/1/status", json={"action": "StartProgress"})
        self.mona.post("/api/ticket-comments", json={"ticketId": 1, "text": "Hello."})
        self.alice.post("/api/ticket-comments", json={"ticketId": 1, "text": "Hello."})

    def total(self):
        """Return the number of tickets on every face."""
        data = self.mona.get("/api/tickets").json["data"]
        tabs = self.mona.get("/admin/tickets/?status=open")
        assert tabs.status_code == 200
        assert len(data["tickets"]) == data["totalCount"]
        return data["totalCount"]

    def count(self, name):
        with self.app.app_context():
            model = getattr(self.models, name)
            return self.users.db.session.query(model).count()

    def delete_with_sql(self, ticket_id):
        with self.app.app_context():
            table = self.models.Ticket.__table__
            self.users.db.session.execute(delete(table).where(table.c.id == ticket_id))
            self.users.db.session.commit()


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    dispose(desk.app, desk.users)


@pytest.mark.filterwarnings("ignore:Yielding raw tuples:DeprecationWarning")
def test_our_tables_can_be_listed_and_opened_in_a_model_view(desk):
    for name in NAMES:
        assert desk.mona.get(f"/admin/{name}/").status_code == 200
        assert desk.mona.get(f"/admin/{name}/new/").status_code == 200
        page = desk.mona.get(f"/admin/{name}/").text
        for link in re.findall(rf'href="(/admin/{name}/edit/[^"]+)"', page):
            url = link.replace("&amp;", "&")
            assert desk.mona.get(url).status_code == 200, url


def test_ticket_deleted_in_a_model_view_is_no_longer_counted(desk):
    assert desk.total() == 3
    assert desk.count("TicketComment") == 2
    etag = desk.mona.get("/api/tickets").headers["ETag"]
    desk.mona.post("/admin/Ticket/delete/", data={"id": "1"})
    assert desk.mona.get("/api/tickets", headers={"If-None-Match": etag}).status_code == 200
    assert desk.total() == 2
    assert (desk.count("TicketComment"), desk.count("TicketEvent")) == (0, 2)
    desk.mona.post("/admin/Ticket/action/", data={"action": "delete", "rowid": ["2", "3"]})
    assert desk.total() == 0
    with desk.app.app_context():
        assert check_counters() == []


def test_tickets_deleted_with_sql_are_not_counted_and_one_warning_says_so(desk, caplog):
    desk.delete_with_sql(1)
    assert desk.total() == 2
    assert "check-counters --rebuild" in caplog.text
    caplog.clear()
    desk.delete_with_sql(2)
    assert desk.total() == 1
    assert caplog.text == ""
    with desk.app.app_context():
        assert unit_of_work(rebuild_counters) == 1  # as the command does
        assert check_counters() == []
        assert counters.read_totals().by_status[0] == 1
    for name in NAMES:
        assert desk.mona.get(f"/admin/{name}/").status_code == 200


@pytest.mark.parametrize("way", ["model view", "SQL"])
def test_form_of_a_deleted_ticket_opens_a_new_one_when_it_is_sent_again(desk, way):
    again = desk.alice.post(NEW, data=desk.form)
    assert again.location.endswith("/1")
    if way == "SQL":
        desk.delete_with_sql(1)
    else:
        desk.mona.post("/admin/Ticket/delete/", data={"id": "1"})
    again = desk.alice.post(NEW, data=desk.form)
    assert (again.status_code, again.location) == (303, "/settings/ticket/4")
    assert desk.alice.get(again.location).status_code == 200
