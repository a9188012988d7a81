"""Mistakes at set-up: each is a `ConfigurationError` that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, LargeBinary
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column
from sqlalchemy.types import UserDefinedType

from flask_support_tickets import ConfigurationError, SupportTickets

from ..host import create_host
from ..hosts.small import Users, declare_users, new_admin

SetUp = Callable[[Flask, Users], Any]


class Unreadable(UserDefinedType[Any]):
    """A column type that has no Python type."""

    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        raise NotImplementedError


class WithTableArguments:
    __table_args__ = ()


class WithAttachments:
    attachments = None


class WithPriority:
    priority = mapped_column(Integer)


class WithNamedColumn:
    importance = mapped_column("note_count", Integer)


#: Columns of hosts with names of ours.
TAKEN = [
    ("Ticket", "priority", WithPriority),
    ("Ticket", "note_count", WithNamedColumn),
    ("Ticket", "tags", type("Tags", (), {"tags": mapped_column(Integer)})),
    ("TicketComment", "is_internal", type("Note", (), {"is_internal": mapped_column(Integer)})),
    ("TicketEvent", "changes", type("Change", (), {"changes": mapped_column(Integer)})),
    ("TicketAttachment", "filename", type("File", (), {"filename": mapped_column(Integer)})),
]


def with_options(**options: Any) -> SetUp:
    return lambda app, users: SupportTickets(app, users.db, users.User, **options)


def with_user_model(model: Any) -> SetUp:
    return lambda app, users: SupportTickets(app, users.db, model)


def with_keys(*types: Any) -> SetUp:
    """Set up with a user model that has primary key columns of these types."""

    def set_up(app: Flask, users: Users) -> None:
        columns = {f"key{n}": Column(kind, primary_key=True) for n, kind in enumerate(types)}
        SupportTickets(app, users.db, type("Member", (users.db.Model,), columns))

    return set_up


def with_db_of_another_app(app: Flask, users: Users) -> None:
    others = declare_users()
    SupportTickets(app, others.db, others.User)


def with_two_user_models(app: Flask, users: Users) -> None:
    SupportTickets(db=users.db, user_model=users.User)
    with_keys(Integer)(app, users)


def with_attach_admin_first(app: Flask, users: Users) -> None:
    SupportTickets(db=users.db, user_model=users.User).attach_admin(app, new_admin())


MISTAKES: list[tuple[str, SetUp, str]] = [
    ("no db", lambda app, users: SupportTickets(app, user_model=users.User),
     "Pass your SQLAlchemy object"),
    ("db of another app", with_db_of_another_app, r"Call db\.init_app\(app\) before"),
    ("no user model", lambda app, users: SupportTickets(app, users.db), "Pass your user class"),
    ("user model without a table", with_user_model(object), "is not a mapped class"),
    ("user model that is a text", with_user_model("User"), "is not a mapped class"),
    ("composite key", with_keys(Integer, Integer), "single key column"),
    ("key of bytes", with_keys(LargeBinary(16)), "integer, UUID and string keys"),
    ("key of an unknown type", with_keys(Unreadable()), "integer, UUID and string keys"),
    ("two user models", with_two_user_models, "use one SupportTickets for each db"),
    ("policy of another class", with_options(policy=object), "policy must be a Policy"),
    ("mixin for an unknown model", with_options(model_mixins={"Tickets": object}),
     "use Ticket, TicketComment, TicketEvent"),
    ("mixin with table arguments", with_options(model_mixins={"TicketEvent": WithTableArguments}),
     "mixin for TicketEvent must not set"),
    ("mixin with attachments", with_options(model_mixins={"Ticket": WithAttachments}),
     "Ticket defines 'attachments'.*my_attachments"),
    *[(f"mixin with {name}", with_options(model_mixins={model: columns}),
       rf"mixin for {model} defines '{name}'.*'my_{name}'.*rename the column in the database")
      for model, name, columns in TAKEN],
    ("attach_admin before init_app", with_attach_admin_first, r"Call init_app\(app\) before"),
]  # fmt: skip
WRONG_SETTINGS = [
    ("PAGESIZE", 5, "Unknown configuration: SUPPORT_TICKETS_PAGESIZE. Known keys: "),
    ("PAGE_SIZE", 0, "SUPPORT_TICKETS_PAGE_SIZE must be a whole number from 1 to 100"),
    ("STORAGE", "nonsense://x", r"SUPPORT_TICKETS_STORAGE: .*install"),
    ("LOCALE", "xx", r"'xx'\. Known: auto, ar, de, en, es, fr; SUPPORT_TICKETS_TRANSLATIONS"),
    ("COLOR_SCHEME", "auto", 'must be "light", "dark" or None'),
    ("RATE_LIMIT", "60/minute", "SUPPORT_TICKETS_RATE_LIMIT needs Flask-Limiter"),
]


def assert_untouched(app: Flask) -> None:
    """The app has nothing of the extension."""
    assert "support_tickets" not in app.extensions
    assert not [rule for rule in app.url_map.iter_rules() if "ticket" in rule.rule]
    assert not app.blueprints


@pytest.mark.parametrize(
    ("set_up", "sentence"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES]
)
def test_mistake_says_what_to_do_and_leaves_the_app_as_it_was(users, host, set_up, sentence):
    app = host()
    with pytest.raises(ConfigurationError, match=sentence):
        set_up(app, users)
    assert_untouched(app)
    SupportTickets(app, users.db, users.User, admin=new_admin(app))


@pytest.mark.parametrize(("key", "value", "sentence"), WRONG_SETTINGS)
def test_wrong_setting_is_refused_at_set_up_and_can_be_corrected(users, host, key, value, sentence):
    app = host(**{f"SUPPORT_TICKETS_{key}": value})
    with pytest.raises(ConfigurationError, match=sentence):
        SupportTickets(app, users.db, users.User)
    assert_untouched(app)
    del app.config[f"SUPPORT_TICKETS_{key}"]
    SupportTickets(app, users.db, users.User, admin=new_admin(app))


def test_app_without_flask_login_or_with_host_matching_is_refused(users):
    app = Flask("bare")
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SECRET_KEY="only for tests")
    users.db.init_app(app)
    with pytest.raises(ConfigurationError, match=r"call login_manager\.init_app\(app\) first"):
        SupportTickets(app, users.db, users.User)
    LoginManager(app)
    app.url_map.host_matching = True
    with pytest.raises(ConfigurationError, match="without host_matching"):
        SupportTickets(app, users.db, users.User)
    assert_untouched(app)


def test_base_of_dataclasses_is_refused():
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


def test_app_is_set_up_only_once(users, host):
    app = host()
    tickets = SupportTickets(app, users.db, users.User)
    for again in (tickets, SupportTickets(db=users.db, user_model=users.User)):
        with pytest.raises(ConfigurationError, match="already set up on 'small'"):
            again.init_app(app)


def test_models_asked_for_too_early_say_what_to_do(users):
    with pytest.raises(ConfigurationError, match=r"pass both to SupportTickets\(\.\.\.\)"):
        _ = SupportTickets(db=users.db).Ticket


def test_channel_that_does_not_exist_is_logged(tmp_path, caplog):
    notify = {"reply": ["sms", "email"], "digest": ["push"]}
    create_host(f"sqlite:///{tmp_path}/a.db", SUPPORT_TICKETS_NOTIFY=notify)
    assert "NOTIFY: reply cannot be sent by sms, only by email." in caplog.text
    assert "NOTIFY: digest cannot be sent by push, only by email." in caplog.text
