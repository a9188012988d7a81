"""`get_query` and `is_accessible` of `TicketView`: a desk's tickets, and who can open it."""

from __future__ import annotations

import pytest
from flask_admin import Admin, AdminIndexView
from sqlalchemy import select

from flask_support_tickets.admin import TicketView, row_action

from ..databases import every_database
from .desks import counts, rows, text_of

SECRET, KEY = "xyzzyplugh", "0" * 40


class RowActions(TicketView):
    @row_action("ping", "Ping")
    def ping(self, ticket):
        ticket.note = "pinged"


class ByColumn(RowActions):
    def get_query(self):
        return super().get_query().filter(self.model.department == "IT")


class ByJoin(RowActions):
    def get_query(self):
        users = self.model.__support_links__.user_model
        query = super().get_query().join(users, users.id == self.model.user_id)
        return query.filter(users.username == "alice").order_by(users.username)


class ByRelationship(RowActions):
    def get_query(self):
        query = super().get_query().join(self.model.user)
        return query.filter(self.model.user.has(username="alice"))


class BySubquery(RowActions):
    def get_query(self):
        users = self.model.__support_links__.user_model
        alice = select(users.id).where(users.username == "alice")
        return super().get_query().filter(self.model.user_id.in_(alice))


class ByTwoTables(RowActions):
    def get_query(self):
        users = self.model.__support_links__.user_model
        query = super().get_query().filter(users.id == self.model.user_id)
        return query.filter(users.username == "alice")


DESKS = [ByColumn, ByJoin, ByRelationship, BySubquery, ByTwoTables]


@pytest.fixture(params=DESKS, ids=lambda view: view.__name__)
def scoped(request, make_desk, database_uri):
    """Return a desk for alice's tickets, the ids of her two, and the id of bob's."""
    desk = make_desk(request.param, uri=database_uri)
    ours = [desk.open("alice", department="IT", status=status) for status in (0, 1)]
    content = {"subject": SECRET, "description": SECRET, "department": SECRET}
    return desk, ours, desk.open("bob", status=1, **content)


@every_database
def test_desk_limits_every_read(scoped):
    desk, (new, started), hidden = scoped
    page = desk.get().text
    assert list(rows(page)) == [started, new]
    assert counts(page) == {
        "Open": "2", "New": "1", "In progress": "1", "Resolved": "0", "Closed": "0", "All": "2"
    }  # fmt: skip
    assert "1 new" in text_of(page.partition("st-menu-count")[2][:200])
    for query in (
        "status=InProgress", "order=oldest", "order=waiting", "assignedTo=none", "requester=a",
        "userId=2", f"department={SECRET}", f"search={SECRET}", f"search=%23{hidden}", "search=S",
        "page=2", "createdFrom=2020-01-01",
    ):  # fmt: skip
        listed = desk.get(f"?{query}")
        assert (listed.status_code, hidden in rows(listed.text)) == (200, False), query
    lines = desk.get("export.csv").get_data(as_text=True).splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [str(started), str(new)]
    statistics = desk.get("stats").text
    assert SECRET not in statistics
    assert "bob" not in statistics
    assert desk.get(f"{started}").status_code == 200
    for path in (f"{hidden}", f"{hidden}/news?version=1", f"{hidden}/comments", f"{hidden}/status",
                 f"{hidden}/seen", f"{hidden}/action/ping", f"{hidden}/images/{KEY}"):  # fmt: skip
        assert desk.get(path).status_code == 404, path
    newest = desk.open("alice", department="IT")
    detail = desk.get(f"{newest}").text
    assert f'rel="next" href="/admin/tickets/{started}"' in detail
    assert f"/tickets/{hidden}" not in detail
    assert "1 of 2" not in detail


def test_desk_limits_every_write(scoped):
    desk, (new, started), hidden = scoped
    before = desk.stored(hidden, "version", "status", "note", "comment_count")
    for path, data in (
        (f"{hidden}/status", {"action": "MarkAsResolved"}), (f"{hidden}/comments", {"text": "T"}),
        (f"{hidden}/comments", {"text": "T", "then": "MarkAsResolved"}),
        (f"{hidden}/seen", {"count": "1"}), (f"{hidden}/action/ping", {}),
    ):  # fmt: skip
        assert desk.post(path, **data).status_code == 404, path
    desk.bulk("MarkAsResolved", hidden, started)
    found = desk.messages()
    assert f"#{hidden} skipped: ticket not found." in found
    assert f"#{started} is now “Resolved”" in found
    assert desk.stored(hidden, "version", "status", "note", "comment_count") == before
    assert desk.post(f"{new}/action/ping").status_code == 303
    assert desk.stored(new, "note") == "pinged"


def test_desk_without_tickets_is_empty(make_desk):
    class Nothing(TicketView):
        def get_query(self):
            return super().get_query().filter(False)

    desk = make_desk(Nothing)
    ticket = desk.open()
    page = desk.get().text
    assert "No tickets yet" in page
    assert set(counts(page).values()) == {"0"}
    assert desk.get(f"{ticket}").status_code == 404


def test_desk_is_not_what_the_api_and_the_pages_are_about(make_desk):
    desk = make_desk(ByColumn)
    ticket = desk.open(department="Sales")
    assert desk.get(f"{ticket}").status_code == 404
    assert desk.client().get(f"/api/tickets/{ticket}").status_code == 200


def test_desks_of_two_admins_are_apart_in_one_request(make_desk):
    desk = make_desk(ByColumn)
    other = Admin(desk.app, name="Two", index_view=AdminIndexView(endpoint="two", url="/two"))
    desk.tickets.attach_admin(desk.app, other, ticket_view=TicketView)
    desk.open(department="Sales")
    assert list(rows(desk.get().text)) == []
    assert len(rows(desk.client().get("/two/tickets/").text)) == 1


def open_to(answer):
    class Entered(TicketView):
        def is_accessible(self):
            if answer is None:
                raise RuntimeError("The directory is down.")
            return answer

    return Entered


PATHS = ("", "stats", "export.csv", "suggestions", "1", "1/news?version=1", "bulk")


def test_is_accessible_cannot_let_requesters_in(make_desk):
    desk = make_desk(open_to(True))
    desk.open()
    for path in PATHS:
        assert desk.get(path, "alice").status_code == 403, path
        assert desk.get(path, None).status_code == 302, path
    assert desk.post("1/status", "alice", action="StartProgress").status_code == 403
    assert desk.post("bulk", "alice", step="StartProgress", ticketId="1").status_code == 403
    assert "Support Tickets" not in desk.client("alice").get("/admin/").text
    assert "Support Tickets" not in desk.client(None).get("/admin/").text
    assert "Support Tickets" in desk.client("mona").get("/admin/").text
    desk.app.config["supportTickets"] = False
    assert desk.get("", "mona").status_code == 404
    assert "Support Tickets" not in desk.client("mona").get("/admin/").text


def test_is_accessible_can_shut_staff_out(make_desk):
    class AdminsOnly(TicketView):
        def is_accessible(self):
            return super().is_accessible() and self.current_staff().name == "adam"

    desk = make_desk(AdminsOnly)
    desk.open()
    for path in PATHS:
        assert desk.get(path).status_code == 403, path
        assert desk.get(path, "adam").status_code in (200, 204, 303), path
    assert desk.post("1/status", action="StartProgress").status_code == 403
    assert desk.status(1) == 0
    assert "Support Tickets" not in desk.client("mona").get("/admin/").text
    assert "Support Tickets" in desk.client("adam").get("/admin/").text


def test_is_accessible_that_fails_hides_the_menu_item(make_desk, caplog):
    desk = make_desk(open_to(None))
    answer = desk.client().get("/admin/")
    assert (answer.status_code, "Support Tickets" in answer.text) == (200, False)
    assert "is_accessible failed" in caplog.text


def test_name_category_and_icon_are_in_the_menu(make_desk):
    class Named(TicketView):
        name = "Help <desk>"
        category = "Customers"
        menu_icon_type = "fa"
        menu_icon_value = "fa-phone"

    desk = make_desk(Named)
    desk.open()
    page = desk.client().get("/admin/").text
    menu = page.partition("Customers")[2]
    assert "Help &lt;desk&gt;" in menu
    assert "fa-phone" in menu
    assert "1 new" in text_of(menu)
    assert menu.index("Help &lt;desk&gt;") < menu.index("Saved replies") < menu.index("Ticket tags")
    assert "Help &lt;desk&gt; - Acme</title>" in desk.get().text
