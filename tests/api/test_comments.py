"""``/api/ticket-comments``."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus

COMMENT_KEYS = {
    "id", "ticketId", "parentCommentId", "userId", "userName", "isStaff", "text",
    "attachmentUrls", "createdAt", "replyCount",
}  # fmt: skip


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


def post(client, ticket, **body):
    return client.post("/api/ticket-comments", json={"ticketId": ticket.id, "text": "T", **body})


class TestWriting:
    def test_answers_the_comment(self, client_of, alice, mona, ticket):
        urls = ["https://example.org/log"]
        answer = post(client_of(mona), ticket, text=" a\r\nb ", attachmentUrls=urls)
        assert answer.status_code == 201
        data = answer.json["data"]
        assert set(data) == COMMENT_KEYS
        assert (data["text"], data["attachmentUrls"], data["isStaff"]) == ("a\nb", urls, True)
        assert (data["ticketId"], data["parentCommentId"]) == (ticket.id, None)
        reply = post(client_of(alice), ticket, parentCommentId=data["id"]).json["data"]
        assert (reply["parentCommentId"], reply["isStaff"]) == (data["id"], False)

    def test_counts_on_the_ticket_and_on_the_parent(self, client_of, alice, ticket):
        client = client_of(alice)
        first = post(client, ticket).json["data"]["id"]
        second = post(client, ticket, parentCommentId=first).json["data"]["id"]
        post(client, ticket, parentCommentId=second)
        data = client.get(f"/api/tickets/{ticket.id}").json["data"]
        assert data["commentCount"] == 3
        assert data["updatedAt"] > data["createdAt"]
        comments = client.get(f"/api/ticket-comments/ticket/{ticket.id}").json["data"]
        assert comments["totalCount"] == 1
        assert comments["comments"][0]["replyCount"] == 1
        replies = client.get(f"/api/ticket-comments/{first}/replies").json["data"]
        assert [row["id"] for row in replies["replies"]] == [second]
        assert replies["totalCount"] == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("ticketId", "1"), ("ticketId", 1.0), ("ticketId", True), ("ticketId", None),
            ("ticketId", 0), ("ticketId", -1), ("ticketId", 2**63), ("ticketId", 10**4000),
            ("text", ""), ("text", "\u2028"), ("text", "\x00"), ("text", "x" * 20_001),
            ("text", 1), ("parentCommentId", "1"), ("parentCommentId", 1.5),
            ("parentCommentId", 2**62), ("parentCommentId", False), ("isStaff", True),
            ("userId", 1), ("attachmentUrls", ["x"]),
        ],
    )  # fmt: skip
    def test_refuses_what_breaks_a_rule_and_changes_nothing(
        self, client_of, alice, ticket, everything, field, value
    ):
        client = client_of(alice)
        before = everything()
        body = f'{{"ticketId": {ticket.id}, "text": "T"}}'
        if isinstance(value, int) and value > 10**100:
            answer = client.post(
                "/api/ticket-comments",
                data=body.replace(str(ticket.id), "1" + "0" * 4000),
                content_type="application/json",
            )
        else:
            answer = post(client, ticket, **{field: value})
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == [field]
        assert everything() == before

    def test_a_parent_must_be_of_the_same_ticket(
        self, client_of, alice, bob, mona, ticket, make_ticket, make_comment, everything
    ):
        foreign = make_comment(make_ticket(TicketStatus.InProgress, owner=bob), mona)
        client = client_of(alice)
        before = everything()
        answers = [post(client, ticket, parentCommentId=id_) for id_ in (foreign.id, 987654)]
        assert {answer.status_code for answer in answers} == {422}
        assert len({answer.text for answer in answers}) == 1
        assert everything() == before

    def test_a_ticket_that_is_not_there_and_a_foreign_one_are_the_same(
        self, client_of, bob, ticket, everything
    ):
        client = client_of(bob)
        before = everything()
        foreign = post(client, ticket)
        missing = client.post("/api/ticket-comments", json={"ticketId": 2**62, "text": "T"})
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert foreign.data == missing.data
        assert everything() == before

    def test_the_depth_of_replies_is_bounded(self, client_of, alice, ticket):
        client = client_of(alice)
        parent = None
        for _ in range(9):  # one top-level comment and eight levels of replies
            answer = post(client, ticket, parentCommentId=parent)
            assert answer.status_code == 201
            parent = answer.json["data"]["id"]
        answer = post(client, ticket, parentCommentId=parent)
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == ["parentCommentId"]


class TestReading:
    def test_pages_oldest_first(self, client_of, alice, mona, ticket, make_comment):
        ids = [make_comment(ticket, mona).id for _ in range(5)]
        make_comment(ticket, alice, parent=None)
        client = client_of(alice)
        url = f"/api/ticket-comments/ticket/{ticket.id}"
        first = client.get(f"{url}?pageSize=4").json["data"]
        assert [row["id"] for row in first["comments"]] == ids[:4]
        assert (first["totalCount"], first["hasMore"]) == (6, True)
        second = client.get(f"{url}?pageSize=4&page=2").json["data"]
        assert len(second["comments"]) == 2
        assert second["hasMore"] is False

    def test_is_closed_to_others(self, client_of, bob, mona, ticket, make_comment):
        comment = make_comment(ticket, mona)
        client = client_of(bob)
        for foreign, missing in (
            (f"/ticket/{ticket.id}", "/ticket/987654"),
            (f"/{comment.id}/replies", "/987654/replies"),
        ):
            answers = [client.get(f"/api/ticket-comments{path}") for path in (foreign, missing)]
            assert {answer.status_code for answer in answers} == {404}
            assert answers[0].data == answers[1].data

    @pytest.mark.parametrize("query", ["page=0", "pageSize=1000", "status=New", "page=1&page=1"])
    def test_refuses_what_it_does_not_understand(self, client_of, alice, ticket, query):
        url = f"/api/ticket-comments/ticket/{ticket.id}?{query}"
        assert client_of(alice).get(url).status_code == 422
