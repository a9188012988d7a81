"""Walking a list by cursor, and the history (rules P1 and H1)."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus


def walk(client, url, name, **query):
    found, cursor = [], None
    for _ in range(50):
        given = query | ({"cursor": cursor} if cursor else {})
        data = client.get(url, query_string=given).json["data"]
        found += [row["id"] for row in data[name]]
        assert data["hasMore"] == (data["nextCursor"] is not None)
        cursor = data["nextCursor"]
        if cursor is None:
            return found
    raise AssertionError("the walk does not end")


class TestWalking:
    def test_shows_every_row_once_in_the_order_of_the_list(
        self, client_of, alice, mona, make_ticket, make_comment
    ):
        client = client_of(alice)
        ids = [make_ticket().id for _ in range(7)]
        assert walk(client, "/api/tickets", "tickets", pageSize=3) == ids[::-1]
        assert walk(client, "/api/tickets", "tickets", pageSize=7) == ids[::-1]
        ticket = make_ticket(TicketStatus.InProgress)
        comments = [make_comment(ticket, mona) for _ in range(5)]
        replies = [make_comment(ticket, mona, parent=comments[0]) for _ in range(5)]
        for url, name, rows in (
            (f"/api/ticket-comments/ticket/{ticket.id}", "comments", comments),
            (f"/api/ticket-comments/{comments[0].id}/replies", "replies", replies),
        ):
            assert walk(client, url, name, pageSize=2) == [row.id for row in rows]
        events = walk(client, f"/api/tickets/{ticket.id}/events", "events", pageSize=4)
        assert events == sorted(events)
        assert len(events) == 12

    def test_is_not_disturbed_by_new_rows(self, client_of, alice, make_ticket):
        client = client_of(alice)
        ids = [make_ticket().id for _ in range(4)]
        first = client.get("/api/tickets?pageSize=2").json["data"]
        make_ticket()
        url = f"/api/tickets?pageSize=2&cursor={first['nextCursor']}"
        second = client.get(url).json["data"]
        shown = [row["id"] for row in first["tickets"] + second["tickets"]]
        assert shown == ids[::-1]
        assert second["totalCount"] == 5

    def test_keeps_to_the_filter_and_to_what_one_may_see(self, client_of, alice, bob, make_ticket):
        mine = [make_ticket(TicketStatus(n % 2)).id for n in range(6)]
        make_ticket(owner=bob)
        found = walk(client_of(alice), "/api/tickets", "tickets", pageSize=1, status="New")
        assert found == mine[::2][::-1]


@pytest.mark.parametrize(
    "cursor",
    ["x", "1", "after-", "after-0", "after-01", "after-x", "after-9223372036854775808",
     "after-\uff11", "AFTER-1", "after-1 ", "after--1", "after-1&page=1", "after-1&cursor=after-1"],
)  # fmt: skip
def test_what_is_no_cursor_is_422(client_of, alice, make_ticket, cursor):
    client = client_of(alice)
    ticket = make_ticket()
    urls = ("/api/tickets", f"/api/ticket-comments/ticket/{ticket.id}")
    for url in urls:
        answer = client.get(f"{url}?cursor={cursor}")
        assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, ["cursor"])


def test_a_cursor_past_the_end_is_an_empty_part(client_of, alice, make_ticket):
    make_ticket()
    data = client_of(alice).get("/api/tickets?cursor=after-1").json["data"]
    assert data == {"tickets": [], "totalCount": 1, "hasMore": False, "nextCursor": None}


def test_the_history_tells_who_did_what(
    client_of, alice, bob, mona, adam, make_ticket, make_comment
):
    ticket = make_ticket(TicketStatus.InProgress)
    comment = make_comment(ticket, mona)
    staff = client_of(mona)
    body = {"action": "Assign", "assignedToUserId": adam.id}
    staff.put(f"/api/tickets/{ticket.id}/status", json=body)
    url = f"/api/tickets/{ticket.id}/events"
    data = client_of(alice).get(url).json["data"]
    assert data["totalCount"] == 4
    assert [event["action"] for event in data["events"]] == [
        "Open", "StartProgress", "Comment", "Assign",
    ]  # fmt: skip
    first, _, third, last = data["events"]
    assert (first["fromStatus"], first["toStatus"], first["userName"]) == (None, 0, "alice")
    assert (third["commentId"], third["userName"]) == (comment.id, "mona")
    assert (last["assignedToUserId"], last["assignedToName"]) == (adam.id, "adam")
    assert (last["fromStatus"], last["toStatus"], last["ticketId"]) == (1, 1, ticket.id)
    assert last["createdAt"].endswith("Z")
    foreign, missing = (client_of(bob).get(u) for u in (url, "/api/tickets/987654/events"))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.data == missing.data
