"""How many SQL statements each page takes: a number that does not grow with what it shows.

Rule E1 for unchanged answers.
"""

from __future__ import annotations

import pytest
import sqlalchemy

from flask_support_tickets import TicketStatus

from .host import db

#: Statements of each page, with the host's own one for the signed-in user.
STAFF = {
    "/api/tickets": 5,  # user, totals, tickets with names, tags
    "/api/tickets?status=New": 5,
    "/api/tickets?status=New,Closed": 5,
    "/api/tickets?page=2&pageSize=5": 5,
    "/api/tickets?assignedTo=me": 6,  # and their number
    "/api/tickets?search=work": 6,
    "/api/tickets/{ticket}": 4,
    "/api/tickets/{ticket}/events": 4,
    "/api/ticket-comments/ticket/{ticket}": 3,
    "/api/ticket-comments/{comment}/replies": 4,
    "/admin/tickets/": 6,  # user, totals, tickets, names, read markers
    "/admin/tickets/?status=New": 6,
    "/admin/tickets/?assignedTo=me": 7,  # and the numbers of the tabs
    "/admin/tickets/?search=work": 6,
    # user; ticket, names; thread, transitions, history; unread (how many, which); requester and
    # their tickets; staff, neighbours, saved replies, the number in the menu, presence (read and
    # written)
    "/admin/tickets/{ticket}": 16,
    "/admin/tickets/{ticket}?status=New&order=waiting": 16,
    "/admin/tickets/{ticket}/news?version=1": 10,
    "/admin/tickets/stats": 4,  # user, totals, tickets, assignees
    "/admin/tickets/stats?weeks=26&department=Sales&assignedTo=me": 4,
}
OWNER = {
    "/api/tickets": 4,  # user, their number, tickets, names
    "/api/tickets?status=New": 4,
    "/api/tickets?search=work": 7,  # SQLite reads the texts of few tickets, not the index
    "/api/tickets/{ticket}": 3,
    "/api/ticket-comments/ticket/{ticket}": 4,
    "/settings/ticket": 6,  # and the numbers of the filters, and what is unread
    "/settings/ticket/new": 1,
    "/settings/ticket/{ticket}": 7,  # user, ticket, names, thread, transitions, unread twice
}
UNCHANGED = {
    "/api/tickets": 2,  # user, totals
    "/api/tickets/{ticket}": 3,
    "/api/ticket-comments/ticket/{ticket}": 3,
}


@pytest.fixture
def statements(app):
    """Return what is sent to the database."""
    seen = []
    sqlalchemy.event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


@pytest.fixture
def fill(make_ticket, make_comment, alice, mona):
    """Make five more tickets, and five threads on the first; return the ids for addresses."""
    first = make_ticket(TicketStatus.InProgress)
    root = make_comment(first, mona)
    make_comment(first, alice, parent=root)

    def more():
        for number in range(5):
            make_ticket(TicketStatus(number % 4))
            make_comment(first, mona, parent=make_comment(first, alice, parent=root))
            make_comment(first, mona)
        return {"ticket": first.id, "comment": root.id}

    return more


@pytest.mark.parametrize(("who", "budgets"), [("mona", STAFF), ("alice", OWNER)])
def test_page_keeps_to_its_number_of_statements_however_much_it_shows(
    request, client_of, fill, statements, who, budgets
):
    client = client_of(request.getfixturevalue(who))
    found = {}
    for _ in range(2):
        places = fill()
        for url in budgets:
            db.session.commit()
            client.get(url.format(**places))  # fills caches
            statements.clear()
            answer = client.get(url.format(**places))
            assert answer.status_code == 200
            found.setdefault(url, []).append(len(statements))
    assert all(one == two for one, two in found.values()), found
    over = {url: numbers for url, numbers in found.items() if numbers[0] > budgets[url]}
    assert over == {}


@pytest.mark.parametrize("url", ["/api/tickets", "/api/tickets?search=work", "/admin/tickets/"])
def test_attachments_take_one_statement_in_a_list(client_of, make_ticket, mona, statements, url):
    client, urls = client_of(mona), [f"https://example.com/{n}" for n in (3, 1, 2)]
    numbers = []
    for content in ({}, {"attachment_urls": urls}):
        ticket_id = make_ticket(TicketStatus.InProgress, **content).id
        client.get(url)
        statements.clear()
        answer = client.get(url)
        numbers.append(len(statements))
    assert numbers[0] + 1 == numbers[1]
    if answer.is_json:
        found = {one["id"]: one["attachmentUrls"] for one in answer.json["data"]["tickets"]}
        assert found == {ticket_id: urls, ticket_id - 1: []}


def test_unchanged_answer_takes_few_statements(client_of, mona, fill, statements):
    client, places = client_of(mona), fill()
    found = {}
    for url in UNCHANGED:
        address = url.format(**places)
        etag = client.get(address).headers["ETag"]
        statements.clear()
        answer = client.get(address, headers={"If-None-Match": etag})
        assert answer.status_code == 304
        found[url] = len(statements)
    assert found == UNCHANGED


def test_poll_of_an_unchanged_ticket_takes_few_statements(client_of, mona, make_ticket, statements):
    """Rule M4: user, version, presence (read and written)."""
    client, url = client_of(mona), f"/admin/tickets/{make_ticket().id}/news?version=1"
    etag = client.get(url).json["etag"]
    statements.clear()
    assert client.get(url, headers={"If-None-Match": f'"{etag}"'}).status_code == 304
    assert len(statements) == 4


def test_request_of_the_host_takes_no_statement_of_ours(client_of, app, statements):
    client = client_of(None)
    statements.clear()
    client.get("/nothing-of-ours")
    assert statements == []
