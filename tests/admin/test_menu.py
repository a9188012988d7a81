"""The entry in Flask-Admin's menu, with the number of New tickets. Rule N1."""

import html
import re

import pytest
from flask_login import login_user
from sqlalchemy import event, text

from flask_support_tickets import Policy, TicketStatus
from flask_support_tickets.admin import menu

from ..databases import on_postgresql
from ..host import User, db


@pytest.fixture
def name(app):
    """Return the name of the menu entry."""
    items = app.extensions["admin"][0].menu()
    return next(each.name for each in items if isinstance(each.name, menu.MenuName))


def entry(page):
    """Return the text of the entry's link; None without one."""
    found = re.search(r'<a class="nav-link[^"]*" href="/admin/tickets/">(.*?)</a>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else None


@pytest.fixture
def as_mona(app, mona, make_ticket):
    """Make the test a request of mona's, while there is one New ticket."""
    make_ticket()
    with app.test_request_context("/admin/"):
        login_user(db.session.get(User, mona.id))
        yield


def test_staff_see_number_of_new_tickets_on_every_admin_page(staff, make_ticket, name):
    page = staff.get("/admin/").text
    assert entry(page) == "Support Tickets"
    assert page.count("Support Tickets") == 1
    for status in (TicketStatus.New, TicketStatus.InProgress, TicketStatus.New):
        make_ticket(status)
    for path in ("/admin/", "/admin/tickets/", "/admin/tickets/1"):
        assert entry(staff.get(path).text) == "Support Tickets 2 2 new", path
    assert name.__html__() == "Support Tickets"  # outside a request nobody is signed in


def test_only_licensed_staff_see_entry(app, client_of, alice, staff, make_ticket):
    """Rule L3."""
    make_ticket()
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    for client in (client_of(alice), client_of(None)):
        assert entry(client.get("/admin/").text) is None
    app.config["supportTickets"] = False
    assert entry(staff.get("/admin/").text) is None
    assert sum("counter" in statement for statement in statements) == 0
    app.config["supportTickets"] = True
    for path in ("/admin/", "/admin/tickets/"):  # the queue counts once for both
        statements.clear()
        staff.get(path)
        assert sum("counter" in statement for statement in statements) == 1, path


@on_postgresql
@pytest.mark.parametrize(("owner", "function"), [(Policy, "is_staff"), (menu, "count_by_status")])
def test_host_transaction_goes_on_after_failed_query_of_menu(
    as_mona, monkeypatch, name, owner, function
):
    """PostgreSQL refuses every further statement of a transaction in which one failed."""

    def fail(*args, **kwargs):
        db.session.execute(text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(owner, function, fail)
    assert name.__html__() == "Support Tickets"
    assert db.session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize(
    ("owner", "name", "shown"),
    [(Policy, "is_staff", None), (menu, "count_by_status", "Support Tickets")],
)
def test_host_page_survives_any_error_of_menu(staff, monkeypatch, owner, name, shown):
    monkeypatch.setattr(owner, name, lambda *args, **kwargs: 1 / 0)
    page = staff.get("/admin/")
    assert page.status_code == 200
    assert entry(page.text) == shown


def test_menu_does_not_flush_pending_objects_of_host(as_mona, name):
    """After a failed form of the host, its session has rows that must not be written yet."""
    incomplete = User(role="x")  # its name is missing
    db.session.commit()  # so that the signed-in user is read again
    db.session.add(incomplete)
    assert "1 new" in name.__html__()
    assert incomplete in db.session.new
    db.session.rollback()


def test_host_template_can_print_menu_name_inside_attribute(as_mona, name):
    source = name.__html__()
    assert "1 new" in source
    assert not set("\"'") & set(source)
    classes = html.unescape(re.search(r"class=(\S+)", source)[1])
    assert classes == "st-menu-count badge badge-pill badge-secondary"
