"""Setting the extension up: in which order, for how many apps, on which database."""

from __future__ import annotations

import pytest
from sqlalchemy import String, inspect
from sqlalchemy.orm import mapped_column

from flask_support_tickets import SupportTickets

from ..hosts.small import declare_users, new_admin, settle, sign_in
from .conftest import NEW_TICKET, count_of, gate_of


@pytest.mark.parametrize(
    "set_up",
    [
        lambda app, db, model: SupportTickets(app, db, model, admin=new_admin(app)),
        lambda app, *rest: SupportTickets().init_app(app, *rest, admin=new_admin(app)),
        lambda app, db, model: SupportTickets(db=db).init_app(
            app, user_model=model, admin=new_admin(app)
        ),
    ],
    ids=["in one line", "all at init_app", "user model at init_app"],
)
def test_extension_can_be_set_up_in_one_line_or_in_steps(users, host, set_up):
    app = host()
    set_up(app, users.db, users.User)
    settle(app, users)
    assert gate_of(app)


def test_models_are_declared_before_any_app_and_leave_the_user_table_alone(users):
    columns = list(users.User.__table__.columns.keys())
    tickets = SupportTickets(db=users.db, user_model=users.User)
    for name in ("Ticket", "TicketComment", "TicketEvent", "TicketAttachment"):
        assert getattr(tickets, name).__table__ in users.db.metadata.tables.values()
    assert list(users.User.__table__.columns.keys()) == columns


def test_two_apps_of_one_instance_share_no_tickets_settings_or_gate(users, host):
    tickets = SupportTickets(db=users.db, user_model=users.User)
    before = dict(vars(tickets))
    one, two = apps = [host(SUPPORT_TICKETS_DEPARTMENTS=["Sales"]), host()]
    for app in apps:
        tickets.init_app(app, admin=new_admin(app))
        settle(app, users)
    assert vars(tickets) == before
    sign_in(one, "alice").post("/api/tickets", json=NEW_TICKET)
    assert [count_of(app) for app in apps] == [1, 0]
    body = {**NEW_TICKET, "department": "Cellar"}
    answers = [sign_in(app, "alice").post("/api/tickets", json=body) for app in apps]
    assert [answer.status_code for answer in answers] == [422, 201]
    one.config["supportTickets"] = False
    assert (gate_of(one), gate_of(two)) == (False, True)


@pytest.mark.parametrize("instances", [1, 2])
def test_two_db_objects_live_in_one_process(users, host, instances):
    others = declare_users(mapped_column(String(20), primary_key=True))
    first, second = host(users), host(others)
    tickets = SupportTickets(db=users.db, user_model=users.User)
    tickets.init_app(first, admin=new_admin(first))
    more = tickets if instances == 1 else SupportTickets()
    more.init_app(second, others.db, others.User, admin=new_admin(second))
    settle(first, users)
    settle(second, others, alice="a", bob="b", mona="m")
    assert tickets.Ticket.__table__ is users.db.metadata.tables["support_ticket"]
    opened = [
        sign_in(app, "alice").post("/api/tickets", json=NEW_TICKET) for app in (first, second)
    ]
    assert [answer.json["data"]["userId"] for answer in opened] == [1, "a"]
    assert gate_of(first)
    assert gate_of(second)


def test_tables_are_created_on_the_bind_of_the_users(host):
    people = declare_users(bind_key="people")
    app = host(people, SQLALCHEMY_BINDS={"people": "sqlite://"})
    SupportTickets(app, people.db, people.User, admin=new_admin(app))
    settle(app, people)
    with app.app_context():
        main, bind = people.db.engines[None], people.db.engines["people"]
        assert "support_ticket" in inspect(bind).get_table_names()
        assert inspect(main).get_table_names() == []
    assert sign_in(app, "alice").post("/api/tickets", json=NEW_TICKET).status_code == 201
    assert count_of(app) == 1
    assert gate_of(app)
