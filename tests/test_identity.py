"""Who counts as signed in (rule I1), and what the extension says of an app without it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.exceptions import Forbidden

from flask_support_tickets import NotAllowed, Unavailable, current_tickets
from flask_support_tickets.web.html_errors import as_http_errors

from .host import User, db


def sign_in(app, user):
    """Let every request of ``app`` be made by ``user``."""

    @app.before_request
    def enter():
        login_user(user, force=True)


class TestSignedIn:
    def test_a_user_of_another_class_is_nobody(self, app, client_of, caplog):
        class Robot(UserMixin):
            id = "r"

        sign_in(app, Robot())
        assert client_of(None).get("/api/tickets").status_code == 401
        assert "is not a User" in caplog.text

    def test_a_deactivated_user_is_nobody_even_when_said_to_be_authenticated(
        self, app, client_of, alice, monkeypatch
    ):
        monkeypatch.setattr(User, "is_authenticated", True)
        client = client_of(alice)
        assert client.get("/api/tickets").status_code == 200
        alice.active = False
        db.session.commit()
        assert client.get("/api/tickets").status_code == 401
        assert client.get("/settings/ticket").status_code == 302

    def test_a_deleted_user_is_nobody(self, client_of, alice):
        client = client_of(alice)
        db.session.delete(alice)
        db.session.commit()
        assert client.get("/api/tickets").status_code == 401

    def test_no_user_object_at_all_is_nobody(self, app, client_of):
        app.login_manager.anonymous_user = lambda: None
        assert client_of(None).get("/api/tickets").status_code == 401

    def test_a_sign_out_between_guard_and_page_is_refused(self, app, client_of, alice):
        from flask_login import logout_user

        client = client_of(alice)

        def leave():
            logout_user()

        app.before_request_funcs["support_tickets_pages"].append(leave)
        assert client.get("/settings/ticket").status_code == 401


def test_an_app_without_the_extension_says_so():
    app = Flask("bare")
    with app.app_context(), pytest.raises(RuntimeError, match="not set up on this app"):
        _ = current_tickets.config


def test_refusals_become_the_hosts_error_pages():
    with pytest.raises(Forbidden), as_http_errors():
        raise NotAllowed
    with pytest.raises(Exception, match="503"), as_http_errors():
        raise Unavailable


def test_the_login_manager_is_the_hosts(app):
    assert isinstance(app.login_manager, LoginManager)
    assert User.__tablename__ == "host_user"
