"""Searches among many tickets: order, filters, pages, totals. Rules S1, P1."""

from __future__ import annotations

import pytest

from flask_support_tickets import actor_for
from flask_support_tickets.services import TicketFilter, list_tickets
from flask_support_tickets.services.pagination import COUNT_MAX
from flask_support_tickets.services.search import postgresql, query, sqlite
from flask_support_tickets.services.search.query import find_page

from ..databases import every_database, on_postgresql
from ..host import tickets
from .searching import find

NOT_RESOLVED = [place for place in range(1_299, -1, -1) if place % 3 != 2]


@pytest.fixture
def places(many):
    """Search, and return the places of what was found: 0 is the oldest ticket."""

    def run(search, *conditions, after=None, **page):
        after_id = {} if after is None else {"after_id": many[after]}
        return [many.index(number) for number in find(search, *conditions, **page, **after_id)]

    return run


@every_database
def test_search_finds_the_newest_first_however_common_the_words_are(places, bob, choose_search):
    choose_search()
    newest_first = list(range(1_299, -1, -1))
    assert places("rare") == [700, 3]
    for limit in (21, 900, 5_000):
        assert places("common", limit=limit) == newest_first[:limit]
    assert places("odd even") == []
    assert places("odd fifth", limit=60) == list(range(1_295, 700, -10))
    assert places("old", limit=3) == [1_049, 1_048, 1_047]
    assert places("new") == newest_first[:10]
    assert places("common", limit=20, offset=1_290) == list(range(9, -1, -1))
    assert places("old common", limit=5, after=10) == [9, 8, 7, 6, 5]
    assert places("common", limit=1, after=1_000) == [999]
    own = tickets.Ticket.user_id == bob.id
    assert places("odd", own) == [1_201, 801, 401, 1]
    assert places("odd", own, limit=2, offset=1) == [801, 401]
    assert places("odd", own, after=801) == [401, 1]
    assert places("even", own) == []
    not_resolved = tickets.Ticket.status != 2
    assert places("common", not_resolved) == NOT_RESOLVED
    assert places("rare", not_resolved) == [700, 3]


@on_postgresql
def test_postgresql_looks_among_more_and_more_of_the_newest(places, monkeypatch):
    monkeypatch.setattr(postgresql, "_STEPS", (2, 8))
    assert places("common", limit=9) == list(range(1_299, 1_290, -1))
    assert places("odd", limit=9, offset=3) == list(range(1_293, 1_276, -2))
    assert places("fifth", limit=4) == [1_295, 1_290, 1_285, 1_280]
    assert places("old", limit=4, after=1_100) == [1_049, 1_048, 1_047, 1_046]
    assert places("rare", limit=2) == [700, 3]
    assert places("rare", limit=2, after=9) == [3]
    assert places("nowhere", limit=2) == []


def test_sqlite_reads_a_filter_with_common_words_from_its_own_side(places, monkeypatch):
    monkeypatch.setattr(sqlite, "_NEAR", 20)
    not_resolved = tickets.Ticket.status != 2
    assert places("common", not_resolved, limit=30) == NOT_RESOLVED[:30]
    older = [place for place in NOT_RESOLVED if place < 1_000]
    assert places("common", not_resolved, limit=5, offset=40, after=1_000) == older[40:45]


@every_database
def test_matches_are_counted_up_to_a_thousand(many, mona):
    actor, newest_first = actor_for(mona), many[::-1]

    def listed(search, page=1, page_size=20):
        criteria = TicketFilter(search=search)
        return list_tickets(actor=actor, criteria=criteria, page=page, page_size=page_size)

    assert len(find("common", limit=COUNT_MAX + 1)) == COUNT_MAX + 1
    for page, size in ((1, 20), (50, 20), (51, 20), (65, 20), (13, 100), (66, 20)):
        found = listed("common", page, size)
        end = page * size
        assert [ticket.id for ticket in found.items] == newest_first[end - size : end]
        assert (found.total_count, found.is_capped) == (1_000, True)
        assert found.has_more is (end < 1_300)
    found = listed("fifth")
    assert (found.total_count, found.is_capped) == (260, False)
    page = find_page("common", [], page=1, page_size=5, after_id=many[3])
    assert page.ids == [many[2], many[1], many[0]]


@every_database
def test_cursor_walks_through_all_matches(many, mona):
    criteria, found = TicketFilter(search="fifth"), []
    after, has_more = None, True
    while has_more:
        page = list_tickets(actor=actor_for(mona), criteria=criteria, page_size=100, after_id=after)
        found += [many.index(ticket.id) for ticket in page.items]
        after, has_more = page.last_id, page.has_more
    assert found == list(range(1_295, -1, -5))


@every_database
def test_ticket_of_the_searched_number_comes_first_on_every_way_through_the_list(
    many, mona, make_ticket, make_comment, choose_search, monkeypatch
):
    monkeypatch.setattr(query, "COUNT_MAX", 5)
    named, actor = many[3], actor_for(mona)
    others = [make_ticket(subject=f"About {named}").id for _ in range(8)][::-1]
    choose_search()
    for size in (1, 2, 5, 9, 20):
        criteria, pages, after, found = TicketFilter(search=f"#{named}"), [], None, []
        for number in range(1, 11):
            page = list_tickets(actor=actor, criteria=criteria, page=number, page_size=size)
            pages += [ticket.id for ticket in page.items]
            if not page.has_more:
                break
        while after is None or page.has_more:
            page = list_tickets(actor=actor, criteria=criteria, page_size=size, after_id=after)
            found += [ticket.id for ticket in page.items]
            after = page.last_id
        assert pages == found == [named, *others], size


@every_database
def test_searched_number_is_first_on_every_face(many, mona, client_of, make_ticket):
    named = many[3]
    other = make_ticket(owner=mona, subject=f"About {named}").id
    staff = client_of(mona)
    data = staff.get(f"/api/tickets?search=%23{named}").json["data"]
    assert [ticket["id"] for ticket in data["tickets"]] == [named, other]
    first = staff.get(f"/api/tickets?search={named}&pageSize=1").json["data"]
    assert [ticket["id"] for ticket in first["tickets"]] == [named]
    cursor = first["nextCursor"]
    rest = staff.get(f"/api/tickets?search={named}&pageSize=1&cursor={cursor}").json["data"]
    assert [ticket["id"] for ticket in rest["tickets"]] == [other]
    assert rest["hasMore"] is False
    html = staff.get(f"/admin/tickets/?search=%23{named}").text
    assert html.index(f'id="ticket-{named}"') < html.index(f'id="ticket-{other}"')


def test_every_face_says_that_there_are_more_than_a_thousand(many, client_of, mona, alice):
    staff = client_of(mona)
    data = staff.get("/api/tickets?search=common&page=66").json["data"]
    assert (data["tickets"], data["totalCount"], data["hasMore"]) == ([], 1_000, False)
    assert data["totalCountCapped"] is True
    assert "totalCountCapped" not in staff.get("/api/tickets?search=fifth").json["data"]
    html = staff.get("/admin/tickets/?search=common").text
    assert "1,000+ tickets found" in html
    assert "Page 1 of 50+" in html
    assert "Page 65 of 65+" in staff.get("/admin/tickets/?search=common&page=65").text
    assert "260 tickets found" in staff.get("/admin/tickets/?search=fifth").text
    assert "Page 1 of 50+" in client_of(alice).get("/settings/ticket?search=common").text
