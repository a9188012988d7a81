"""Whose files they are, and what leads to none: cases 4, 8, 34 and 67 of the hostile ones."""

from __future__ import annotations

import json

import pytest

from flask_support_tickets import Action, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import move_ticket

from ..host import db
from .clients import MULTIPART, UPLOADS, multipart

NOTE = ("note.txt", b"0123456789 and more words")
NO_KEY = "0" * 40


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}


@pytest.fixture
def state(everything):
    """Return every row of every table, and every path in the store."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


@pytest.fixture(params=["cookie", "token"])
def sign_in(request, app, client_of):
    """Return a client of a user who is known by cookie, or by token."""

    def make(user):
        if request.param == "cookie":
            return client_of(user)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {user.username}"
        return client

    return make


@pytest.fixture
def gate(app, monkeypatch):
    """Open and shut the license gate: ``gate(False)``."""
    return lambda is_open: monkeypatch.setitem(app.config, "supportTickets", is_open)


def upload(client, name=NOTE[0], data=NOTE[1]):
    answer = client.post(UPLOADS, data=multipart({}, "file", [(name, data)]), headers=MULTIPART)
    assert answer.status_code == 201, answer.text
    return answer.json["data"]["url"]


def file_ticket(client, *urls):
    body = {"subject": "S", "description": "D", "attachmentUrls": list(urls)}
    answer = client.post("/api/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json["data"]["id"]


def start(ticket_id, mona):
    step = {"ticket_id": ticket_id, "action": Action.StartProgress}
    db.session.rollback()  # MariaDB would go on reading what there was at the start of the test
    unit_of_work(move_ticket, actor=actor_for(mona), **step)


def attempts(client, url):
    """Ask for a file in all the ways there are."""
    yield client.get(url)
    yield client.head(url)
    yield client.get(url, headers={"Range": "bytes=0-9"})
    yield client.head(url, headers={"Range": "bytes=0-9"})
    yield client.get(url, headers={"If-None-Match": "*"})
    yield client.get(url, headers={"If-Modified-Since": "Wed, 01 Jan 2070 00:00:00 GMT"})
    yield client.get(f"{url}?variant=view")
    yield client.get(f"{url}?variant=thumbnail")


class TestReading:
    """Cases 4 and 8: the owner and staff, before it is used the uploader; and nobody else."""

    def test_the_owner_and_staff_read_what_hangs_on_a_ticket(self, sign_in, alice, bob, mona):
        url = upload(sign_in(alice))
        file_ticket(sign_in(alice), url)
        for user in (alice, mona):
            answer = sign_in(user).get(url)
            assert (answer.status_code, answer.data) == (200, NOTE[1])
        assert sign_in(bob).get(url).status_code == 404

    def test_a_foreign_file_is_a_missing_one(self, sign_in, alice, bob, state):
        url = upload(sign_in(alice))
        file_ticket(sign_in(alice), url)
        before = state()
        missing = url.replace(url.split("/")[-2], NO_KEY)
        for foreign, none in zip(
            attempts(sign_in(bob), url), attempts(sign_in(bob), missing), strict=True
        ):
            assert foreign.status_code == none.status_code == 404
            assert foreign.data == none.data
            assert dict(foreign.headers) == dict(none.headers)
            assert b"0123456789" not in foreign.data
        assert state() == before

    def test_an_upload_is_its_uploaders_until_it_is_used(self, sign_in, alice, bob, mona):
        url = upload(sign_in(alice))
        assert sign_in(alice).get(url).status_code == 200
        for user in (bob, mona):
            assert {answer.status_code for answer in attempts(sign_in(user), url)} == {404}

    def test_what_staff_attach_is_the_owners_to_read_too(self, sign_in, alice, bob, mona):
        ticket_id = file_ticket(sign_in(alice))
        start(ticket_id, mona)
        url = upload(sign_in(mona))
        body = {"ticketId": ticket_id, "text": "Look", "attachmentUrls": [url]}
        assert sign_in(mona).post("/api/ticket-comments", json=body).status_code == 201
        statuses = [sign_in(user).get(url).status_code for user in (alice, mona, bob)]
        assert statuses == [200, 200, 404]

    def test_one_name_is_not_as_good_as_another(self, sign_in, alice):
        url = upload(sign_in(alice))
        for name in ("other.txt", "NOTE.TXT", "note.txt.", "note.txt%20", "note.txt%00", "note"):
            assert sign_in(alice).get(url.replace("note.txt", name)).status_code == 404

    def test_nobody_reads_nothing(self, client_of, sign_in, alice, make_user, gate):
        url = upload(sign_in(alice))
        for answer in attempts(client_of(None), url):
            assert answer.status_code == 401
            assert "WWW-Authenticate" in answer.headers
        former = make_user("former", active=False)
        assert {answer.status_code for answer in attempts(sign_in(former), url)} == {401}
        gate(False)
        for answer in attempts(sign_in(alice), url):
            assert answer.status_code == 403
        assert sign_in(alice).get(url).json["error"]["code"] == "feature_not_licensed"

    def test_there_is_no_way_to_change_or_remove_one(self, sign_in, alice, bob, mona, state):
        url = upload(sign_in(alice))
        ticket_id = file_ticket(sign_in(alice), url)
        start(ticket_id, mona)
        before = state()
        for user in (alice, bob, mona):
            for method in ("PUT", "PATCH", "DELETE", "POST"):
                answer = sign_in(user).open(url, method=method, json={"removeAttachmentIds": [1]})
                assert answer.status_code == 405
                assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
            body = {"ticketId": ticket_id, "text": "T", "removeAttachmentIds": [1]}
            answer = sign_in(user).post("/api/ticket-comments", json=body)
            assert answer.status_code == 422
        assert state() == before


@pytest.mark.parametrize(
    "path",
    [
        "/../..", "/%2e%2e/%2e%2e", "/..%2f..%2fsecret.txt", "/..%5c..%5csecret.txt",
        "/%2e%2e%2fsecret.txt/note.txt", "/KEY/..%2fnote.txt", "/KEY/..%5cnote.txt",
        "/KEY/%2e%2e/note.txt", "/KEY", "/KEY/", "/KEY/note.txt/more", "/original/KEY",
        "/KEY%00/note.txt", "/KEY%0a/note.txt", "/KE/note.txt", "/KEYa/note.txt", "/1/note.txt",
        "/PART/note.txt", "/incoming/PART", "/%ff%fe/note.txt", "/" + "9" * 5_000 + "/x",
        "/ＫＥＹ/note.txt", "/UPPER/note.txt",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_leads_nowhere(client_of, alice, tmp_path, path):
    """Case 67."""
    client = client_of(alice)
    url = upload(client)
    key = url.split("/")[-2]
    part = tmp_path / "files" / "incoming" / f"{'ab' * 16}.part"
    (tmp_path / "secret.txt").write_bytes(NOTE[1])
    part.write_bytes(NOTE[1])
    path = path.replace("KEY", key).replace("PART", part.name).replace("UPPER", key.upper())
    answer = client.get(f"{UPLOADS}{path}".replace("/KE/", f"/{key[:-1]}/"))
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"


class TestBodies:
    """Case 34: each route takes its own type of body only."""

    def test_a_form_is_no_json(self, sign_in, alice, state):
        client, before = sign_in(alice), state()
        text = json.dumps({"subject": "S", "description": "D"}).encode()
        form = multipart({"subject": "S", "description": "D"}, "attachments", [NOTE])
        for url in ("/api/tickets", "/api/ticket-comments"):
            for body, kind in (
                (form, MULTIPART["Content-Type"]), (text, "text/plain"), (text, ""),
                (text, "application/x-www-form-urlencoded"), (text, "multipart/form-data"),
            ):  # fmt: skip
                answer = client.post(url, data=body, content_type=kind)
                assert answer.status_code == 415, (url, kind)
                assert answer.json["error"]["code"] == "unsupported_media_type"
        assert state() == before

    def test_what_is_no_form_is_no_file(self, sign_in, alice, state):
        client, before = sign_in(alice), state()
        body = multipart({}, "file", [NOTE])
        boundary = MULTIPART["Content-Type"].partition("; ")[2]
        for kind, status in (
            ("application/json", 415), ("text/plain", 415), ("", 415), ("image/png", 415),
            ("application/x-www-form-urlencoded", 415), (f"multipart/mixed; {boundary}", 415),
            ("multipart/form-data", 400), ("multipart/form-data; boundary=other", 400),
            ("multipart/form-data; boundary=", 400),
        ):  # fmt: skip
            answer = client.post(UPLOADS, data=body, content_type=kind)
            assert answer.status_code == status, kind
        assert state() == before

    @pytest.mark.parametrize(
        ("fields", "name"),
        [({}, "files"), ({}, "attachments"), ({"note": "x"}, "file"), ({"file": "x"}, "file")],
    )
    def test_a_form_with_more_than_the_file_is_invalid(self, sign_in, alice, state, fields, name):
        client, before = sign_in(alice), state()
        answer = client.post(UPLOADS, data=multipart(fields, name, [NOTE]), headers=MULTIPART)
        assert answer.status_code == 422
        for url, files in ((f"{UPLOADS}?x=1", [NOTE]), (UPLOADS, []), (UPLOADS, [NOTE, NOTE])):
            answer = client.post(url, data=multipart({}, "file", files), headers=MULTIPART)
            assert answer.status_code == 422
        assert state() == before
