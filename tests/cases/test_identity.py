"""The adversarial cases about who somebody is: 22, 23, 24, 27, 28, 36, 40 and 41."""

from __future__ import annotations

import itertools

import pytest
from flask import request
from flask_login import login_user

from flask_support_tickets import TicketStatus

from ..api.matrix import CONTRACT, METHODS, Things
from ..host import User, db, tickets
from .conftest import by_token, fill, new_ticket

READS = sorted({address for (address, _), rights in CONTRACT.items() if "GET" in rights})
WRITES = sorted(
    {
        (address, sent, method)
        for (address, sent), rights in CONTRACT.items()
        for method in rights
        if method != "GET"
    }
)


@pytest.fixture
def things(make_ticket, make_comment, make_upload, alice):
    """A ticket of alice's in progress, with a comment and a file."""
    file = make_upload(alice)
    ticket = make_ticket(TicketStatus.InProgress, attachment_urls=[file.path])
    comment = make_comment(ticket, alice)
    return Things(ticket.id, comment.id, file.storage_key, "note.txt")


class TestPeopleWhoAreGone:
    """Case 22."""

    @pytest.fixture
    def remembered(self, app, client_of):
        """Return a client of a user whose session is over, and whose browser remembers them."""

        @app.post("/remember")
        def remember():
            login_user(db.session.scalar(db.select(User).filter_by(**request.form)), remember=True)
            return "signed in"

        def make(user):
            client = client_of(None)
            client.post("/remember", data={"username": user.username})
            client.delete_cookie("session")
            assert client.get_cookie("remember_token")
            return client

        return make

    @pytest.mark.parametrize("is_said_to_be_signed_in", [False, True])
    @pytest.mark.parametrize("way", ["deactivated", "deleted"])
    def test_are_nobody_by_session_remember_cookie_and_token(
        self, client_of, make_user, remembered, state, monkeypatch, way, is_said_to_be_signed_in
    ):
        gone = make_user("gone", role="moderator")
        clients = [client_of(gone), remembered(gone), by_token(client_of(None), "gone")]
        for client in clients:
            assert client.get("/api/tickets").status_code == 200
        if way == "deleted":
            db.session.delete(gone)
        else:
            gone.active = False
        db.session.commit()
        if is_said_to_be_signed_in:
            monkeypatch.setattr(User, "is_authenticated", True)
        before = state()
        for client in clients:
            for answer in (client.get("/api/tickets"), new_ticket(client)):
                assert (answer.status_code, answer.json["error"]["code"]) == (
                    401, "not_authenticated",
                )  # fmt: skip
            for url in ("/settings/ticket", "/admin/tickets/"):
                answer = client.get(url)
                assert answer.status_code == 302
                assert answer.location.startswith("/login")
        assert state() == before


class TestWhatAModeratorMayNot:
    def test_no_address_deletes_purges_exports_or_sets_anything(
        self, client_by, mona, things, state
    ):
        """Case 23: what only an admin might do is on the command line, for nobody here."""
        client, before = client_by(mona), state()
        for path in ("delete/", "export/csv/", "edit/", "new/", "action/", "ajax/update/"):
            for url in (f"/admin/tickets/{path}", f"/admin/tickets/{path}?id={things.ticket_id}"):
                data = fill(client, id=str(things.ticket_id), action="delete")
                assert client.post(url, data=data).status_code in (404, 405)
                assert client.get(url).status_code == 404
        for path in ("settings", "purge", "export", "sweep", f"{things.ticket_id}/delete"):
            assert client.post(f"/api/tickets/{path}", json={}).status_code in (404, 405)
        assert state() == before


class TestMethods:
    def test_no_header_turns_a_read_into_something_else(self, client_by, mona, things, state):
        """Case 24."""
        client, before = client_by(mona), state()
        names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method")
        for address in READS:
            url = things.url(address)
            plain = client.get(url).status_code
            for name, method in itertools.product(names, ("DELETE", "PUT", "POST", "PATCH")):
                assert client.get(url, headers={name: method}).status_code == plain, address
        assert state() == before

    def test_no_field_turns_a_write_into_another(self, client_by, mona, things, state):
        """Case 24: ``_method`` is unknown to the API, and nothing to the pages."""
        client = client_by(mona)
        for query in ("_method=DELETE", "_method=PUT"):
            before = state()
            assert client.post(f"/api/tickets?{query}", json={}).status_code == 422
            answer = new_ticket(client, _method="DELETE")
            assert list(answer.json["error"]["fields"]) == ["_method"]
            assert state() == before
        url = f"/admin/tickets/{things.ticket_id}/comments"
        data = fill(client, text="A word.", _method="DELETE")
        assert client.post(f"{url}?_method=DELETE", data=data).status_code == 303
        assert len(state()[0]["support_ticket"]) == len(before[0]["support_ticket"])

    def test_any_other_method_is_405_and_names_those_that_are_there(
        self, client_by, mona, things, state
    ):
        """Case 24."""
        client, before = client_by(mona), state()
        for address in {address for address, _ in CONTRACT}:
            rights = {
                method for (other, _), row in CONTRACT.items() if other == address for method in row
            }
            known = rights | {"OPTIONS"} | ({"HEAD"} if "GET" in rights else set())
            for method in {*METHODS, "TRACE", "CONNECT", "PROPFIND"} - known:
                answer = client.open(things.url(address), method=method)
                assert answer.status_code == 405, (address, method)
                assert set(answer.headers["Allow"].split(", ")) == known, (address, method)
            answer = client.options(things.url(address))
            assert (answer.status_code, answer.data) == (200, b""), address
            assert set(answer.headers["Allow"].split(", ")) == known, address
        assert state() == before


class TestHeadersThatClaimAnIdentity:
    CLAIMS = [
        {"X-Remote-User": "mona"}, {"Remote-User": "mona"}, {"X-User-ID": "2"}, {"X-User": "mona"},
        {"X-Forwarded-User": "mona"}, {"X-Forwarded-For": "127.0.0.1, 10.0.0.1"},
        {"X-Forwarded-Host": "admin.example"}, {"X-Original-URL": "/admin/tickets/"},
        {"X-Rewrite-URL": "/admin/tickets/"}, {"X-Role": "admin"}, {"From": "mona"},
    ]  # fmt: skip

    def test_change_nothing(self, client_by, alice, mona, make_ticket, bob):
        """Case 27."""
        make_ticket(owner=bob)
        own = make_ticket().id
        nobody, client = client_by(None), client_by(alice)
        for claim in self.CLAIMS:
            assert nobody.get("/api/tickets", headers=claim).status_code == 401, claim
            data = client.get("/api/tickets", headers=claim).json["data"]
            assert [row["id"] for row in data["tickets"]] == [own], claim
            assert client.get("/admin/tickets/", headers=claim).status_code == 403, claim


class TestTokens:
    def test_make_no_cookie_and_no_session(self, client_of, alice):
        """Case 28."""
        client = by_token(client_of(None), "alice")
        for number in range(50):
            answer = new_ticket(client) if number % 5 == 0 else client.get("/api/tickets")
            assert answer.status_code in (200, 201)
            assert "Set-Cookie" not in answer.headers
        assert client.get_cookie("session") is None
        answer = by_token(client_of(None), "unknown").get("/api/tickets")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"]
        assert "Set-Cookie" not in answer.headers


class TestReads:
    def test_change_nothing_whatever_they_ask_for(self, client_by, mona, things, state):
        """Case 36."""
        client, before = client_by(mona), state()
        queries = ("", "?status=closed&delete=1", "?action=Close", "?_method=POST&text=T")
        for address, query in itertools.product(READS, queries):
            for method in ("GET", "HEAD"):
                answer = client.open(things.url(address) + query, method=method)
                assert answer.status_code in (200, 303, 404, 422), (address, query)
        assert state() == before


class TestFieldsThatAreNotOnesOwn:
    FIELDS = {
        "userId": 2, "status": 3, "assignedToUserId": 2, "id": 999, "number": 999, "version": 9,
        "createdAt": "2020-01-01T00:00:00Z", "updatedAt": "2020-01-01T00:00:00Z",
        "internal": True, "deletedAt": None, "resolvedAt": None, "commentCount": 5,
        "isStaff": True, "user_id": 2,
    }  # fmt: skip

    def test_are_refused_by_name_in_the_api(self, client_by, alice, bob, things, state):
        """Case 41."""
        client, before = client_by(alice), state()
        for name, value in self.FIELDS.items():
            comment = {"ticketId": things.ticket_id, "text": "T", name: value}
            for answer in (
                new_ticket(client, **{name: value}),
                client.post("/api/ticket-comments", json=comment),
            ):
                assert answer.status_code == 422, name
                assert list(answer.json["error"]["fields"]) == [name]
        assert state() == before

    def test_mean_nothing_on_the_page(self, client_by, alice, bob):
        """Case 41: the ticket is alice's, and it is New."""
        client = client_by(alice)
        data = fill(client, subject="S", description="D", **self.FIELDS)
        data = {name: value for name, value in data.items() if value is not None}
        answer = client.post("/settings/ticket/new", data=data)
        assert answer.status_code == 303
        db.session.rollback()  # MariaDB would show what there was before
        ticket = db.session.get(tickets.Ticket, int(answer.location.rpartition("/")[2]))
        assert (ticket.user_id, ticket.status, ticket.version) == (alice.id, TicketStatus.New, 1)
        assert ticket.assigned_to_user_id is None
        assert (ticket.comment_count, ticket.id) == (0, 1)
