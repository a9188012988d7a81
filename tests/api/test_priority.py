"""Priorities in the API. Rule M1."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketPriority

from .test_tickets import new

OPEN_TO_REQUESTERS = {"SUPPORT_TICKETS_REQUESTER_PRIORITY": True}


@pytest.fixture
def make_each(make_ticket):
    """Open a ticket of each priority, Low first, and return the ids."""
    return lambda: [make_ticket(priority=each.value).id for each in TicketPriority]


def test_list_by_priority_puts_the_longest_wait_first(client_of, mona, make_ticket, make_comment):
    low, first, second, answered = (make_ticket(1, priority=each) for each in (0, 3, 3, 3))
    make_comment(answered, mona)
    client = client_of(mona)
    data = client.get("/api/tickets?order=priority").json["data"]
    ids = [each.id for each in (first, second, answered, low)]
    assert [ticket["id"] for ticket in data["tickets"]] == ids
    assert (data["totalCount"], data["nextCursor"]) == (4, None)
    assert client.get("/api/tickets?order=priority&cursor=after-3").status_code == 422
    page = client.get("/api/tickets?order=priority&pageSize=3&page=2&status=open").json["data"]
    assert [ticket["id"] for ticket in page["tickets"]] == [low.id]


def test_ticket_is_normal_and_its_requester_cannot_choose(client_of, alice, everything):
    client = client_of(alice)
    data = new(client).json["data"]
    assert (data["priority"], data["priorityName"]) == (1, "Normal")
    before = everything()
    answer = new(client, priority=3)
    assert answer.status_code == 422
    assert answer.json["error"]["fields"] == {"priority": ["Unknown field."]}
    assert everything() == before


@pytest.mark.parametrize("host_config", [OPEN_TO_REQUESTERS])
def test_requester_chooses_a_priority_where_the_app_allows_it(client_of, alice, everything):
    client = client_of(alice)
    for priority in TicketPriority:
        data = new(client, priority=priority.value).json["data"]
        assert (data["priority"], data["priorityName"]) == (priority, priority.name)
    assert new(client).json["data"]["priority"] == TicketPriority.Normal
    before = everything()
    for wrong in (4, -1, 1.0, "1", "High", True, None, [1]):
        answer = new(client, priority=wrong)
        assert list(answer.json["error"]["fields"]) == ["priority"], wrong
    assert everything() == before


def test_list_is_filtered_by_names_and_values(client_of, alice, mona, make_each):
    ids = make_each()
    for person in (alice, mona):
        client = client_of(person)
        for text, chosen in (
            ("High", [2]),
            ("3", [3]),
            ("Low,Urgent", [3, 0]),
            ("2,High", [2]),
            ("0,1,2,3", [3, 2, 1, 0]),
            ("", [3, 2, 1, 0]),
        ):
            data = client.get(f"/api/tickets?priority={text}").json["data"]
            assert [ticket["id"] for ticket in data["tickets"]] == [ids[each] for each in chosen]
            assert data["totalCount"] == len(chosen)
            found = client.get(f"/api/tickets?priority={text}&search=work").json["data"]
            assert found["totalCount"] == len(chosen), text
        for wrong in ("high", "4", "High,", "High High", "-1", "1.0"):
            answer = client.get("/api/tickets", query_string={"priority": wrong})
            assert list(answer.json["error"]["fields"]) == ["priority"], wrong
        assert client.get("/api/tickets?priority=1&priority=2").status_code == 422
