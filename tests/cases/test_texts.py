"""The adversarial cases about long, deep and strange texts: 88, 90, 93, 94 and 98."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from example_app import create_app
from example_app.extensions import db as example_db
from flask_support_tickets import TicketStatus
from flask_support_tickets.models import utc_now
from flask_support_tickets.services.threads import REPLIES_MAX

from ..host import db, tickets
from .conftest import NEW, fill, new_ticket

LIMIT = 20_000
#: Case 90: what may stand in a text; each is as long as it says, in characters.
CHARACTERS = {
    "ASCII": "x", "four bytes": "😀", "three bytes": "中", "composed": "é", "combining": "e\u0301",
    "many marks": "Z\u0351\u036b\u0343\u036a", "a family": "👨\u200d👩\u200d👧",
    "from the right": "ש", "line ends": "a\n", "tabs": "a\t", "beyond": "\U0010fffd",
    "joined": "क्\u200dष", "markup": "</b>&amp;",
}  # fmt: skip


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block needs more of the processor than that; waiting does not count."""
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


def filled(unit: str, length: int) -> str:
    """Return ``length`` characters of ``unit`` over and over, with a letter at the end."""
    return (unit * length)[: length - 1] + "x"


class TestDepth:
    BODIES = [
        b"[" * 100_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b'{"a":' * 190_000,
        b'{"subject":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b'[{"a":[' * 50_000,
        b"9" * 1_000_000, b'{"a":' + b"9" * 1_000_000 + b"}", b'"' + b"\\" * 999_999,
        b'{"' + b"a" * 1_000_000 + b'":1}', b"{" + b'"a":1,' * 150_000 + b'"b":1}',
    ]  # fmt: skip

    def test_of_json_ends_nothing_and_takes_no_time(
        self, client_by, alice, mona, state, make_ticket
    ):
        """Case 88: refused at once, and the next request is served."""
        ticket = make_ticket(TicketStatus.InProgress)
        client, before = client_by(alice), state()
        kind = {"content_type": "application/json"}
        for data in self.BODIES:
            for method, url in (
                ("POST", "/api/tickets"),
                ("POST", "/api/ticket-comments"),
                ("PUT", f"/api/tickets/{ticket.id}/status"),
            ):
                with within(0.5):
                    answer = client.open(url, method=method, data=data, **kind)
                assert answer.status_code in (400, 422), data[:20]
        assert state() == before
        assert new_ticket(client).status_code == 201

    def test_of_replies_is_capped_and_each_page_opens(
        self, client_by, alice, mona, make_ticket, make_comment
    ):
        """Case 93: nobody can build a ticket that cannot be opened any more."""
        ticket = make_ticket(TicketStatus.InProgress)
        client = client_by(alice)
        parent, statuses = make_comment(ticket, alice).id, []
        for _ in range(12):
            body = {"ticketId": ticket.id, "text": "deeper", "parentCommentId": parent}
            answer = client.post("/api/ticket-comments", json=body)
            statuses.append(answer.status_code)
            parent = answer.json["data"]["id"] if answer.status_code == 201 else parent
        assert statuses == [201] * 8 + [422] * 4
        assert client.get(f"/settings/ticket/{ticket.id}").text.count("deeper") == 8

    @pytest.mark.parametrize("shape", ["comments", "replies", "chain"])
    def test_of_ten_thousand_comments_opens_quickly(
        self, client_of, alice, mona, make_ticket, make_comment, shape
    ):
        """Case 93: rows written round the rules, too: pages and lists are bounded."""
        ticket = make_ticket(TicketStatus.InProgress)
        first = make_comment(ticket, alice, "the first")
        db.session.execute(
            db.insert(tickets.TicketComment), list(self.rows(ticket.id, alice.id, first.id, shape))
        )
        db.session.commit()
        pages = [
            (alice, f"/settings/ticket/{ticket.id}"),
            (mona, f"/admin/tickets/{ticket.id}"),
            (mona, f"/api/ticket-comments/ticket/{ticket.id}?pageSize=100"),
            (mona, f"/api/ticket-comments/{first.id}/replies?pageSize=100"),
        ]
        for user, url in pages:
            client = client_of(user)
            client.get(url)  # templates are compiled once
            with within(1):
                answer = client.get(url)
            assert answer.status_code == 200
            assert len(answer.data) < 1_000_000
        shown = client_of(alice).get(f"/settings/ticket/{ticket.id}").text.count("st-comment ")
        assert shown == {"comments": 50}.get(shape, REPLIES_MAX + 1)

    @staticmethod
    def rows(ticket_id, user_id, first_id, shape):
        common = {"ticket_id": ticket_id, "user_id": user_id, "is_staff": False, "text": "words",
                  "created_at": utc_now(), "reply_count": 0}  # fmt: skip
        for number in range(10_000):
            parent = {"comments": None, "replies": first_id, "chain": first_id + number}[shape]
            depth = {"comments": 0, "replies": 1, "chain": number + 1}[shape]
            root = None if parent is None else first_id
            place = {"parent_comment_id": parent, "root_comment_id": root, "depth": depth}
            yield {"id": first_id + number + 1, **common, **place}


class TestLength:
    def test_is_counted_in_characters_and_comes_back_as_it_was(
        self, client_by, alice, mona, make_ticket
    ):
        """Case 90: at the limit all of it is kept; one more is refused. On every database."""
        ticket = make_ticket(TicketStatus.InProgress)
        client = client_by(alice)
        for name, unit in CHARACTERS.items():
            text, more = filled(unit, LIMIT), filled(unit, LIMIT + 1)
            answer = new_ticket(client, description=text)
            assert answer.status_code == 201, name
            url = f"/api/tickets/{answer.json['data']['id']}"
            assert client.get(url).json["data"]["description"] == text, name
            comment = {"ticketId": ticket.id, "text": text}
            answer = client.post("/api/ticket-comments", json=comment)
            assert answer.json["data"]["text"] == text, name
            assert new_ticket(client, description=more).status_code == 422, name
            answer = client.post("/api/ticket-comments", json={**comment, "text": more})
            assert answer.status_code == 422, name
        listed = client.get(f"/api/ticket-comments/ticket/{ticket.id}").json["data"]["comments"]
        assert [row["text"] for row in listed] == [filled(u, LIMIT) for u in CHARACTERS.values()]

    def test_is_the_same_in_a_form_whose_lines_end_as_browsers_end_them(self, client_by, alice):
        """Case 90."""
        client = client_by(alice)
        for unit in ("😀", "a\n", unicodedata.normalize("NFD", "Ä")):
            text = filled(unit, LIMIT)
            typed = {"subject": "S", "description": text.replace("\n", "\r\n")}
            answer = client.post(NEW, data=fill(client, **typed))
            assert answer.status_code == 303
            number = answer.location.rpartition("/")[2]
            assert client.get(f"/api/tickets/{number}").json["data"]["description"] == text
            typed["description"] += "x"
            assert client.post(NEW, data=fill(client, **typed)).status_code == 422


def test_a_text_that_chokes_other_renderers_is_shown_quickly(
    client_of, alice, mona, make_ticket, make_comment
):
    """Case 94: texts are plain, so nothing in them takes longer than anything else."""
    heavy = [
        "[" * LIMIT, "*a " * 6_666, "> " * 9_999 + "x", "`" * LIMIT, "![" * 10_000, "_" * LIMIT,
        "https://example.org/" * 1_000, "&" * LIMIT, "<" * LIMIT, "\u0301a" * 10_000,
        "a\n" * 9_999 + "a", "\u202e" * 19_999 + "x",
    ]  # fmt: skip
    ticket = make_ticket(TicketStatus.InProgress, description=heavy[0])
    for text in heavy:
        with within(1):
            make_comment(ticket, alice, text)
    for client, url in ((client_of(alice), f"/settings/ticket/{ticket.id}"),
                        (client_of(mona), f"/admin/tickets/{ticket.id}")):  # fmt: skip
        client.get(url)  # templates are compiled once
        with within(1):
            assert client.get(url).status_code == 200
    with within(1):
        assert client_of(mona).get("/admin/tickets/").status_code == 200


class TestWhereTheExampleSendsPeople:
    """Case 98."""

    VECTORS = [
        "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
        "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example",
        "/\r/evil.example", "\t//evil.example", " //evil.example", "http:///evil.example",
        "http:/evil.example", "https:evil.example", "http://evil.example", "evil.example",
        "HTTP://localhost@evil.example", "http://localhost.evil.example", "javascript:evil()",
        "data:text/html,evil", "/\x00/evil.example", "\x01http://evil.example", ".evil.example",
        "/%09/evil.example\\",
    ]  # fmt: skip

    @pytest.fixture
    def example(self, tmp_path):
        uri = f"sqlite:///{tmp_path / 'example.db'}"  # no database takes part in it
        config = {"SECRET_KEY": "x", "TESTING": True, "SQLALCHEMY_DATABASE_URI": uri}
        app = create_app(config)
        yield app
        with app.app_context():
            example_db.session.remove()
            example_db.engine.dispose()

    def test_after_sign_in_is_a_path_of_the_site(self, example):
        for target in self.VECTORS:
            data = {"username": "alice", "password": "demo", "next": target}
            answer = example.test_client().post("/login", data=data)
            assert (answer.status_code, answer.location) == (303, "/"), target
            client = example.test_client()
            page = client.get("/login", query_string={"next": target}).text
            assert "evil" not in page, target
        data["next"] = "/settings/ticket?status=New"
        assert example.test_client().post("/login", data=data).location == data["next"]
