"""Every mistake is told at `init_app`, with what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column
from sqlalchemy.types import UserDefinedType

from flask_support_tickets import ConfigurationError, SupportTickets
from flask_support_tickets.config import Config

from ..hosts.small import Users, declare_users, new_admin, settle
from .conftest import gate_of


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

    def test_matching_of_hosts(self, users: Users, host: Callable[..., Flask]) -> None:
        app = host()
        app.url_map.host_matching = True
        with pytest.raises(ConfigurationError, match="without host_matching"):
            SupportTickets(app, users.db, users.User)
        app.url_map.host_matching = False
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
