"""The number of New tickets at the entry in the menu."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import sqlalchemy
from flask_login import login_user

from flask_support_tickets import Policy, TicketStatus
from flask_support_tickets.admin import menu
from flask_support_tickets.admin.access import may_enter
from flask_support_tickets.admin.menu import MenuName

from ..host import User, db


def entry(page):
    """Return the text of the entry's link, without its tags."""
    found = re.search(r'<a class="nav-link[^"]*" href="/admin/tickets/">(.*?)</a>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else None


@pytest.fixture
def statements(app):
    seen = []
    sqlalchemy.event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


class TestNumber:
    def test_is_told_to_staff_while_there_are_new_tickets(self, client_of, mona, make_ticket):
        client = client_of(mona)
        assert entry(client.get("/admin/").text) == "Support Tickets"
        make_ticket()
        make_ticket(TicketStatus.InProgress)
        assert entry(client.get("/admin/").text) == "Support Tickets 1 1 new"
        make_ticket()
        for path in ("/admin/", "/admin/tickets/", "/admin/tickets/1"):
            assert entry(client.get(path).text) == "Support Tickets 2 2 new", path

    def test_is_not_in_the_title(self, client_of, mona, make_ticket):
        make_ticket()
        page = client_of(mona).get("/admin/tickets/").text
        assert re.search(r"<title>\s*Support Tickets - Acme\s*</title>", page)

    def test_takes_one_statement_a_page_and_none_in_the_queue(
        self, client_of, mona, make_ticket, statements, monkeypatch
    ):
        make_ticket()
        client = client_of(mona)
        found = {}
        for is_counted in (True, False):
            if not is_counted:
                monkeypatch.setattr(menu, "_new_count", lambda: 0)
            for path in ("/admin/", "/admin/tickets/"):
                client.get(path)
                statements.clear()
                client.get(path)
                found.setdefault(path, []).append(len(statements))
        assert found["/admin/"][0] == found["/admin/"][1] + 1
        assert found["/admin/tickets/"][0] == found["/admin/tickets/"][1]

    def test_is_not_asked_for_by_anybody_else(
        self, app, client_of, alice, mona, make_ticket, statements
    ):
        make_ticket()
        clients = [client_of(alice), client_of(None)]
        for client in clients:
            statements.clear()
            assert entry(client.get("/admin/").text) is None
            assert not any("counter" in statement for statement in statements)
        app.config["supportTickets"] = False
        client = client_of(mona)
        statements.clear()
        assert entry(client.get("/admin/").text) is None
        assert not any("counter" in statement for statement in statements)


class TestHosts:
    def test_keep_their_page_when_the_count_fails(self, client_of, mona, make_ticket, monkeypatch):
        make_ticket()
        client = client_of(mona)

        def fail():
            db.session.execute(sqlalchemy.text("SELECT nothing FROM nowhere"))

        monkeypatch.setattr(menu, "read_totals", fail)
        page = client.get("/admin/")
        assert page.status_code == 200
        assert entry(page.text) == "Support Tickets"

    def test_keep_their_page_whatever_fails(self, client_of, mona, monkeypatch):
        client = client_of(mona)
        monkeypatch.setattr(menu, "read_totals", lambda: 1 / 0)
        assert entry(client.get("/admin/").text) == "Support Tickets"

    def test_keep_their_transaction_when_a_policy_asks_in_vain(self, app, mona, monkeypatch):
        def fail(_policy, _user):
            db.session.execute(sqlalchemy.text("SELECT nothing FROM nowhere"))

        monkeypatch.setattr(Policy, "is_staff", fail)
        with app.test_request_context("/admin/"):
            login_user(db.session.get(User, mona.id))
            assert not may_enter()
            assert db.session.scalar(sqlalchemy.text("SELECT 1")) == 1

    def test_keep_their_session(self, app, mona, make_ticket, monkeypatch):
        """A page that is printed after a failed form has rows that must not be written yet."""
        make_ticket()
        with app.test_request_context("/admin/"):
            login_user(db.session.get(User, mona.id))
            half = User(role="x")  # a name is missing
            db.session.add(half)
            assert "1 new" in MenuName("Support Tickets").__html__()
            assert half in db.session.new
            db.session.rollback()

    def test_may_print_the_name_anywhere(self, app, mona, make_ticket):
        make_ticket()
        name = MenuName("Support Tickets")
        assert str(name) == "Support Tickets"
        assert name.__html__() == "Support Tickets"  # outside of a request
        with app.test_request_context("/admin/"):
            login_user(db.session.get(User, mona.id))
            for quote in ('"', "'"):
                html = app.jinja_env.from_string(f"<a title={quote}{{{{ name }}}}{quote} id=x>")
                assert _Attributes.of(html.render(name=name)).keys() == {"title", "id"}
            text = app.jinja_env.from_string("{{ name }}").render(name=name)
            assert _Attributes.of(text)["class"] == "st-menu-count badge badge-pill badge-secondary"


class _Attributes(HTMLParser):
    """The attributes of the first tag."""

    found: dict[str, str | None] | None = None

    @classmethod
    def of(cls, html):
        parser = cls()
        parser.feed(html)
        return parser.found

    def handle_starttag(self, tag, attrs):
        if self.found is None:
            self.found = dict(attrs)
