"""Requests no browser of ours sends, and hosts whose own code misbehaves."""

from __future__ import annotations

import io
import json

import pytest
from sqlalchemy import text

from flask_support_tickets import Policy, TicketStatus
from flask_support_tickets.web.intake import BODY_MAX_BYTES

from .conftest import form_fields
from .host import User, db

NEW = "/settings/ticket/new"


@pytest.fixture
def form_urls(make_ticket):
    ticket = make_ticket(TicketStatus.InProgress)
    mine, desk = f"/settings/ticket/{ticket.id}", f"/admin/tickets/{ticket.id}"
    return [
        ("alice", NEW),
        ("alice", f"{mine}/comments"),
        ("alice", f"{mine}/reopen"),
        ("mona", f"{desk}/comments"),
        ("mona", f"{desk}/status"),
    ]


class TestFormRoutes:
    @pytest.mark.parametrize(
        "body",
        ["5", "[1]", "[" * 100_000, '{"csrf_token": 5}', '{"csrf_token": "\\ud800é"}',
         '{"subject": 5}', '{"text": {"a": 1}}', '{"submission_key": 5, "text": "T"}'],
    )  # fmt: skip
    def test_read_no_json(self, client_of, alice, mona, form_urls, everything, body):
        clients = {"alice": client_of(alice), "mona": client_of(mona)}
        before = everything()
        for name, url in form_urls:
            answer = clients[name].post(url, data=body.encode(), content_type="application/json")
            assert answer.status_code in (303, 400), url
        assert everything() == before

    def test_take_no_file_for_a_field(self, client_of, alice, mona, form_urls, everything):
        clients = {"alice": client_of(alice), "mona": client_of(mona)}
        before = everything()
        for name, url in form_urls:
            fields = form_fields(clients[name].get(NEW).text)
            for field in ("subject", "description", "text", "department", "parentCommentId"):
                data = {**fields, field: (io.BytesIO(b"x"), "x.txt")}
                assert clients[name].post(url, data=data).status_code in (303, 409, 422), (
                    url,
                    field,
                )
        assert everything() == before

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "", "junk"])
    def test_refuse_what_another_site_sent(
        self, client_of, alice, mona, form_urls, everything, site
    ):
        clients = {"alice": client_of(alice), "mona": client_of(mona)}
        for name, url in form_urls:
            data = {**form_fields(clients[name].get(NEW).text), "subject": "S", "text": "T"}
            before = everything()
            answer = clients[name].post(url, data=data, headers={"Sec-Fetch-Site": site})
            assert answer.status_code == 403, url
            assert everything() == before

    def test_a_department_of_spaces_is_none(self, client_of, alice, everything):
        client = client_of(alice)
        fields = form_fields(client.get(NEW).text)
        data = {**fields, "subject": "S", "description": "D", "department": "  "}
        assert client.post(NEW, data=data).status_code == 303
        assert everything()["support_ticket"][0][3] is None


class TestBodiesOfUnknownLength:
    def send(self, client, url, body, content_type):
        return client.post(
            url,
            input_stream=io.BytesIO(body),
            content_type=content_type,
            environ_overrides={"wsgi.input_terminated": True},
            headers={"Transfer-Encoding": "chunked"},
        )

    def test_are_limited_too(self, client_of, alice, everything):
        client, before = client_of(alice), everything()
        body = json.dumps({"subject": "S", "description": "D"}).encode()
        padding = b" " * (2 * BODY_MAX_BYTES)
        answer = self.send(client, "/api/tickets", body + padding, "application/json")
        assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
        form = b"subject=S&description=" + b"x" * 2 * BODY_MAX_BYTES
        kind = "application/x-www-form-urlencoded"
        assert self.send(client, NEW, form, kind).status_code == 413
        assert everything() == before

    def test_are_read_when_they_fit(self, client_of, alice):
        client = client_of(alice)
        body = json.dumps({"subject": "S", "description": "D"}).encode()
        assert self.send(client, "/api/tickets", body, "application/json").status_code == 201
        token = form_fields(client.get(NEW).text)["csrf_token"]
        form = f"csrf_token={token}&subject=S&description=D".encode()
        answer = self.send(client, NEW, form, "application/x-www-form-urlencoded")
        assert answer.status_code == 303


class TestADatabaseThatIsBusy:
    def test_keeps_what_was_typed(self, app, client_of, alice, make_ticket, monkeypatch):
        from flask_support_tickets import Unavailable
        from flask_support_tickets.web import sending

        def fail(*args, **kwargs):
            raise Unavailable

        ticket = make_ticket(TicketStatus.InProgress)
        client = client_of(alice)
        monkeypatch.setattr(sending, "with_files", fail)
        fields = form_fields(client.get(NEW).text)
        for url, typed in (
            (NEW, {"subject": "My words", "description": "D"}),
            (f"/settings/ticket/{ticket.id}/comments", {"text": "My words"}),
        ):
            answer = client.post(url, data={**fields, **typed})
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "1"
            assert "My words" in answer.text

    def test_at_sign_in_is_503_on_every_face(self, app, client_of, mona):
        from sqlalchemy.exc import OperationalError

        client = client_of(mona)

        def fail(key):
            raise OperationalError("", {}, Exception())

        app.login_manager.user_loader(fail)
        for url in ("/settings/ticket", "/admin/tickets/", "/api/tickets"):
            assert client.get(url).status_code == 503


class TestHostsNames:
    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            (None, "User "), ("", "User "), (5, "5"), ("a\nb\x00", "a\ufffdb\ufffd"),
            ("\ud800", "\ufffd"), (RuntimeError("no name"), "User "),
        ],
    )  # fmt: skip
    def test_are_shown_whatever_they_are(
        self, app, client_of, alice, mona, make_ticket, monkeypatch, name, shown
    ):
        def display_name(user):
            if isinstance(name, Exception):
                raise name
            return name

        ticket = make_ticket(TicketStatus.InProgress)
        monkeypatch.setattr(Policy, "display_name", lambda self, user: display_name(user))
        client = client_of(mona)
        data = client.get(f"/api/tickets/{ticket.id}").json["data"]
        assert data["userName"].startswith(shown)
        for url in ("/admin/tickets/", f"/admin/tickets/{ticket.id}"):
            assert client.get(url).status_code == 200


class TestHostsUsers:
    def test_one_made_from_a_token_counts_by_its_key(self, app, client_of, alice, make_ticket):
        make_ticket()
        key = alice.id
        app.login_manager.request_loader(
            lambda request: User(id=key, username="alice", active=True)
        )
        assert client_of(None).get("/api/tickets").json["data"]["totalCount"] == 1

    def test_one_without_a_key_is_nobody(self, app, client_of):
        app.login_manager.request_loader(lambda request: User(username="x", active=True))
        assert client_of(None).get("/api/tickets").status_code == 401

    def test_is_active_may_be_a_method(self, app, client_of, alice, monkeypatch):
        client = client_of(alice)
        assert client.get("/api/tickets").status_code == 200
        monkeypatch.setattr(User, "is_authenticated", True)
        monkeypatch.setattr(User, "is_active", lambda self: False)
        assert client.get("/api/tickets").status_code == 401


class TestHostsHandlers:
    def test_a_handler_for_413_does_not_take_the_apis(self, app, client_of, alice):
        app.register_error_handler(413, lambda error: ("<h1>mine</h1>", 413))
        answer = client_of(alice).post(
            "/api/tickets", data=b" " * (BODY_MAX_BYTES + 1), content_type="application/json"
        )
        assert answer.json["error"]["code"] == "too_large"

    def test_an_untrusted_host_stays_the_hosts_affair(self, app, client_of):
        app.config["TRUSTED_HOSTS"] = ["good.example"]
        assert client_of(None).get("/api/tickets").status_code == 400


class TestLicenseChecks:
    def make_check(self, app, check, monkeypatch):
        import dataclasses

        state = dataclasses.replace(app.extensions["support_tickets"], license_check=check)
        monkeypatch.setitem(app.extensions, "support_tickets", state)

    def test_an_async_one_is_off(self, app, client_of, alice, monkeypatch, caplog):
        client = client_of(alice)
        self.make_check(app, lambda app: _awaitable(), monkeypatch)
        assert client.get("/api/tickets").status_code == 403
        assert "must not be async" in caplog.text

    def test_one_that_fails_in_sql_leaves_the_hosts_session_usable(
        self, app, client_of, mona, monkeypatch
    ):
        client = client_of(mona)
        self.make_check(
            app,
            lambda app: db.session.execute(text("SELECT * FROM no_such_table")).all(),
            monkeypatch,
        )
        assert client.get("/admin/").status_code == 200
        assert client.get("/api/tickets").status_code == 403


class _awaitable:
    def __await__(self):
        yield


class TestEnumRoles:
    def test_are_asked_for_as_text(self, app, mona, adam, monkeypatch):
        from sqlalchemy.dialects import postgresql

        from flask_support_tickets.services import staff

        query = str(staff._candidates().compile(dialect=postgresql.dialect()))
        assert "lower(CAST(host_user.role AS VARCHAR))" in query
