"""Which Admin serves the staff's pages: made before or after, several, none, or a shared one."""

import re

import pytest
from flask_admin import Admin, AdminIndexView

from flask_support_tickets import ConfigurationError, SupportTickets

from ..hosts.small import declare_users, dispose, make_app, new_admin, settle, sign_in


@pytest.fixture
def users():
    return declare_users()


@pytest.fixture
def tickets(users):
    return SupportTickets(db=users.db, user_model=users.User)


@pytest.fixture
def make_host(users, tickets):
    """Make apps with tables and people, on which nothing is set up yet."""
    made = []

    def make():
        made.append(make_app(users))
        settle(made[-1], users)
        return made[-1]

    yield make
    for app in made:
        dispose(app, users)


@pytest.fixture
def app(make_host):
    return make_host()


def named_admin(app, name):
    return Admin(app, name=name, index_view=AdminIndexView(endpoint=name, url=f"/{name}"))


def assert_serves(app, url="/admin"):
    """The menu leads to the queue once, and all links and forms are those of the same Admin."""
    staff = sign_in(app, "mona")
    assert staff.get(f"{url}/").text.count(f'href="{url}/tickets/"') == 1
    ticket = sign_in(app, "alice").post("/api/tickets", json={"subject": "A", "description": "B"})
    address = f"{url}/tickets/{ticket.json['data']['id']}"
    for page in (staff.get(f"{url}/tickets/").text, staff.get(address).text):
        assert f'action="{address}/status' in page
        assert set(re.findall(r'="(/\w+)/tickets/', page)) == {url}


@pytest.mark.parametrize(
    "order", ["add, init", "init, add", "init, add, attach", "init, attach, add"]
)
def test_admin_serves_tickets_once_whatever_the_order_of_setup(app, tickets, order):
    admin = new_admin()
    steps = {
        "add": lambda: admin.init_app(app),
        "init": lambda: tickets.init_app(app, admin=admin if order == "init, add" else None),
        "attach": lambda: tickets.attach_admin(app, admin),
    }
    for step in order.split(", "):
        steps[step]()
    rules = len(list(app.url_map.iter_rules()))
    tickets.attach_admin(app, admin)
    assert len(list(app.url_map.iter_rules())) == rules
    assert admin.app is app
    assert_serves(app)


@pytest.mark.parametrize("are_attached_first", [False, True])
def test_each_admin_of_app_serves_under_its_own_endpoint(app, tickets, are_attached_first):
    host = None if are_attached_first else app
    admins = [new_admin(host), named_admin(host, "office")]
    tickets.init_app(app)
    if are_attached_first:
        for admin in admins:
            tickets.attach_admin(app, admin)
        for admin in admins:
            admin.init_app(app)
    assert {"support_tickets_admin", "support_tickets_admin_office"} <= set(app.blueprints)
    assert_serves(app, "/admin")
    assert_serves(app, "/office")


@pytest.mark.parametrize("is_attached", [False, True])
def test_named_admin_serves_alone_until_another_is_attached(app, tickets, is_attached):
    office, other = named_admin(app, "office"), new_admin(app)
    tickets.init_app(app, admin=office)
    if is_attached:
        tickets.attach_admin(app, other)
        assert_serves(app, "/admin")
    else:
        assert "/admin/tickets/" not in sign_in(app, "mona").get("/admin/").text
    assert_serves(app, "/office")


@pytest.mark.parametrize("order", ["tickets first", "admin first", "tickets last"])
def test_app_without_extension_shows_nothing_of_shared_admin(make_host, tickets, caplog, order):
    with_tickets, without, admin = make_host(), make_host(), new_admin()
    if order == "tickets first":
        tickets.init_app(with_tickets, admin=admin)
    admin.init_app(with_tickets)
    if order == "admin first":
        tickets.init_app(with_tickets)
    admin.init_app(without)
    staff = sign_in(without, "mona")
    if order == "tickets last":
        assert staff.get("/admin/").status_code == 200  # it runs already
        tickets.init_app(with_tickets, admin=admin)
    for _ in range(2):  # requests to both apps in turn do not mix
        assert_serves(with_tickets)
        menu = staff.get("/admin/")
        assert menu.status_code == 200
        assert "Support Tickets" not in menu.text
    for path in ("/admin/tickets/", "/admin/tickets/1", "/api/tickets"):
        answer = staff.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
    assert caplog.records == []


def test_shared_admin_serves_each_app_its_own_tickets(make_host, tickets):
    apps, admin = [make_host(), make_host()], new_admin()
    for app in apps:
        admin.init_app(app)
        tickets.init_app(app, admin=admin)
    for app in apps:
        assert_serves(app)
        assert sign_in(app, "mona").get("/api/tickets").json["data"]["totalCount"] == 1


def test_endpoint_of_another_admin_is_a_configuration_error(make_host, tickets):
    first, second = make_host(), make_host()
    shared = named_admin(first, "shared")
    tickets.init_app(first, admin=shared)
    tickets.init_app(second, admin=named_admin(second, "own"))
    second.extensions["admin"].append(shared)
    with pytest.raises(ConfigurationError, match="Two Admins"):
        tickets.attach_admin(second, shared)
