"""Hosts with a form guard other than Flask-WTF's, such as Flask-SeaSurf."""

from __future__ import annotations

import re
import secrets

import pytest
from flask import abort, request, session
from jinja2 import DictLoader
from werkzeug.exceptions import HTTPException

from flask_support_tickets import SupportTickets

from .small import declare_users, dispose, make_app, new_admin, settle, sign_in

FIELD = '<input type="hidden" name="_csrf_token" value="{{ csrf_token() }}">'
NEW = {"subject": "No paper", "description": "None at all."}
REASON = "Forbidden: the token of the form is missing."


class Guard:
    """A guard like Flask-SeaSurf: 403 without a token in a form field or a header."""

    def __init__(self, app):
        self.exempt_views = {"login"}
        app.before_request(self.check)
        app.jinja_env.globals["csrf_token"] = self.token

    def exempt(self, endpoint):
        self.exempt_views.add(endpoint)

    def token(self):
        return session.setdefault("guard", secrets.token_hex())

    def check(self):
        if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint in self.exempt_views:
            return
        sent = request.form.get("_csrf_token") or request.headers.get("X-CSRFToken")
        if not sent or sent != session.get("guard"):
            abort(403, REASON)


@pytest.fixture
def host():
    """Make an app with a guard."""
    made = []

    def make(**templates):
        users = declare_users()
        app = make_app(users)
        made.append((app, users))
        app.jinja_loader = DictLoader(templates)
        guard = Guard(app)
        SupportTickets(app, users.db, users.User, admin=new_admin(app))
        settle(app, users)
        return app, guard

    yield make
    for each in made:
        dispose(*each)


def exempt_api(app, guard):
    for endpoint in app.view_functions:
        if endpoint.startswith("support_tickets_api."):
            guard.exempt(endpoint)


def test_reason_of_the_guard_reaches_clients_of_the_api(host):
    app, guard = host()
    client = sign_in(app, "alice")
    answer = client.post("/api/tickets", json=NEW)
    assert (answer.status_code, answer.is_json) == (403, False)
    assert REASON in answer.text
    exempt_api(app, guard)
    assert client.post("/api/tickets", json=NEW).status_code == 201
    ticket = sign_in(app, "bob").get("/api/tickets/1")
    assert ticket.json["error"]["code"] == "not_found", "our own errors keep their shape"
    action = {"action": "StartProgress"}
    answer = client.put("/api/tickets/1/status", json=action)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_allowed")


def test_reason_of_the_guard_is_shown_by_the_error_handler_of_the_host(host):
    app, _ = host()
    app.register_error_handler(HTTPException, lambda error: ({"guard": error.description}, 403))
    answer = sign_in(app, "alice").post("/api/tickets", json=NEW)
    assert (answer.status_code, answer.json) == (403, {"guard": REASON})


def hidden_fields(form):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def post_forms(page):
    return re.findall(r'<form[^>]*method="post".*?</form>', page, re.S)


def send(client, page, action, /, **fields):
    """Submit the form with this action URL as a browser would."""
    html = client.get(page).text
    start = re.escape(f'action="{action}')
    form = next(each for each in post_forms(html) if re.search(f'{start}["?]', each))
    return client.post(action, data={**hidden_fields(form), **fields})


def test_every_form_holds_the_hidden_fields_of_the_host(host):
    app, guard = host(**{"support_tickets/_hidden_fields.html": FIELD})
    exempt_api(app, guard)
    alice, mona = sign_in(app, "alice"), sign_in(app, "mona")
    new = "/settings/ticket/new"
    assert send(alice, new, new, **NEW).status_code == 303
    queue, detail = "/admin/tickets/", "/admin/tickets/1"
    start = {"action": "StartProgress"}
    assert send(mona, queue, f"{detail}/status", **start).status_code in (302, 303)
    page = "/settings/ticket/1"
    assert send(alice, page, f"{page}/comments", text="Hello?").status_code == 303
    mona.put("/api/tickets/1/status", json={"action": "MarkAsResolved"})
    assert send(alice, page, f"{page}/reopen").status_code == 303
    for client, path in ((alice, new), (alice, page), (mona, queue), (mona, detail)):
        forms = post_forms(client.get(path).text)
        assert forms
        for form in forms:
            assert hidden_fields(form).get("_csrf_token"), (path, form[:200])
