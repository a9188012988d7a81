"""A host that forgives nothing: ``CSRFProtect``, ``StrictUndefined`` and a strict CSP."""

from __future__ import annotations

from flask import Flask, Response
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from flask_support_tickets import SupportTickets

from .small import Users, make_app, new_admin

POLICY = "default-src 'self'"


def create_app(users: Users, uri: str) -> Flask:
    """Return the app; its own ``POST /hosts-own`` is under the host's CSRF protection."""
    app = make_app(users, uri)
    csrf = CSRFProtect(app)
    csrf.exempt(app.view_functions["login"])  # so that tests can sign in
    app.jinja_env.undefined = StrictUndefined
    SupportTickets(app, users.db, users.User, admin=new_admin(app))
    app.add_url_rule("/hosts-own", "hosts_own", lambda: "done", methods=["POST"])

    @app.after_request
    def forbid(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app
