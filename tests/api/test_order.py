"""The order of checks, for every route: the first one that fails decides the answer."""

from __future__ import annotations

import io

import pytest

from flask_support_tickets import TicketStatus

JSON = {"Content-Type": "application/json"}
#: Every route: method, URL (``{ticket}`` and ``{comment}`` are bob's, foreign to alice), good body.
READS = [
    ("GET", "/api/tickets", None),
    ("GET", "/api/tickets/{ticket}", None),
    ("GET", "/api/tickets/{ticket}/events", None),
    ("GET", "/api/ticket-comments/ticket/{ticket}", None),
    ("GET", "/api/ticket-comments/{comment}/replies", None),
    ("GET", "/api/ticket-attachments/{key}/note.txt", None),
]
WRITES = [
    ("POST", "/api/tickets", '{"subject": "S", "description": "D"}'),
    ("PUT", "/api/tickets/{ticket}/status", '{"action": "Reopen"}'),
    ("POST", "/api/ticket-comments", '{"ticketId": %(ticket)d, "text": "T"}'),
]
ROUTES = READS + WRITES


@pytest.fixture
def foreign(make_ticket, make_comment, make_upload, bob, mona):
    file = make_upload(bob)
    ticket = make_ticket(TicketStatus.InProgress, owner=bob, attachment_urls=[file.path])
    comment = make_comment(ticket, mona)
    return {"ticket": ticket.id, "comment": comment.id, "key": file.storage_key}


@pytest.fixture
def send(foreign):
    def request(client, method, url, *, query="", **options):
        url = url.format(**foreign) + query
        headers = dict(JSON, **options.pop("headers", {}))
        return client.open(url, method=method, headers=headers, **options)

    return request


def code(answer):
    return answer.status_code, answer.json["error"]["code"]


def test_every_route_is_in_the_list(app):
    names = {"ticket": "<ticket_id>", "comment": "<comment_id>", "key": "<key>"}
    listed = {(method, url.format(**names)) for method, url, _ in ROUTES}
    listed = {(method, url.replace("note.txt", "<filename>")) for method, url in listed}
    listed.add(("POST", "/api/ticket-attachments"))  # its body is a form: see TestUploads
    listed |= {("GET", "/api/tickets/openapi.json"), ("GET", "/api/tickets/docs")}  # off here
    known = {
        (method, str(rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("support_tickets_api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert listed == known


@pytest.mark.parametrize(("method", "url", "body"), ROUTES)
class TestEveryRoute:
    """Each request is wrong in every later respect, too."""

    wrong = {"headers": {"Sec-Fetch-Site": "cross-site"}, "query": "?nonsense=1"}

    def test_gate_comes_first(self, app, client_of, send, method, url, body):
        app.config["supportTickets"] = False
        answer = send(client_of(None), method, url, data="{", **self.wrong)
        assert code(answer) == (403, "feature_not_licensed")

    def test_then_sign_in(self, client_of, send, method, url, body):
        answer = send(client_of(None), method, url, data="{", **self.wrong)
        assert code(answer) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"]

    def test_method_comes_before_all(self, app, client_of, send, method, url, body):
        app.config["supportTickets"] = False
        answer = send(client_of(None), "PATCH", url)
        assert code(answer) == (405, "method_not_allowed")
        assert method in answer.headers["Allow"]

    def test_a_deactivated_user_is_nobody(self, client_of, make_user, send, method, url, body):
        gone = make_user("gone", active=False)
        assert code(send(client_of(gone), method, url)) == (401, "not_authenticated")
        headers = {"Authorization": "Bearer gone"}
        assert send(client_of(None), method, url, headers=headers).status_code == 401

    def test_answers_are_private(self, client_of, alice, send, method, url, body):
        for client in (client_of(None), client_of(alice)):
            answer = send(client, method, url, data=body and body % {"ticket": 1})
            kept = "no-cache" if answer.status_code == 200 and method == "GET" else "no-store"
            assert answer.headers["Cache-Control"] == f"private, {kept}"
            assert {"Cookie", "Authorization"} <= set(answer.headers["Vary"].split(", "))
            assert answer.content_type == "application/json"


@pytest.mark.parametrize(("method", "url", "body"), WRITES)
class TestEveryWrite:
    def test_forgery_before_the_body(self, client_of, alice, send, method, url, body):
        headers = {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
        answer = send(client_of(alice), method, url, data="{", headers=headers)
        assert code(answer) == (403, "cross_site_request")

    def test_media_type_before_syntax(self, client_of, alice, send, method, url, body):
        answer = send(
            client_of(alice), method, url, data="{", headers={"Content-Type": "text/plain"}
        )
        assert code(answer) == (415, "unsupported_media_type")

    def test_size_before_syntax(self, client_of, alice, send, method, url, body):
        answer = send(client_of(alice), method, url, data="{" * (1024 * 1024 + 1))
        assert code(answer) == (413, "too_large")

    def test_syntax_before_shape(self, client_of, alice, send, method, url, body):
        assert code(send(client_of(alice), method, url, data="{", query="?x=1"))[0] == 400

    def test_shape_before_existence(self, client_of, alice, send, method, url, body):
        assert code(send(client_of(alice), method, url, data='{"x": 1}')) == (422, "invalid")


@pytest.mark.parametrize(("method", "url", "body"), READS)
def test_shape_of_the_query_before_existence(client_of, alice, send, method, url, body):
    assert code(send(client_of(alice), method, url, query="?x=1")) == (422, "invalid")


@pytest.mark.parametrize(
    ("method", "url", "body"), [row for row in ROUTES if row[1] != "/api/tickets"]
)
def test_existence_after_shape(client_of, alice, foreign, send, method, url, body):
    answer = send(client_of(alice), method, url, data=body and body % foreign)
    assert code(answer) == (404, "not_found")


class TestUploads:
    URL = "/api/ticket-attachments"

    def form(self, **parts):
        found = {"file": (io.BytesIO(b"A note."), "note.txt"), "other": "x"}
        return {"data": found | parts, "headers": {"Sec-Fetch-Site": "cross-site"}}

    def test_gate_sign_in_and_forgery_come_before_the_body(self, app, client_of, alice):
        assert code(client_of(None).post(self.URL, **self.form()))[0] == 401
        answer = client_of(alice).post(self.URL, **self.form())
        assert code(answer) == (403, "cross_site_request")
        app.config["supportTickets"] = False
        answer = client_of(None).post(self.URL, **self.form())
        assert code(answer) == (403, "feature_not_licensed")

    def test_then_media_type_syntax_and_shape(self, client_of, alice):
        client = client_of(alice)
        answer = client.post(self.URL, json={"file": "x"})
        assert code(answer) == (415, "unsupported_media_type")
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = client.post(f"{self.URL}?x=1", data=b"--x\r\nnonsense", headers=kind)
        assert code(answer) == (400, "malformed_json")
        assert code(client.post(self.URL, data=self.form()["data"])) == (422, "invalid")
        file = {"file": (io.BytesIO(b"A note."), "note.txt")}
        assert code(client.post(f"{self.URL}?x=1", data=file)) == (422, "invalid")

    def test_size_before_shape(self, app, client_of, alice):
        client, large = client_of(alice), b"x" * 11_000_000
        for query, names in (("?x=1", ["file"]), ("", ["file", "other"]), ("", ["other"])):
            data = {name: (io.BytesIO(large), "large.txt") for name in names}
            answer = client.post(f"{self.URL}{query}", data=data)
            assert code(answer) == (413, "too_large")
        twice = {"file": [(io.BytesIO(large), "large.txt"), (io.BytesIO(b"x"), "small.txt")]}
        assert code(client.post(self.URL, data=twice)) == (413, "too_large")


class TestLastChecks:
    def test_role_before_reference_before_status(self, client_of, alice, bob, mona, make_ticket):
        ticket = make_ticket(TicketStatus.Closed, owner=bob)
        body = {"action": "StartProgress", "assignedToUserId": alice.id}
        url = f"/api/tickets/{ticket.id}/status"
        assert code(client_of(bob).put(url, json=body)) == (403, "not_allowed")
        assert code(client_of(mona).put(url, json=body)) == (422, "invalid")
        assert code(client_of(mona).put(url, json={"action": "StartProgress"}))[0] == 409

    def test_a_comments_parent_before_status(self, client_of, bob, make_ticket):
        ticket = make_ticket(TicketStatus.Closed, owner=bob)
        body = {"ticketId": ticket.id, "text": "T", "parentCommentId": 987654}
        assert code(client_of(bob).post("/api/ticket-comments", json=body)) == (422, "invalid")
