"""Numbers at the edges of what databases take, wherever a number can be sent."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus

from .conftest import fill

NUMBERS = [2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30]
ADMIN, PAGE = "/admin/tickets/", "/settings/ticket"
#: Addresses with a place for a number.
ADDRESSES = [
    *(f"/api/tickets?{name}=%s" for name in ("page", "pageSize", "assignedTo", "search", "status")),
    "/api/tickets?search=%%23%s", "/api/tickets?cursor=after-%s",
    "/api/tickets/%s", "/api/tickets/%s/events", "/api/tickets/1/events?page=%s",
    "/api/ticket-comments/ticket/%s", "/api/ticket-comments/%s/replies",
    "/api/ticket-comments/ticket/1?page=%s&pageSize=100",
    *(f"{ADMIN}?{name}=%s" for name in ("page", "assignedTo", "search", "status")),
    ADMIN + "%s", ADMIN + "%s/news?version=1", ADMIN + "1/news?version=%s",
    ADMIN + "1?page=%s", ADMIN + "1?replyTo=%s", ADMIN + "1?listPage=%s&assignedTo=%s",
    ADMIN + "export.csv?assignedTo=%s", ADMIN + "stats?assignedTo=%s", ADMIN + "stats?weeks=%s",
    PAGE + "?page=%s", PAGE + "/%s", PAGE + "/1?page=%s", PAGE + "/1?replyTo=%s",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_in_addresses_find_nothing_or_are_refused(client_of, mona, make_ticket, address):
    make_ticket(owner=mona)
    client = client_of(mona)
    for number in NUMBERS:
        answer = client.get(address.replace("%s", str(number)).replace("%%", "%"))
        assert answer.status_code in (200, 204, 404, 422), (address, number)


@pytest.mark.parametrize("number", NUMBERS)
class TestInForms:
    def test_of_staff(self, client_of, mona, make_ticket, number):
        ticket, client = make_ticket(TicketStatus.InProgress), client_of(mona)
        here = f"{ADMIN}{ticket.id}"
        for name in ("version", "parentCommentId"):
            typed = fill(client, text="My words", **{name: str(number)})
            answer = client.post(f"{here}/comments", data=typed)
            assert answer.status_code in (409, 422), name
            assert "My words" in answer.text
        for url, typed in (
            (f"{here}/status", {"action": "Assign", "assignedToUserId": number}),
            (f"{here}/status", {"action": "MarkAsResolved", "version": number}),
            (f"{ADMIN}{number}/status", {"action": "MarkAsResolved"}),
            (f"{here}/seen", {"count": number}),
            (f"{ADMIN}bulk", {"ticketId": number, "step": "MarkAsResolved"}),
            (f"{ADMIN}bulk", {"ticketId": ticket.id, "step": f"Assign:{number}"}),
        ):
            answer = client.post(url, data=fill(client, **typed), follow_redirects=True)
            assert answer.status_code in (200, 404, 422), (url, typed)

    def test_of_users(self, client_of, alice, make_ticket, number):
        ticket, client = make_ticket(TicketStatus.InProgress), client_of(alice)
        here = f"{PAGE}/{ticket.id}"
        typed = fill(client, text="My words", parentCommentId=str(number))
        assert client.post(f"{here}/comments", data=typed).status_code == 422
        answer = client.post(f"{here}/comments", data=fill(client, text="A", seenCount=number))
        assert answer.status_code in (303, 422)
        assert client.post(f"{here}/seen", data=fill(client, count=number)).status_code in (
            303,
            422,
        )

    def test_of_the_api(self, client_of, mona, make_ticket, number):
        ticket, client = make_ticket(TicketStatus.InProgress), client_of(mona)
        step = {"action": "Assign", "assignedToUserId": number}
        assert client.put(f"/api/tickets/{ticket.id}/status", json=step).status_code == 422
        for content in (
            {"ticketId": number, "text": "A"},
            {"ticketId": ticket.id, "text": "A", "parentCommentId": number},
        ):
            assert client.post("/api/ticket-comments", json=content).status_code in (404, 422)
