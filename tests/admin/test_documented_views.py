"""Run the view in `docs/examples` and each code block in `docs/admin.md` unchanged."""

from __future__ import annotations

import importlib.util
import re
import sys
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from jinja2 import ChoiceLoader, DictLoader
from marshmallow import fields
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import SupportTickets, TicketField
from flask_support_tickets.admin import TicketView

from ..conftest import form_fields
from ..hosts.small import declare_users, dispose, make_app, new_admin, settle, sign_in

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "help_desk.py"
PAGE = (DOCS / "admin.md").read_text(encoding="utf-8").partition("## Change the view")[2]
#: The code and the templates under each heading.
BLOCKS = [
    (heading, *(re.findall(rf"^```{re.escape(kind)}\n(.*?)^```$", text, re.M | re.S)
                for kind in ("python", "html+jinja")))
    for heading, text in re.findall(r"^###? ([^\n]+)\n(.*?)(?=^###? |\Z)", PAGE, re.M | re.S)
]  # fmt: skip


class OrderColumns:
    """The columns of `docs/models.md`, and some for the examples."""

    order_id: Mapped[int | None] = mapped_column(index=True)
    is_paid: Mapped[bool | None]
    is_escalated: Mapped[bool | None]


@pytest.fixture
def users():
    return declare_users()


@pytest.fixture
def start(users):
    """Return a function that sets up an app with tickets, and returns its people."""
    apps = []

    def set_up(tickets, *, templates=None, **options):
        app = make_app(users)
        apps.append(app)
        app.jinja_loader = ChoiceLoader([DictLoader(templates or {}), app.jinja_loader])
        tickets.init_app(app, admin=new_admin(app), **options)
        settle(app, users)
        return SimpleNamespace(app=app, alice=sign_in(app, "alice"), mona=sign_in(app, "mona"))

    yield set_up
    for app in apps:
        dispose(app, users)


def open_ticket(desk, **values):
    content = {"subject": "S", "description": "D", **values}
    return desk.alice.post("/api/tickets", json=content).json["data"]["id"]


def ids_in(page):
    return [int(number) for number in re.findall(r'data-ticket-id="(\d+)"', page)]


def press(desk, url, **data):
    token = form_fields(desk.mona.get("/admin/tickets/").text)["csrf_token"]
    return desk.mona.post(url, data={"csrf_token": token, **data})


@pytest.fixture
def help_desk(users, start, monkeypatch):
    """The example, whose ``models`` module is the host's."""
    models = ModuleType("models")
    models.User, models.db = users.User, users.db
    monkeypatch.setitem(sys.modules, "models", models)
    spec = importlib.util.spec_from_file_location(EXAMPLE.stem, EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return start(module.tickets)


def test_staff_filter_by_order_and_escalate_a_ticket_in_the_example(help_desk):
    first, second = (open_ticket(help_desk, orderId=number) for number in (7, 9))
    queue = help_desk.mona.get("/admin/tickets/").text
    assert ids_in(queue) == [second, first]
    assert ">Escalated</th>" in queue
    found = help_desk.mona.get("/admin/tickets/?flt0_order_id_greater=7").text
    assert ids_in(found) == [second]
    url = f"/admin/tickets/{first}/action/escalate?from=list"
    assert "Escalate this ticket?" in press(help_desk, url).text
    assert press(help_desk, url, confirmed="yes").status_code == 303
    queue = help_desk.mona.get("/admin/tickets/?is_escalated=1").text
    assert f"Ticket #{first} is now escalated." in queue
    assert ids_in(queue) == [first]
    assert press(help_desk, url, confirmed="yes").status_code == 403


def test_example_is_short():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith(("from", '"""'))]) <= 30


@pytest.fixture
def tickets(users):
    field = fields.Integer(strict=True, allow_none=True)
    return SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": OrderColumns},
        ticket_fields=[TicketField("order_id", field, label="Order")],
    )  # fmt: skip


def run(block, **names):
    """Run a block of code and return its names."""
    exec(compile(block, "docs/admin.md", "exec"), names)
    return names


VIEWS = [each for each in BLOCKS if any("class HelpDesk" in block for block in each[1])]


@pytest.mark.parametrize(("heading", "code", "templates"), VIEWS, ids=[each[0] for each in VIEWS])
def test_each_documented_view_shows_its_pages_and_runs_its_actions(
    heading, code, templates, tickets, start
):
    named = {re.match(r"\{# templates/(\S+) #\}", each)[1]: each for each in templates}
    [block] = code
    desk = start(tickets, templates=named, ticket_view=run(block)["HelpDesk"])
    ticket = open_ticket(desk, orderId=7, department="IT")
    queue = desk.mona.get("/admin/tickets/")
    assert (queue.status_code, ids_in(queue.text)) == (200, [ticket])
    assert desk.mona.get(f"/admin/tickets/{ticket}").status_code == 200
    for name, message in re.findall(r"@row_action\(\"(\w+)\".*?return f\"([^\"]+)\"", block, re.S):
        url = f"/admin/tickets/{ticket}/action/{name}?from=list"
        assert press(desk, url, confirmed="yes").status_code == 303
        assert message.replace("{ticket.id}", str(ticket)) in desk.mona.get("/admin/tickets/").text
    for name, message in re.findall(r"@action\(\"(\w+)\".*?return \"([^\"]+)\"", block, re.S):
        chosen = {"step": name, "ticketId": str(ticket), "confirmed": "yes"}
        assert press(desk, "/admin/tickets/bulk", **chosen).status_code == 303
        assert message in desk.mona.get("/admin/tickets/").text


def test_two_documented_desks_share_an_app(users, tickets):
    [block] = next(code for heading, code, _ in BLOCKS if heading == "Two desks")
    app = make_app(users)
    run(block, app=app, tickets=tickets)
    settle(app, users)
    desk = SimpleNamespace(alice=sign_in(app, "alice"), mona=sign_in(app, "mona"))
    first, second = (open_ticket(desk, department=name) for name in ("IT", "Sales"))
    assert ids_in(desk.mona.get("/admin/tickets/").text) == [first]
    assert ids_in(desk.mona.get("/sales/tickets/").text) == [second]
    dispose(app, users)


def test_documented_urls_of_a_list_are_valid(help_desk):
    [block] = next(code for heading, code, _ in BLOCKS if "url_for_list" in heading)
    views = help_desk.app.extensions["admin"][0]._views
    view = next(each for each in views if isinstance(each, TicketView))
    for line in block.splitlines():
        with help_desk.app.test_request_context():
            url = eval(line, {"HelpDesk": type(view), "date": date})
        assert help_desk.mona.get(url).status_code == 200, url
