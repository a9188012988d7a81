"""Who may read a file, and where no file is accepted. Rule B6. Cases 4, 8, 34, 67, 76."""

from __future__ import annotations

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import transition_ticket

from .clients import (
    MULTIPART,
    NEW,
    NOTE,
    UPLOADS,
    multipart,
    open_ticket,
    post_file,
    submit_form,
    upload,
)


def attempts(client, url):
    """Request a file in every way."""
    yield client.head(url)
    yield client.get(f"{url}?variant=view")
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}):
        yield client.get(url, headers=headers)


@pytest.fixture
def in_progress(client, mona):
    """Return the number and the file of a ticket of alice's in progress."""
    url = upload(client)
    number = open_ticket(client, url).json["data"]["id"]
    step = {"ticket_id": number, "action": Action.StartProgress}
    unit_of_work(transition_ticket, actor=actor_for(mona), **step)
    return number, url


def test_only_requester_and_staff_read_files_of_ticket(client_of, alice, bob, mona, in_progress):
    number, of_requester = in_progress
    of_staff = upload(client_of(mona))
    body = {"ticketId": number, "text": "Look", "attachmentUrls": [of_staff]}
    assert client_of(mona).post("/api/ticket-comments", json=body).status_code == 201
    for url in (of_requester, of_staff):
        answers = [client_of(user).get(url) for user in (alice, mona, bob)]
        assert [answer.status_code for answer in answers] == [200, 200, 404]
        assert answers[0].data == answers[1].data == NOTE[1]


def test_foreign_file_answers_like_missing_file(client, client_of, bob, state):
    """Case 4: before and after it is used."""
    unused, used = upload(client), upload(client)
    open_ticket(client, used)
    before, missing = state(), used.replace(used.split("/")[-2], "0" * 40)
    for url in (unused, used):
        pairs = zip(attempts(client_of(bob), url), attempts(client_of(bob), missing), strict=True)
        for foreign, none in pairs:
            assert foreign.status_code == none.status_code == 404
            assert foreign.data == none.data
            assert dict(foreign.headers) == dict(none.headers)
    assert state() == before


def test_nobody_can_change_or_remove_file(client_of, alice, bob, mona, in_progress, state):
    """Case 8."""
    number, url = in_progress
    before = state()
    for user in (alice, bob, mona):
        for method in ("PUT", "PATCH", "DELETE", "POST"):
            answer = client_of(user).open(url, method=method, json={"removeAttachmentIds": [1]})
            assert answer.status_code == 405
            assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
        body = {"ticketId": number, "text": "T", "removeAttachmentIds": [1]}
        assert client_of(user).post("/api/ticket-comments", json=body).status_code == 422
    assert state() == before


@pytest.mark.parametrize(
    "path",
    [
        "/../..", "/%2e%2e/%2e%2e", "/..%2f..%2fsecret.txt", "/..%5c..%5csecret.txt",
        "/%2e%2e%2fsecret.txt/note.txt", "/KEY/..%2fnote.txt", "/KEY/%2e%2e/note.txt", "/KEY",
        "/KEY/", "/KEY/note.txt/more", "/original/KEY", "/KEY%00/note.txt", "/KEYa/note.txt",
        "/KEY/other.txt", "/KEY/NOTE.TXT", "/KEY/note.txt%20",
        "/1/note.txt", "/PART/note.txt", "/incoming/PART", "/%ff%fe/note.txt", "/ＫＥＹ/note.txt",
    ],
)  # fmt: skip
def test_path_that_names_no_upload_is_404(client, tmp_path, path):
    """Case 67."""
    key = upload(client).split("/")[-2]
    part = tmp_path / "files" / "incoming" / f"{'ab' * 16}.part"
    for file in (part, tmp_path / "secret.txt"):
        file.write_bytes(NOTE[1])
    answer = client.get(f"{UPLOADS}{path}".replace("KEY", key).replace("PART", part.name))
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"


def test_upload_must_be_multipart_form(client, state):
    """Case 34."""
    before, body = state(), multipart({}, "file", [NOTE])
    boundary = MULTIPART["Content-Type"].partition("; ")[2]
    for content_type, status in (
        ("application/json", 415), ("text/plain", 415), ("", 415), ("image/png", 415),
        ("application/x-www-form-urlencoded", 415), (f"multipart/mixed; {boundary}", 415),
        ("multipart/form-data", 400), ("multipart/form-data; boundary=other", 400),
    ):  # fmt: skip
        answer = client.post(UPLOADS, data=body, content_type=content_type)
        assert answer.status_code == status, content_type
    assert state() == before


def test_upload_form_with_anything_but_one_file_is_422(client, state):
    before = state()
    for fields, name, count in (
        ({}, "attachments", 1), ({"note": "x"}, "file", 1), ({"file": "x"}, "file", 1),
        ({}, "file", 0), ({}, "file", 2),
    ):  # fmt: skip
        body = multipart(fields, name, [NOTE] * count)
        assert client.post(UPLOADS, data=body, headers=MULTIPART).status_code == 422
    assert state() == before


class TestReplyForms:
    """Case 76."""

    @pytest.fixture
    def number(self, make_ticket):
        return make_ticket(TicketStatus.InProgress).id

    @pytest.fixture
    def reply(self, client_of, state):
        """Send a reply form with a file, and check that nothing changed."""

        def reply(user, path, number, **fields):
            client = client_of(user)
            client.get(NEW)  # puts the CSRF token into the session
            before = state()
            answer = submit_form(client, NOTE, url=f"{path}/{number}/comments", **fields)
            assert state() == before
            return answer.status_code

        return reply

    def test_file_for_foreign_or_missing_ticket_is_not_stored(self, reply, bob, mona, number):
        assert reply(bob, "/settings/ticket", number) == 404
        assert reply(bob, "/admin/tickets", number) == 403
        assert reply(mona, "/settings/ticket", number) == 404  # user pages show only one's own
        for wrong in ("987654", "0", "x", "9" * 30):
            assert reply(mona, "/admin/tickets", wrong) == 404

    @pytest.mark.parametrize("status", [TicketStatus.New, TicketStatus.Closed])
    def test_file_for_ticket_without_comments_is_409(self, reply, alice, mona, make_ticket, status):
        number = make_ticket(status).id
        assert reply(alice, "/settings/ticket", number) == 409
        assert reply(mona, "/admin/tickets", number) == 409

    def test_file_in_refused_form_is_not_stored(self, reply, alice, mona, number):
        for user, path in ((alice, "/settings/ticket"), (mona, "/admin/tickets")):
            assert reply(user, path, number, csrf_token="junk") == 400
            assert reply(user, path, number, text="a\x01") == 422
        assert reply(alice, "/settings/ticket", number, parentCommentId="987654") == 422


def test_no_file_is_stored_while_license_gate_is_shut(app, client, state, monkeypatch):
    """Case 76. Rule L3."""
    monkeypatch.setitem(app.config, "supportTickets", False)
    before = state()
    assert submit_form(client, NOTE).status_code == 404
    assert post_file(client, *NOTE).status_code == 403
    assert state() == before


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_upload_from_another_site_is_403(client, state, headers):
    """Rule C1: a form with a file needs no preflight."""
    before, body = state(), multipart({}, "file", [NOTE])
    answer = client.post(UPLOADS, data=body, headers={**MULTIPART, **headers})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "cross_site_request")
    assert state() == before
