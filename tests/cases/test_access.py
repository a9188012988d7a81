"""The adversarial cases about other people's things: 1, 2, 5, 10, 42 and 50."""

from __future__ import annotations

import itertools
import re

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import open_ticket

from ..conftest import form_fields
from ..host import db
from .conftest import NEW

#: What a client of the API may send to learn or change more than it may.
ODD_BODIES = [
    {"userId": 1}, {"ticketId": 1}, {"createdAt": "2020-01-01T00:00:00Z"}, {"internal": False},
    {"text": "changed"}, {"status": 3}, {},
]  # fmt: skip


def shown(answer):
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    return answer.status_code, answer.data, headers


class TestWalkingTheIds:
    @pytest.fixture
    def owned(self, alice, bob):
        """Five hundred tickets: every tenth is bob's, the others are alice's."""

        def make():
            people = (bob if number % 10 == 5 else alice for number in range(500))
            for person in people:
                open_ticket(actor=actor_for(person), subject="secret", description="secret")

        unit_of_work(make)

    def test_of_tickets_shows_the_own_ones_and_nothing_of_the_others(
        self, client_by, bob, owned, state
    ):
        """Case 1."""
        client, before = client_by(bob), state()
        missing = shown(client.get("/api/tickets/987654"))
        assert missing[0] == 404
        own = []
        for number in range(1, 501):
            answer = client.get(f"/api/tickets/{number}")
            if answer.status_code == 200:
                own.append(answer.json["data"]["userName"])
            else:
                assert shown(answer) == missing
        assert own == ["bob"] * 50
        assert state() == before


class TestPages:
    VARIANTS = [
        ("GET", "", {}), ("HEAD", "", {}), ("GET", "?format=json", {}), ("GET", "?format=csv", {}),
        ("GET", "", {"Accept": "application/json"}), ("GET", "?replyTo=1&page=2", {}),
        ("GET", "", {"X-Requested-With": "XMLHttpRequest"}), ("GET", "", {"If-None-Match": "*"}),
        ("GET", "", {"Range": "bytes=0-9"}),
    ]  # fmt: skip

    def test_of_a_foreign_ticket_are_those_of_a_missing_one(
        self, client_by, bob, mona, make_ticket
    ):
        """Case 2."""
        ticket = make_ticket(subject="secret", description="secret")
        for user in (bob, mona):
            client = client_by(user)
            for method, query, headers in self.VARIANTS:
                answers = [
                    client.open(f"/settings/ticket/{number}{query}", method=method, headers=headers)
                    for number in (ticket.id, 987_654)
                ]
                assert answers[0].status_code == 404
                assert answers[0].mimetype == "text/html"
                assert shown(answers[0]) == shown(answers[1]), (method, query, headers)


class TestComments:
    @pytest.fixture
    def comment(self, make_ticket, make_comment, alice):
        return make_comment(make_ticket(TicketStatus.InProgress), alice, "secret")

    def test_of_a_foreign_ticket_are_not_there(self, client_by, bob, comment, state):
        """Case 5, lists."""
        client, before = client_by(bob), state()
        for path in (f"ticket/{comment.ticket_id}", f"{comment.id}/replies"):
            answer = client.get(f"/api/ticket-comments/{path}")
            assert answer.status_code == 404
            assert b"secret" not in answer.data
        assert state() == before

    def test_can_be_changed_and_removed_by_nobody(
        self, client_by, alice, bob, mona, comment, state
    ):
        """Cases 5 and 42: no address changes a comment, not even the author's own."""
        before = state()
        methods = ("PATCH", "PUT", "DELETE", "POST")
        urls = [f"/api/ticket-comments/{comment.id}", f"/api/tickets/{comment.ticket_id}"]
        for user in (alice, bob, mona):
            client = client_by(user)
            for method, url, body in itertools.product(methods, urls, ODD_BODIES):
                answer = client.open(url, method=method, json=body)
                assert answer.status_code in (404, 405)
                assert answer.json["error"]["code"] in ("not_found", "method_not_allowed")
                assert ("Allow" in answer.headers) is (answer.status_code == 405)
        assert state() == before


class TestSearching:
    def test_for_somebody_elses_ticket_finds_nothing(
        self, client_by, alice, bob, mona, make_ticket, make_comment
    ):
        """Case 10: rows, totals and pages leave out what is somebody else's."""
        ticket = make_ticket(
            TicketStatus.InProgress, subject="the secret", description="words", department="Vault"
        )
        make_comment(ticket, alice, "a hidden remark")
        own = make_ticket(owner=bob, subject="mine").id
        client = client_by(bob)
        for search in ("secret", "words", "hidden", str(ticket.id), f"#{ticket.id}", "the secret"):
            query = {"search": search}
            data = client.get("/api/tickets", query_string=query).json["data"]
            expected = {"tickets": [], "totalCount": 0, "hasMore": False, "nextCursor": None}
            assert data == expected, search
            page = client.get("/settings/ticket", query_string=query)
            assert "st-card-title" not in page.text
            shown = re.sub(r"<[^>]*>", " ", page.text)  # the search is in its box and in links
            assert "the secret" not in shown
        for query in (f"assignedTo={mona.id}", "department=Vault", "status=InProgress"):
            assert client.get(f"/api/tickets?{query}").json["data"]["totalCount"] == 0, query
        rows = client.get("/api/tickets").json["data"]["tickets"]
        assert [row["id"] for row in rows] == [own]

    def test_by_a_parameter_that_is_not_there_is_422(self, client_by, bob, make_ticket):
        """Case 10: no other name is a way round the limits."""
        make_ticket()
        client = client_by(bob)
        for name in ("q", "userId", "assignedToUserId", "owner", "user"):
            answer = client.get(f"/api/tickets?{name}=1")
            assert answer.status_code == 422
            assert list(answer.json["error"]["fields"]) == [name]


class TestClosedTickets:
    def test_take_nothing_more_and_stay_as_they_are(
        self, client_by, alice, mona, adam, make_ticket, make_upload, make_comment, state
    ):
        """Case 50."""
        ticket = make_ticket(TicketStatus.Closed)
        waiting = make_upload(alice).path
        owner, staff = client_by(alice), client_by(mona)
        token = {user: form_fields(user.get(NEW).text) for user in (owner, staff)}
        shown_before, before = owner.get(f"/api/tickets/{ticket.id}").data, state()
        comment = {"ticketId": ticket.id, "text": "But!"}
        for user, body in ((owner, comment), (staff, comment),
                           (owner, {**comment, "attachmentUrls": [waiting]})):  # fmt: skip
            answer = user.post("/api/ticket-comments", json=body)
            assert (answer.status_code, answer.json["error"]["code"]) == (
                409, "comments_not_allowed",
            )  # fmt: skip
            assert answer.json["error"]["status"] == TicketStatus.Closed
        for action in Action:
            body = {"action": action.value, "assignedToUserId": adam.id}
            answer = staff.put(f"/api/tickets/{ticket.id}/status", json=body)
            assert answer.status_code == 409, action
            form = {**token[staff], **body}
            assert staff.post(f"/admin/tickets/{ticket.id}/status", data=form).status_code == 303
        for user, page in ((owner, f"/settings/ticket/{ticket.id}"),
                           (staff, f"/admin/tickets/{ticket.id}")):  # fmt: skip
            data = {**token[user], "text": "But!"}
            assert user.post(f"{page}/comments", data=data).status_code == 409
        answer = owner.post(f"/settings/ticket/{ticket.id}/reopen", data=token[owner])
        assert answer.status_code == 409
        db.session.rollback()
        assert owner.get(f"/api/tickets/{ticket.id}").data == shown_before
        assert state() == before
