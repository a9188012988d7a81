"""Lists: filters, order, pages and cursors, and the history of a ticket.

Rules A1, H1, P1. Case 87.
"""

from __future__ import annotations

from flask_support_tickets import TicketStatus


def read(client, query):
    """Return the ids that a list of tickets shows, whether there are more, and the cursor."""
    data = client.get(f"/api/tickets?{query}").json["data"]
    return [ticket["id"] for ticket in data["tickets"]], data["hasMore"], data["nextCursor"]


def test_list_has_the_filter_and_the_order_asked_for(
    client_of, alice, bob, mona, adam, make_ticket, make_comment
):
    one = make_ticket(department="Sales").id
    two = make_ticket(TicketStatus.InProgress, owner=bob, department="Sales")
    make_comment(two, mona)
    three = make_ticket(TicketStatus.Resolved, staff=adam).id
    four, five, two = make_ticket(TicketStatus.Closed).id, make_ticket().id, two.id
    client = client_of(mona)
    every = [five, four, three, two, one]
    assert read(client_of(alice), "") == ([five, four, three, one], False, None)
    for query, expected in {
        "": every, "order=newest": every, "status=": every, "order=oldest": every[::-1],
        "status=New": [five, one], "status=0": [five, one], "status=InProgress,Closed": [four, two],
        "status=2,New": [five, three, one], "order=waiting": [one, five],
        "assignedTo=me": [four, two], f"assignedTo={adam.id}": [three], "assignedTo=2147483646": [],
        "department=Sales": [two, one], "department=Nowhere": [], "assignedTo=none": [five, one],
        "assignedTo=none&department=Sales&status=New": [one], "assignedTo=none&status=Closed": [],
        "order=oldest&search=work&status=New": [five, one], "page=1000000000": [],
        "cursor=after-1": [],
    }.items():  # fmt: skip
        assert read(client, query) == (expected, False, None), query
    assert read(client, "order=waiting&pageSize=1") == ([one], True, None)
    assert read(client, "order=waiting&pageSize=1&page=2") == ([five], False, None)
    ids, has_more, cursor = read(client, "order=oldest&pageSize=1")
    assert (ids, has_more) == ([one], True)
    for page in ("", "&page=1", "&page=3"):  # ignored
        assert read(client, f"order=oldest&pageSize=1&cursor={cursor}{page}")[0] == [two]


def test_pages_and_cursors_of_every_list_show_every_row_once(
    client_of, alice, mona, make_ticket, make_comment
):
    client = client_of(alice)
    ids = [make_ticket().id for _ in range(4)]
    ticket = make_ticket(TicketStatus.InProgress)
    first = make_comment(ticket, mona)
    comments = [first.id] + [make_comment(ticket, mona).id for _ in range(4)]
    replies = [make_comment(ticket, mona, parent=first).id for _ in range(5)]
    for url, name, rows in (
        ("/api/tickets", "tickets", [ticket.id, *ids[::-1]]),
        (f"/api/ticket-comments/ticket/{ticket.id}", "comments", comments),
        (f"/api/ticket-comments/{first.id}/replies", "replies", replies),
        (f"/api/tickets/{ticket.id}/events", "events", None),
    ):
        total = 12 if name == "events" else 5
        by_page, by_cursor, cursor = [], [], ""
        for page in range(1, total + 1):
            data = client.get(f"{url}?pageSize=2&page={page}").json["data"]
            by_page += [row["id"] for row in data[name]]
            assert (data["totalCount"], data["hasMore"]) == (total, page * 2 < total)
            if cursor is not None:
                data = client.get(f"{url}?pageSize=2&cursor={cursor}").json["data"]
                by_cursor += [row["id"] for row in data[name]]
                cursor = data["nextCursor"]
                assert data["hasMore"] is (cursor is not None)
        assert by_page == by_cursor == (rows or sorted(by_page)), name
        assert len(by_page) == total


def test_history_lists_who_did_what(client_of, alice, mona, adam, make_ticket, make_comment):
    ticket = make_ticket(TicketStatus.InProgress)
    comment = make_comment(ticket, mona)
    body = {"action": "Assign", "assignedToUserId": adam.id}
    client_of(mona).put(f"/api/tickets/{ticket.id}/status", json=body)
    data = client_of(alice).get(f"/api/tickets/{ticket.id}/events").json["data"]
    actions = [event["action"] for event in data["events"]]
    assert actions == ["Open", "StartProgress", "Comment", "Assign"]
    first, _, third, last = data["events"]
    assert (first["fromStatus"], first["toStatus"], first["userName"]) == (None, 0, "alice")
    assert (third["commentId"], third["userName"]) == (comment.id, "mona")
    assert (last["assignedToUserId"], last["assignedToName"]) == (adam.id, "adam")
    assert (last["fromStatus"], last["toStatus"], last["ticketId"]) == (1, 1, ticket.id)
    assert last["createdAt"].endswith("Z")
