"""Where no file goes, and addresses that nobody visits: cases 76 and 77."""

from __future__ import annotations

import socket

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.current import current_tickets
from tests.conftest import form_fields

from .clients import MULTIPART, NEW, UPLOADS, multipart

NOTE = ("note.txt", b"0123456789 and more words")


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}


@pytest.fixture
def state(everything):
    """Return every row of every table, and every path in the store."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


@pytest.fixture
def send(state):
    """Send a form with a file; it leaves everything as it was."""

    def send(client, url, *, headers=(), **fields):
        fields = {**form_fields(client.get(NEW).text), "subject": "S", "text": "T", **fields}
        before = state()
        body = multipart({"description": "D", **fields}, "attachments", [NOTE])
        answer = client.post(url, data=body, headers={**MULTIPART, **dict(headers)})
        assert state() == before
        return answer

    return send


class TestNoFileGoes:
    """Case 76."""

    @pytest.fixture
    def urls(self, make_ticket):
        """The forms of the page and of the admin for a ticket of alice's in progress."""
        number = make_ticket(TicketStatus.InProgress).id
        return f"/settings/ticket/{number}/comments", f"/admin/tickets/{number}/comments"

    def test_to_a_foreign_ticket_or_none(self, client_of, bob, mona, urls, send):
        page, admin = urls
        assert send(client_of(bob), page).status_code == 404
        assert send(client_of(bob), admin).status_code == 403
        assert send(client_of(mona), page).status_code == 404  # the pages are for one's own
        for url in urls:
            number = url.split("/")[-2]
            for wrong in ("987654", "0", "x", "9" * 30):
                assert send(client_of(mona), url.replace(number, wrong)).status_code == 404

    @pytest.mark.parametrize("status", [TicketStatus.New, TicketStatus.Closed])
    def test_to_a_ticket_that_takes_no_comment(
        self, client_of, alice, mona, make_ticket, send, status
    ):
        number = make_ticket(status).id
        answers = [
            send(client_of(alice), f"/settings/ticket/{number}/comments"),
            send(client_of(mona), f"/admin/tickets/{number}/comments"),
        ]
        assert [answer.status_code for answer in answers] == [409, 409]

    def test_while_the_gate_is_shut(self, app, client_of, alice, mona, urls, monkeypatch, state):
        page, admin = urls
        clients = {NEW: client_of(alice), page: client_of(alice), admin: client_of(mona)}
        fields = {url: form_fields(client.get(NEW).text) for url, client in clients.items()}
        monkeypatch.setitem(app.config, "supportTickets", False)
        before = state()
        for url, client in clients.items():
            typed = {**fields[url], "subject": "S", "description": "D", "text": "T"}
            body = multipart(typed, "attachments", [NOTE])
            assert client.post(url, data=body, headers=MULTIPART).status_code == 404
        body = multipart({}, "file", [NOTE])
        assert client_of(alice).post(UPLOADS, data=body, headers=MULTIPART).status_code == 403
        assert state() == before

    def test_from_nobody(self, client_of, urls, send):
        for url in (NEW, *urls):
            answer = send(client_of(None), url)
            assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/login")
        body = multipart({}, "file", [NOTE])
        assert client_of(None).post(UPLOADS, data=body, headers=MULTIPART).status_code == 401

    def test_from_another_site(self, client_of, alice, mona, urls, send, state):
        foreign = {"Sec-Fetch-Site": "cross-site"}
        for user, url in ((alice, NEW), (alice, urls[0]), (mona, urls[1])):
            assert send(client_of(user), url, headers=foreign).status_code == 403
        body, before = multipart({}, "file", [NOTE]), state()
        for headers in (foreign, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            answer = client_of(alice).post(UPLOADS, data=body, headers={**MULTIPART, **headers})
            assert answer.status_code == 403
            assert answer.json["error"]["code"] == "cross_site_request"
        assert state() == before

    def test_with_a_form_that_is_refused(self, client_of, alice, mona, urls, send):
        for user, url in ((alice, NEW), (alice, urls[0]), (mona, urls[1])):
            client = client_of(user)
            assert send(client, url, csrf_token="junk").status_code == 400
            assert send(client, url, subject=" ", text="a\x01").status_code == 422
        answer = send(client_of(alice), urls[0], parentCommentId="987654")
        assert answer.status_code == 422

    def test_to_a_foreign_ticket_and_the_upload_can_still_be_used(
        self, client_of, alice, bob, mona, make_ticket, state
    ):
        url = self.upload(client_of(bob))
        client = client_of(bob)
        for status, expected in ((TicketStatus.InProgress, 404), (TicketStatus.Closed, 404)):
            body = {"ticketId": make_ticket(status).id, "text": "T", "attachmentUrls": [url]}
            before = state()
            answer = client.post("/api/ticket-comments", json=body)
            assert answer.status_code == expected
            assert state() == before
        closed = {"ticketId": make_ticket(TicketStatus.New, owner=bob).id, "text": "T"}
        before = state()
        answer = client.post("/api/ticket-comments", json={**closed, "attachmentUrls": [url]})
        assert answer.status_code == 409
        assert state() == before
        body = {"subject": "S", "description": "D", "attachmentUrls": [url]}
        assert client.post("/api/tickets", json=body).status_code == 201

    def upload(self, client):
        body = multipart({}, "file", [NOTE])
        url: str = client.post(UPLOADS, data=body, headers=MULTIPART).json["data"]["url"]
        return url


class TestNobodyVisits:
    """Case 77: a link is kept and shown, and never opened by the server."""

    @pytest.fixture
    def listener(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.3)
            yield listener
            with pytest.raises(TimeoutError):
                listener.accept()

    def test_a_link_is_never_fetched(self, client_of, alice, mona, listener):
        port = listener.getsockname()[1]
        urls = [
            f"http://{host}:{port}/x.png?variant=thumbnail"
            for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1")
        ]
        client = client_of(alice)
        body = {"subject": "S", "description": "D", "attachmentUrls": urls}
        answer = client.post("/api/tickets", json=body)
        assert answer.status_code == 201
        assert answer.json["data"]["attachmentUrls"] == urls
        number = answer.json["data"]["id"]
        for user, path in ((alice, "/settings/ticket"), (mona, "/admin/tickets")):
            page = client_of(user).get(f"{path}/{number}").text
            assert page.count('rel="noopener noreferrer nofollow ugc"') == len(urls)
            assert f'src="http://127.0.0.1:{port}' not in page

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "data:text/html,x",
            "javascript:alert(1)", "//127.0.0.1/x", "http:127.0.0.1", "http:///x", "\\\\host\\x",
            "http://user@127.0.0.1/", "http://a b/", "http://[::1", "http://127.0.0.1:99999/", "",
        ],
    )  # fmt: skip
    def test_what_is_no_whole_web_address_is_refused(self, client_of, alice, state, url):
        client, before = client_of(alice), state()
        body = {"subject": "S", "description": "D", "attachmentUrls": [url]}
        answer = client.post("/api/tickets", json=body)
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == ["attachmentUrls"]
        assert state() == before

    @pytest.mark.parametrize("field", ["attachmentUrl", "imageUrl", "attachment_urls", "files"])
    def test_no_other_field_takes_an_address(self, client_of, alice, state, listener, field):
        client, before = client_of(alice), state()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        body = {"subject": "S", "description": "D", field: url}
        answer = client.post("/api/tickets", json=body)
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == [field]
        assert state() == before
