"""In what order, for how many apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String
from sqlalchemy import inspect as inspect_engine
from sqlalchemy.orm import mapped_column

from flask_support_tickets import ConfigurationError, Policy, SupportTickets

from ..hosts.small import Users, declare_users, new_admin, settle, sign_in
from .conftest import ALL_OFF, NEW_TICKET, count_of, gate_of


class TestSettingUp:
    def test_one_line_is_enough(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        SupportTickets(app, users.db, users.User, admin=new_admin(app))
        settle(app, users)
        assert gate_of(app)

    def test_everything_can_be_given_to_init_app(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        app, tickets = host(), SupportTickets()
        tickets.init_app(app, users.db, users.User, admin=new_admin(app))
        settle(app, users)
        assert gate_of(app)
        assert tickets.Ticket.__table__ is users.db.metadata.tables["support_ticket"]

    def test_the_user_model_can_come_later_than_the_db(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        app, tickets = host(), SupportTickets(db=users.db)
        tickets.init_app(app, user_model=users.User, admin=new_admin(app))
        settle(app, users)
        assert gate_of(app)

    def test_the_models_are_there_before_any_app(self, users: Users) -> None:
        tickets = SupportTickets(db=users.db, user_model=users.User)
        models = [
            tickets.Ticket,
            tickets.TicketComment,
            tickets.TicketEvent,
            tickets.TicketAttachment,
        ]
        assert all(issubclass(model, users.db.Model) for model in models)
        assert {model.__tablename__ for model in models} <= set(users.db.metadata.tables)

    def test_the_user_table_is_left_as_it_was(self, users: Users) -> None:
        columns = list(users.User.__table__.columns.keys())
        SupportTickets(db=users.db, user_model=users.User)
        assert list(users.User.__table__.columns.keys()) == columns

    def test_the_models_asked_for_too_early_say_what_to_do(self, users: Users) -> None:
        with pytest.raises(ConfigurationError, match=r"pass both to SupportTickets\(\.\.\.\)"):
            _ = SupportTickets(db=users.db).Ticket

    @pytest.mark.parametrize("make", [lambda policy: policy, lambda policy: policy()])
    def test_a_policy_can_be_a_class_or_an_object(
        self, users: Users, host: Callable[..., Flask], make: Callable[[Any], Any]
    ) -> None:
        class EverybodyIsStaff(Policy):
            def is_staff(self, user: Any) -> bool:
                return True

        app = host()
        SupportTickets(
            app, users.db, users.User, admin=new_admin(app), policy=make(EverybodyIsStaff)
        )
        settle(app, users)
        assert sign_in(app, "alice").get("/admin/tickets/").status_code == 200


class TestSeveralApps:
    @pytest.fixture
    def two(self, users: Users, host: Callable[..., Flask]) -> list[Flask]:
        """Two apps of one instance, each with a database and an Admin of its own."""
        tickets = SupportTickets(db=users.db, user_model=users.User)
        apps = [host(SUPPORT_TICKETS_DEPARTMENTS=["Sales"]), host()]
        for app in apps:
            tickets.init_app(app, admin=new_admin(app))
            settle(app, users)
        return apps

    def test_one_instance_serves_both(self, two: list[Flask]) -> None:
        assert [gate_of(app) for app in two] == [True, True]

    def test_each_has_its_own_tickets(self, two: list[Flask]) -> None:
        sign_in(two[0], "alice").post("/api/tickets", json=NEW_TICKET)
        assert [count_of(app) for app in two] == [1, 0]

    def test_each_has_its_own_settings(self, two: list[Flask]) -> None:
        body = {**NEW_TICKET, "department": "Cellar"}
        answers = [sign_in(app, "alice").post("/api/tickets", json=body) for app in two]
        assert [answer.status_code for answer in answers] == [422, 201]

    def test_each_has_its_own_gate(self, two: list[Flask]) -> None:
        two[0].config.update(ALL_OFF)
        assert [gate_of(app) for app in two] == [False, True]

    def test_nothing_of_an_app_is_kept_on_the_instance(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        tickets = SupportTickets(db=users.db, user_model=users.User)
        before = dict(vars(tickets))
        app = host()
        tickets.init_app(app, admin=new_admin(app))
        assert vars(tickets) == before

    def test_two_db_objects_live_in_one_process(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        others = declare_users(mapped_column(String(20), primary_key=True))
        apps = [host(users), host(others)]
        for app, of in zip(apps, (users, others), strict=True):
            SupportTickets(app, of.db, of.User, admin=new_admin(app))
        settle(apps[0], users)
        settle(apps[1], others, alice="a", bob="b", mona="m")
        assert [gate_of(app) for app in apps] == [True, True]
        filed = [sign_in(app, "alice").post("/api/tickets", json=NEW_TICKET) for app in apps]
        assert [answer.json["data"]["userId"] for answer in filed] == [1, "a"]

    def test_one_instance_can_take_another_db_for_another_app(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        others = declare_users()
        tickets = SupportTickets(db=users.db, user_model=users.User)
        apps = [host(users), host(others)]
        tickets.init_app(apps[0], admin=new_admin(apps[0]))
        tickets.init_app(apps[1], others.db, others.User, admin=new_admin(apps[1]))
        settle(apps[0], users)
        settle(apps[1], others)
        assert [gate_of(app) for app in apps] == [True, True]
        assert tickets.Ticket.__table__ is users.db.metadata.tables["support_ticket"]


class TestUsersOnABind:
    def test_the_tables_are_made_beside_the_users(self, host: Callable[..., Flask]) -> None:
        people = declare_users(bind_key="people")
        app = host(people, SQLALCHEMY_BINDS={"people": "sqlite://"})
        SupportTickets(app, people.db, people.User, admin=new_admin(app))
        settle(app, people)
        with app.app_context():
            main, bind = people.db.engines[None], people.db.engines["people"]
            assert "support_ticket" in inspect_engine(bind).get_table_names()
            assert inspect_engine(main).get_table_names() == []
        assert sign_in(app, "alice").post("/api/tickets", json=NEW_TICKET).status_code == 201
        assert count_of(app) == 1
        assert gate_of(app)
