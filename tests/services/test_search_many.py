"""Searches among many tickets: totals, order, pages."""

from __future__ import annotations

from sqlalchemy import true

from flask_support_tickets.services.search import (
    COUNT_MAX,
    find_page,
)
from flask_support_tickets.services.search_index import postgresql

from ..host import db, tickets
from .searching import find


class TestManyTickets:
    def places(self, many, search, *conditions, **place):
        return [many.index(ticket_id) for ticket_id in find(search, *conditions, **place)]

    def test_are_found_newest_first_by_whatever_way_is_the_quickest(self, many, bob, way):
        way()
        everything = range(1_299, -1, -1)
        assert self.places(many, "rare") == [700, 3]
        assert self.places(many, "common", limit=21) == list(everything[:21])
        assert self.places(many, "common", limit=900) == list(everything[:900])
        assert self.places(many, "common") == list(everything)
        assert self.places(many, "odd even") == []
        assert self.places(many, "odd fifth", limit=60) == list(range(1_295, 700, -10))
        assert self.places(many, "old", limit=3) == [1_049, 1_048, 1_047]
        assert self.places(many, "new") == list(everything[:10])
        assert self.places(many, "common", limit=20, offset=1_290) == list(range(9, -1, -1))
        assert self.places(many, "old common", limit=5, after_id=many[10]) == [9, 8, 7, 6, 5]
        assert self.places(many, "common", limit=5, after_id=many[1_000])[0] == 999

    def test_are_looked_for_among_ever_more_of_them(self, many, monkeypatch):
        monkeypatch.setattr(postgresql, "_STEPS", (2, 8))
        assert self.places(many, "common", limit=9) == list(range(1_299, 1_290, -1))
        assert self.places(many, "odd", limit=9, offset=3) == list(range(1_293, 1_276, -2))
        assert self.places(many, "fifth", limit=4) == [1_295, 1_290, 1_285, 1_280]
        assert self.places(many, "old", limit=4, after_id=many[1_100]) == [
            1_049,
            1_048,
            1_047,
            1_046,
        ]
        assert self.places(many, "rare", limit=2) == [700, 3]
        assert self.places(many, "rare", limit=2, after_id=many[9]) == [3]
        assert self.places(many, "nowhere", limit=2) == []

    def test_of_which_few_may_be_seen(self, many, bob, way):
        way()
        mine = tickets.Ticket.user_id == bob.id
        assert self.places(many, "odd", mine) == [1_201, 801, 401, 1]
        assert self.places(many, "odd", mine, limit=2, offset=1) == [801, 401]
        assert self.places(many, "odd", mine, after_id=many[801]) == [401, 1]
        assert self.places(many, "even", mine) == []

    def test_of_which_many_are_left_by_a_filter(self, many, way):
        way()
        other = tickets.Ticket.status != 2
        expected = [place for place in range(1_299, -1, -1) if place % 3 != 2]
        assert self.places(many, "common", other) == expected
        assert self.places(many, "rare", other) == [700, 3]

    def test_are_counted_up_to_a_thousand(self, many, client_of, mona, way):
        way()
        assert len(find("common", limit=COUNT_MAX + 1)) == COUNT_MAX + 1
        assert len(find("fifth", limit=COUNT_MAX + 1)) == 260
        db.session.rollback()
        client = client_of(mona)
        for page, size in ((1, 20), (50, 20), (51, 20), (65, 20), (13, 100)):
            answer = client.get(f"/api/tickets?search=common&page={page}&pageSize={size}")
            data = answer.json["data"]
            expected = list(reversed(many))[(page - 1) * size : page * size]
            assert [row["id"] for row in data["tickets"]] == expected
            assert (data["totalCount"], data["totalCountCapped"]) == (1_000, True)
            assert data["hasMore"] is (page * size < 1_300)
        data = client.get("/api/tickets?search=common&page=66").json["data"]
        assert (data["tickets"], data["totalCount"], data["hasMore"]) == ([], 1_000, False)
        data = client.get("/api/tickets?search=fifth").json["data"]
        assert data["totalCount"] == 260
        assert "totalCountCapped" not in data
        assert find_page("common", [true()], page=1, page_size=5, after_id=many[3]).ids == [
            many[2], many[1], many[0],
        ]  # fmt: skip
        db.session.rollback()

    def test_say_so_on_the_pages(self, many, client_of, mona, alice, app):
        html = client_of(mona).get("/admin/tickets/?search=common").text
        assert "1,000+ tickets match." in html
        assert "Page 1 of 50+" in html
        assert "Page 65 of 65+" in client_of(mona).get("/admin/tickets/?search=common&page=65").text
        assert "260 tickets match." in client_of(mona).get("/admin/tickets/?search=fifth").text
        assert "Page 1 of 50+" in client_of(alice).get("/settings/ticket?search=common").text

    def test_are_walked_by_cursor(self, many, client_of, mona):
        client, found, cursor = client_of(mona), [], ""
        while cursor is not None:
            query = f"search=fifth&pageSize=100&cursor={cursor}"
            data = client.get(f"/api/tickets?{query}").json["data"]
            found += [many.index(row["id"]) for row in data["tickets"]]
            cursor = data["nextCursor"]
        assert found == list(range(1_295, -1, -5))
