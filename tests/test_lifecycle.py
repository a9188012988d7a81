"""How a host sets the extension up: in what order, for how many apps; every mistake; the gate."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, LargeBinary, String
from sqlalchemy import inspect as inspect_engine
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column
from sqlalchemy.types import UserDefinedType

from flask_support_tickets import ConfigurationError, Policy, SupportTickets
from flask_support_tickets.config import Config

from .hosts.small import Users, declare_users, dispose, make_app, new_admin, settle, sign_in

NEW_TICKET = {"subject": "No paper", "description": "None at all."}
ALL_OFF = {"supportTickets": False}


@pytest.fixture
def users() -> Users:
    return declare_users()


@pytest.fixture
def host(users: Users) -> Iterator[Callable[..., Flask]]:
    """Make apps without tickets; their databases are given back in the end."""
    made: list[tuple[Flask, Users]] = []

    def make(of: Users = users, **config: Any) -> Flask:
        app = make_app(of, **config)
        made.append((app, of))
        return app

    yield make
    for app, of in made:
        dispose(app, of)


def gate_of(app: Flask, admin: str = "/admin") -> bool:
    """Whether the gate is open; every face must say the same."""
    user, staff = sign_in(app, "alice"), sign_in(app, "mona")
    api = user.get("/api/tickets")
    answers = {
        "api": api.status_code,
        "code": (api.json.get("error") or {}).get("code"),
        "page": user.get("/settings/ticket").status_code,
        "admin": staff.get(f"{admin}/tickets/").status_code,
        "menu": f'href="{admin}/tickets/"' in staff.get(f"{admin}/").text,
    }
    on = {"api": 200, "code": None, "page": 200, "admin": 200, "menu": True}
    off = {"api": 403, "code": "feature_not_licensed", "page": 404, "admin": 404, "menu": False}
    assert answers in (on, off)
    return answers == on


def count_of(app: Flask) -> int:
    """The number of tickets that staff see in the API."""
    total: int = sign_in(app, "mona").get("/api/tickets").json["data"]["totalCount"]
    return total


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


class Unreadable(UserDefinedType[Any]):
    """A column type that does not tell its Python type."""

    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        raise NotImplementedError

    def get_col_spec(self, **kwargs: Any) -> str:
        return "BLOB"


class WithTableArguments:
    __table_args__ = ()


class TestMistakes:
    """Each is a `ConfigurationError` whose sentence says what to do, and the app goes on."""

    @staticmethod
    def assert_usable(app: Flask, users: Users) -> None:
        """The host works, has nothing of ours, and a set-up without the mistake succeeds."""
        before = [rule.rule for rule in app.url_map.iter_rules()]
        assert not [rule for rule in before if "ticket" in rule]
        assert "support_tickets" not in app.extensions
        SupportTickets(app, users.db, users.User, admin=new_admin(app))
        settle(app, users)
        assert gate_of(app)

    def test_no_db(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        with pytest.raises(ConfigurationError, match="Pass your SQLAlchemy object"):
            SupportTickets(user_model=users.User).init_app(app)
        self.assert_usable(app, users)

    def test_no_user_model(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        with pytest.raises(ConfigurationError, match="Pass your user class"):
            SupportTickets(app, users.db)
        self.assert_usable(app, users)

    @pytest.mark.parametrize("thing", [object, Flask, "User", 7])
    def test_a_user_model_that_is_not_mapped(
        self, users: Users, host: Callable[..., Flask], thing: Any
    ) -> None:
        app = host()
        with pytest.raises(ConfigurationError, match="is not a mapped class"):
            SupportTickets(app, users.db, thing)
        self.assert_usable(app, users)

    def test_a_composite_key(self, users: Users, host: Callable[..., Flask]) -> None:
        class Member(users.db.Model):
            club = Column(Integer, primary_key=True)
            number = Column(Integer, primary_key=True)

        app = host()
        with pytest.raises(ConfigurationError, match="single key column"):
            SupportTickets(app, users.db, Member)
        self.assert_usable(app, users)

    @pytest.mark.parametrize("kind", [LargeBinary(16), Unreadable()], ids=["bytes", "unreadable"])
    def test_a_key_of_another_type(
        self, users: Users, host: Callable[..., Flask], kind: Any
    ) -> None:
        class Member(users.db.Model):
            id = Column(kind, primary_key=True)

        app = host()
        with pytest.raises(ConfigurationError, match="take integer, UUID and string keys"):
            SupportTickets(app, users.db, Member)
        self.assert_usable(app, users)

    def test_a_base_of_dataclasses(self) -> None:
        class Plain(DeclarativeBase):
            pass

        db = SQLAlchemy(model_class=Plain)

        class Base(MappedAsDataclass, db.Model):
            __abstract__ = True

        db.Model = Base

        class Member(db.Model):
            id = mapped_column(Integer, primary_key=True, init=False)

        with pytest.raises(ConfigurationError, match="plain DeclarativeBase"):
            SupportTickets(db=db, user_model=Member)
        assert list(db.metadata.tables) == ["member"]

    def test_no_flask_login(self, users: Users) -> None:
        app = Flask("bare")
        app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SECRET_KEY="only for tests")
        users.db.init_app(app)
        tickets = SupportTickets(db=users.db, user_model=users.User)
        with pytest.raises(ConfigurationError, match=r"call login_manager\.init_app\(app\) first"):
            tickets.init_app(app)
        LoginManager(app).user_loader(lambda key: None)
        tickets.init_app(app)
        assert app.test_client().get("/api/tickets").status_code == 403

    def test_a_db_that_the_app_does_not_know(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        app, others = host(), declare_users()
        with pytest.raises(ConfigurationError, match=r"Call db\.init_app\(app\) before"):
            SupportTickets(app, others.db, others.User)
        self.assert_usable(app, users)

    @pytest.mark.parametrize(
        "key", ["SUPPORT_TICKETS_PAGESIZE", "SUPPORT_TICKETS_", "SUPPORT_TICKETS_page_size"]
    )
    def test_an_unknown_key(self, users: Users, host: Callable[..., Flask], key: str) -> None:
        app = host(**{key: 5})
        with pytest.raises(ConfigurationError) as caught:
            SupportTickets(app, users.db, users.User)
        assert f"Unknown configuration: {key}. Known keys: SUPPORT_TICKETS_" in str(caught.value)
        assert "SUPPORT_TICKETS_PAGE_SIZE" in str(caught.value)
        del app.config[key]
        self.assert_usable(app, users)

    WRONG: dict[str, list[Any]] = {
        "STAFF_ROLES": [7, None, [""], ["admin", 7], {"admin": True}, b"admin"],
        "ALLOW_REOPEN": [1, "yes", None],
        "MAX_REPLY_DEPTH": [-1, 33, "8", 8.0, True, None],
        "DEPARTMENTS": ["x" * 101, ["Sa\nles"], [""], 7, None],
        "ATTACHMENT_HOSTS": [7, [None], {"example.org": 1}],
        "MAX_OPEN_TICKETS_PER_USER": [-1, 1_000_001, "5", None],
        "COMMENTS_PER_HOUR": [-1, 1_000_001, "5", None],
        "RATE_LIMIT": [7, "", " ", "60/minute"],  # the last needs Flask-Limiter in the app
        "MIGRATE_AFTER": [7, "", " "],
        "API_DOCS": [1, "yes", None],
        "STORAGE": [7, "", "a/folder", "nonsense://x"],
        "STORAGE_OPTIONS": [7, "x", [("a", 1)], {1: 2}],
        "SIGNED_URL_SECONDS": [-1, 3_601, "60", None],
        "ATTACHMENT_MAX_BYTES": [0, 2**30 + 1, "10 MB", None],
        "ATTACHMENT_MAX_COUNT": [-1, 101, "10", None],
        "ATTACHMENT_TYPES": [7, ["exotic"], [""], None],
        "MARKUP": ["html", "", None],
        "LOCALE": [7, "", " ", "xx"],
        "TRANSLATIONS": [7, ["/no/such/folder"], None],
        "TIMEZONE": [7, "", "Mars/One", None],
        "BASE_TEMPLATE": ["", None, 7],
        "PAGE_SIZE": [0, 101, "20", 20.0, True],
        "COMMENTS_PAGE_SIZE": [0, 101, None],
    }

    @pytest.mark.parametrize(
        ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
    )
    def test_a_value_out_of_range(
        self, users: Users, host: Callable[..., Flask], name: str, value: Any
    ) -> None:
        key = f"SUPPORT_TICKETS_{name}"
        app = host(**{key: value})
        with pytest.raises(ConfigurationError, match=rf"^{key}\b"):
            SupportTickets(app, users.db, users.User)
        del app.config[key]
        self.assert_usable(app, users)

    def test_every_key_has_wrong_values_above(self) -> None:
        known = {field.name.upper() for field in dataclasses.fields(Config)}
        assert known == set(self.WRONG)

    def test_registered_twice(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        admin = new_admin(app)
        tickets = SupportTickets(app, users.db, users.User, admin=admin)
        for again in (tickets, SupportTickets(db=users.db, user_model=users.User)):
            with pytest.raises(ConfigurationError, match="already set up on 'small'"):
                again.init_app(app)
        settle(app, users)
        assert gate_of(app)

    def test_another_user_model_on_the_same_db(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        class Stranger(users.db.Model):
            id = Column(Integer, primary_key=True)

        SupportTickets(db=users.db, user_model=users.User)
        app = host()
        with pytest.raises(ConfigurationError, match="use one SupportTickets for each db"):
            SupportTickets(app, users.db, Stranger)
        self.assert_usable(app, users)

    @pytest.mark.parametrize("policy", [object(), object, "staff", 7])
    def test_a_policy_that_is_none(
        self, users: Users, host: Callable[..., Flask], policy: Any
    ) -> None:
        app = host()
        with pytest.raises(ConfigurationError, match="policy must be a Policy"):
            SupportTickets(app, users.db, users.User, policy=policy)
        self.assert_usable(app, users)

    def test_a_mixin_for_no_model(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        with pytest.raises(ConfigurationError, match="use Ticket, TicketComment, TicketEvent"):
            SupportTickets(app, users.db, users.User, model_mixins={"Tickets": object})
        self.assert_usable(app, users)

    @pytest.mark.parametrize("name", ["Ticket", "TicketComment", "TicketEvent", "TicketAttachment"])
    def test_a_mixin_with_table_arguments(
        self, users: Users, host: Callable[..., Flask], name: str
    ) -> None:
        app, mixins = host(), {name: WithTableArguments}
        with pytest.raises(ConfigurationError, match=rf"mixin for {name} must not set"):
            SupportTickets(app, users.db, users.User, model_mixins=mixins)
        self.assert_usable(app, users)

    def test_a_mixin_with_attachments_of_its_own(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        class Mixin:
            attachments = mapped_column(String(20))

        app = host()
        with pytest.raises(ConfigurationError, match="must not have attachments"):
            SupportTickets(app, users.db, users.User, model_mixins={"Ticket": Mixin})
        self.assert_usable(app, users)

    def test_attach_admin_before_init_app(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        tickets = SupportTickets(db=users.db, user_model=users.User)
        with pytest.raises(ConfigurationError, match=r"Call init_app\(app\) before attach_admin"):
            tickets.attach_admin(app, new_admin())
        self.assert_usable(app, users)

    def test_after_the_first_request_it_is_too_late(
        self, users: Users, host: Callable[..., Flask]
    ) -> None:
        app = host()
        app.test_client().get("/")
        with pytest.raises(AssertionError, match="can no longer be called"):
            SupportTickets(app, users.db, users.User)
        assert "support_tickets" not in app.extensions
        assert app.test_client().get("/api/tickets").mimetype == "text/html"


YES: list[Any] = [True, 1, "1", "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"]
NO: list[Any] = [False, 0, 2, "0", "false", "no", "off", "", None, "2", "maybe", "MAIN", [], 1.5]
FEATURES_ON: list[Any] = [
    {"supportTickets": True},
    {"support_tickets": True},
    {"supportTickets": "yes", "billing": False},
    {"supportTickets": False, "support_tickets": 1},
    ["supportTickets"],
    ("billing", "support_tickets"),
    {"supportTickets"},
    frozenset({"support_tickets"}),
    "supportTickets",
    "support_tickets,billing",
    "billing , supportTickets",
]
FEATURES_OFF: list[Any] = [
    {},
    {"supportTickets": False},
    {"supportTickets": "off"},
    {"supportTickets": None},
    {"billing": True},
    [],
    ["billing", 7, None],
    "",
    "billing",
    "supportTicketsPlus",
    "my-supportTickets billing",
    None,
]


class TestGate:
    @pytest.fixture
    def app(self, users: Users, host: Callable[..., Flask]) -> Flask:
        """A host without any switch."""
        app = host()
        del app.config["supportTickets"]
        SupportTickets(app, users.db, users.User, admin=new_admin(app))
        settle(app, users)
        return app

    def test_without_any_switch_it_is_off(self, app: Flask) -> None:
        assert not gate_of(app)

    @pytest.mark.parametrize("mode", ["MAIN", "main", "Main"])
    def test_the_main_mode_opens_it(self, app: Flask, mode: str) -> None:
        app.config["LICENSE_MODE"] = mode
        assert gate_of(app)

    @pytest.mark.parametrize("mode", ["CONSUMER", "", "MAINTENANCE", "MAIN,CONSUMER", None, True])
    def test_no_other_mode_does(self, app: Flask, mode: Any) -> None:
        app.config["LICENSE_MODE"] = mode
        assert not gate_of(app)

    @pytest.mark.parametrize("value", YES)
    @pytest.mark.parametrize("key", ["supportTickets", "SUPPORT_TICKETS_ENABLED"])
    def test_a_switch_that_is_on_opens_it(self, app: Flask, key: str, value: Any) -> None:
        app.config[key] = value
        assert gate_of(app)

    @pytest.mark.parametrize("value", NO)
    @pytest.mark.parametrize("key", ["supportTickets", "SUPPORT_TICKETS_ENABLED"])
    def test_any_other_value_of_a_switch_does_not(self, app: Flask, key: str, value: Any) -> None:
        app.config[key] = value
        assert not gate_of(app)

    @pytest.mark.parametrize("features", FEATURES_ON)
    def test_the_feature_on_the_list_opens_it(self, app: Flask, features: Any) -> None:
        app.config["LICENSE_FEATURES"] = features
        assert gate_of(app)

    @pytest.mark.parametrize("features", FEATURES_OFF)
    def test_other_features_do_not(self, app: Flask, features: Any) -> None:
        app.config["LICENSE_FEATURES"] = features
        assert not gate_of(app)

    def test_one_open_switch_is_enough_whatever_the_others_say(self, app: Flask) -> None:
        app.config.update(
            LICENSE_MODE="CONSUMER",
            supportTickets=False,
            SUPPORT_TICKETS_ENABLED="off",
            LICENSE_FEATURES=["supportTickets"],
        )
        assert gate_of(app)

    def test_a_setting_that_cannot_be_read_is_off_and_logged(
        self, app: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        app.config["LICENSE_FEATURES"] = 42
        assert not gate_of(app)
        assert "license check for Support Tickets failed" in caplog.text

    def test_it_closes_and_opens_while_the_app_runs_and_nothing_stored_is_touched(
        self, app: Flask
    ) -> None:
        app.config["supportTickets"] = True
        client = sign_in(app, "alice")
        ticket = client.post("/api/tickets", json=NEW_TICKET).json["data"]
        app.config["supportTickets"] = False
        assert not gate_of(app)
        assert client.get(f"/api/tickets/{ticket['id']}").status_code == 403
        app.config["LICENSE_MODE"] = "MAIN"
        assert gate_of(app)
        assert client.get(f"/api/tickets/{ticket['id']}").json["data"] == ticket

    def test_while_it_is_off_nothing_can_be_written(self, app: Flask) -> None:
        client, staff = sign_in(app, "alice"), sign_in(app, "mona")
        assert client.post("/api/tickets", json=NEW_TICKET).status_code == 403
        assert client.post("/settings/ticket/new", data=NEW_TICKET).status_code == 404
        assert staff.post("/admin/tickets/1/status", data={"action": "Close"}).status_code == 404
        app.config["supportTickets"] = True
        assert count_of(app) == 0

    def test_the_menu_entry_goes_and_the_rest_of_the_menu_stays(self, app: Flask) -> None:
        staff = sign_in(app, "mona")
        app.config["supportTickets"] = True
        assert "Support Tickets" in staff.get("/admin/").text
        app.config["supportTickets"] = False
        html = staff.get("/admin/").text
        assert "Support Tickets" not in html
        assert 'href="/admin/"' in html


class TestLicenseCheck:
    @pytest.fixture
    def licensed_by(self, users: Users, host: Callable[..., Flask]) -> Callable[..., Flask]:
        """Return a host whose gate is asked of a function."""

        def make(check: Callable[[Flask], Any], **config: Any) -> Flask:
            app = host(**config)
            tickets = SupportTickets(db=users.db, user_model=users.User, license_check=check)
            tickets.init_app(app, admin=new_admin(app))
            settle(app, users)
            return app

        return make

    def test_true_opens_the_gate_against_every_switch(
        self, licensed_by: Callable[..., Flask]
    ) -> None:
        assert gate_of(licensed_by(lambda app: True, **ALL_OFF))

    @pytest.mark.parametrize("answer", [False, None, 0, "", "false"])
    def test_anything_else_closes_it_against_every_switch(
        self, licensed_by: Callable[..., Flask], answer: Any
    ) -> None:
        config = {"LICENSE_MODE": "MAIN", "LICENSE_FEATURES": ["supportTickets"]}
        assert not gate_of(licensed_by(lambda app: answer, SUPPORT_TICKETS_ENABLED=True, **config))

    def test_it_is_not_asked_before_there_is_a_request(
        self, licensed_by: Callable[..., Flask], caplog: pytest.LogCaptureFixture
    ) -> None:
        def check(app: Flask) -> bool:
            raise AssertionError("there may be no database yet")

        caplog.set_level(logging.INFO, "flask_support_tickets")
        licensed_by(check)
        assert [record.levelname for record in caplog.records] == ["INFO"]
        assert "switched by license_check alone" in caplog.text

    def test_it_is_asked_for_every_request_and_about_the_app(
        self, licensed_by: Callable[..., Flask]
    ) -> None:
        asked: list[Flask] = []
        app = licensed_by(lambda of: asked.append(of) or len(asked) % 2)
        client = sign_in(app, "alice")
        asked.clear()
        codes = [client.get("/api/tickets").status_code for _ in range(4)]
        assert codes == [200, 403, 200, 403]
        assert asked == [app] * 4

    def test_one_request_gets_one_answer(self, licensed_by: Callable[..., Flask]) -> None:
        asked: list[Flask] = []
        app = licensed_by(lambda of: not asked.append(of))
        client = sign_in(app, "mona")
        asked.clear()
        assert client.get("/admin/tickets/").status_code == 200
        assert len(asked) == 1

    @pytest.mark.parametrize("error", [RuntimeError("the license server is away"), KeyError("x")])
    def test_one_that_raises_is_logged_counts_as_off_and_breaks_no_page_of_the_host(
        self,
        licensed_by: Callable[..., Flask],
        caplog: pytest.LogCaptureFixture,
        error: Exception,
    ) -> None:
        def check(app: Flask) -> bool:
            raise error

        app = licensed_by(check)
        assert not gate_of(app)
        assert repr(error) in caplog.text or str(error) in caplog.text
        staff = sign_in(app, "mona")
        assert staff.get("/").status_code == 200
        assert staff.get("/admin/").status_code == 200


class TestLogLine:
    LOGGER = "flask_support_tickets.extension"

    @pytest.fixture
    def lines(self, caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
        caplog.set_level(logging.INFO, self.LOGGER)
        return lambda: [row.getMessage() for row in caplog.records if row.name == self.LOGGER]

    def test_off_at_init_app_is_told_in_one_line_that_names_the_switches(
        self, users: Users, host: Callable[..., Flask], lines: Callable[[], list[str]]
    ) -> None:
        SupportTickets(host(**ALL_OFF), users.db, users.User)
        [line] = lines()
        assert "are off for 'small'" in line
        for switch in (
            "supportTickets",
            "SUPPORT_TICKETS_ENABLED",
            "LICENSE_MODE",
            "LICENSE_FEATURES",
        ):
            assert f'"{switch}"' in line

    def test_on_at_init_app_is_not_worth_a_line(
        self, users: Users, host: Callable[..., Flask], lines: Callable[[], list[str]]
    ) -> None:
        SupportTickets(host(), users.db, users.User)
        assert lines() == []
