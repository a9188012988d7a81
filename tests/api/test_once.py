"""``Idempotency-Key`` (rule F2)."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import forget_old_keys

from ..host import db
from ..test_races import send, sign_in

KEY = {"Idempotency-Key": "a key of mine"}
BODY = {"subject": "S", "description": "D"}


def upload(data=b"A note.", name="note.txt"):
    return {"data": {"file": (io.BytesIO(data), name)}}


@pytest.fixture
def posts(make_ticket):
    """Each kind of POST, with content that differs from call to call."""
    ticket = make_ticket(TicketStatus.InProgress)
    return [
        ("/api/tickets", lambda n: {"json": {**BODY, "subject": f"S {n}"}}),
        ("/api/ticket-comments", lambda n: {"json": {"ticketId": ticket.id, "text": f"T {n}"}}),
        ("/api/ticket-attachments", lambda n: upload(f"Text {n}".encode())),
    ]


class TestTheSameAgain:
    def test_gets_the_first_answer_and_makes_nothing(self, client_of, alice, posts, everything):
        client = client_of(alice)
        for number, (url, content) in enumerate(posts):
            headers = {"Idempotency-Key": f"key {number}"}
            first = client.post(url, headers=headers, **content(1))
            assert first.status_code == 201, url
            after, files = everything(), sorted(current_tickets.store.walk())
            again = client.post(url, headers=headers, **content(1))
            assert (again.status_code, again.data) == (201, first.data)
            assert everything() == after
            assert sorted(current_tickets.store.walk()) == files

    def test_is_the_first_answer_whatever_happened_since(self, client_of, alice, mona, make_ticket):
        client, staff = client_of(alice), client_of(mona)
        first = client.post("/api/tickets", json=BODY, headers=KEY)
        number = first.json["data"]["id"]
        for action in ("StartProgress", "MarkAsResolved", "Close"):
            staff.put(f"/api/tickets/{number}/status", json={"action": action})
        again = client.post("/api/tickets", json=BODY, headers=KEY)
        assert again.data == first.data
        assert again.json["data"]["statusName"] == "New"

    def test_white_space_and_order_do_not_make_another_body(self, client_of, alice):
        client = client_of(alice)
        first = client.post("/api/tickets", json=BODY, headers=KEY)
        text = ' { "description" : "D",\n "subject": "S", "department": null } '
        kind = {"Content-Type": "application/json"}
        again = client.post("/api/tickets", data=text, headers=KEY | kind)
        assert again.data == first.data


class TestTheKey:
    def test_with_another_body_is_409_and_changes_nothing(
        self, client_of, alice, posts, everything
    ):
        client = client_of(alice)
        for number, (url, content) in enumerate(posts):
            headers = {"Idempotency-Key": f"key {number}"}
            client.post(url, headers=headers, **content(1))
            before, files = everything(), sorted(current_tickets.store.walk())
            for other, others in posts:
                if other == url:
                    continue
                assert client.post(other, headers=headers, **others(1)).status_code == 409
            answer = client.post(url, headers=headers, **content(2))
            assert (answer.status_code, answer.json["error"]["code"]) == (
                409, "idempotency_conflict",
            )  # fmt: skip
            assert everything() == before
            assert sorted(current_tickets.store.walk()) == files

    def test_comes_after_every_other_refusal(self, client_of, alice, make_ticket, everything):
        client, ticket = client_of(alice), make_ticket(TicketStatus.InProgress)
        good = {"ticketId": ticket.id, "text": "T"}
        assert client.post("/api/ticket-comments", json=good, headers=KEY).status_code == 201
        before = everything()
        for change, status in (
            ({"ticketId": 987_654}, 404),
            ({"parentCommentId": 987_654}, 422),
            ({"text": "Other"}, 409),
        ):
            answer = client.post("/api/ticket-comments", json={**good, **change}, headers=KEY)
            assert answer.status_code == status
            assert everything() == before

    def test_of_another_user_is_another_key(self, client_of, alice, bob):
        ids = {
            client_of(user).post("/api/tickets", json=BODY, headers=KEY).json["data"]["id"]
            for user in (alice, bob)
        }
        assert len(ids) == 2

    def test_of_a_refused_request_is_free(self, client_of, alice):
        client = client_of(alice)
        bad = {**BODY, "subject": ""}
        assert client.post("/api/tickets", json=bad, headers=KEY).status_code == 422
        assert client.post("/api/tickets", json=BODY, headers=KEY).status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
    def test_is_1_to_255_printable_ascii(self, client_of, alice, everything, key):
        client, before = client_of(alice), everything()
        headers = [("Idempotency-Key", key.encode().decode("latin-1"))]
        answer = client.post("/api/tickets", json=BODY, headers=headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid")
        assert list(answer.json["error"]["fields"]) == ["Idempotency-Key"]
        assert everything() == before

    def test_means_nothing_elsewhere(self, client_of, mona, make_ticket):
        ticket = make_ticket()
        client = client_of(mona)
        url = f"/api/tickets/{ticket.id}/status"
        answers = [
            client.put(url, json={"action": "StartProgress"}, headers=KEY).status_code for _ in "ab"
        ]
        assert answers == [200, 409]

    def test_is_forgotten_after_24_hours(self, client_of, alice):
        client = client_of(alice)
        first = client.post("/api/tickets", json=BODY, headers=KEY).json["data"]["id"]
        submission = current_tickets.models.TicketSubmission
        old = utc_now() - timedelta(hours=24, seconds=1)
        db.session.execute(db.update(submission).values(created_at=old))
        db.session.commit()
        second = client.post("/api/tickets", json=BODY, headers=KEY).json["data"]["id"]
        assert second != first
        assert unit_of_work(forget_old_keys) == 0
        db.session.execute(db.update(submission).values(created_at=old))
        db.session.commit()
        assert unit_of_work(forget_old_keys) == 1


class TestRaces:
    RACERS, ROUNDS = 16, 100

    @pytest.fixture
    def host_config(self, database_uri):
        options = {"pool_pre_ping": True, "pool_size": 20}
        if database_uri.startswith("sqlite"):
            options = {"connect_args": {"timeout": 30}}
        return {"SQLALCHEMY_ENGINE_OPTIONS": options}

    def test_of_sixteen_posts_with_one_key_one_makes_a_ticket(self, app, alice, everything):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.port}"
            openers = [sign_in(address, "alice") for _ in range(self.RACERS)]
            with ThreadPoolExecutor(self.RACERS) as pool:
                for number in range(self.ROUNDS):
                    body = json.dumps({**BODY, "subject": f"Round {number}"}).encode()
                    headers = {
                        "Content-Type": "application/json", "Idempotency-Key": f"round {number}",
                    }  # fmt: skip

                    def shoot(opener, body=body, headers=headers):
                        return send(opener, f"{address}/api/tickets", data=body, headers=headers)

                    answers = list(pool.map(shoot, openers))
                    assert {status for status, _, _ in answers} == {201}
                    assert len({text for _, _, text in answers}) == 1
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        assert len(everything()["support_ticket"]) == self.ROUNDS
        assert len(everything()["support_ticket_event"]) == self.ROUNDS
