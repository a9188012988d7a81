"""Rule S1, with the index of each database and without it."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, inspect, text, true

from flask_support_tickets import Actor, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    create_search_index,
    list_tickets,
    move_ticket,
    open_ticket,
    rebuild_search_index,
)
from flask_support_tickets.services.search import (
    COUNT_MAX,
    find_matches,
    find_page,
    index_words,
)
from flask_support_tickets.services.search_index import forget_state, index_to_read, postgresql
from flask_support_tickets.words import words_in, words_to_find

from ..host import db, tickets
from .search_texts import CASES, POOL

STAFF = Actor(id=None, is_staff=True, name="staff")


def find(search, *conditions, limit=5_000, **place):
    found = find_matches(search, conditions or [true()], limit=limit, **place)
    db.session.rollback()
    return found


def drop_index():
    unit_of_work(lambda: current_tickets.models.words.drop(db.session.connection()))
    forget_state()


@pytest.fixture(params=["index", "scan"])
def way(request, app):
    """How searches are answered; call it when the tickets are there."""

    def choose():
        if request.param == "scan":
            drop_index()
        assert (index_to_read() is None) is (request.param == "scan")
        db.session.rollback()

    return choose


class TestWhatIsFound:
    def test_whole_words_without_case(self, make_ticket, way):
        """Rule S1."""
        ids = {}
        for number, (said, _, _) in enumerate(CASES):
            ticket = make_ticket(subject=f"Case n{number:03}", description=said)
            ids[said] = ticket.id
        way()
        for said, found, missed in CASES:
            for search in found:
                assert ids[said] in find(search), (said, search)
            for search in missed:
                assert ids[said] not in find(search), (said, search)

    def test_words_in_different_places_and_only_all_of_them(
        self, make_ticket, make_comment, mona, alice, way
    ):
        talked = make_ticket(TicketStatus.InProgress, subject="Slow", description="page")
        other = make_ticket(TicketStatus.InProgress, subject="Slow", description="tea")
        first = make_comment(talked, mona, "Warm cache?")
        make_comment(talked, alice, "Cold.", parent=first)
        way()
        assert find("cold SLOW cache page") == [talked.id]
        assert find("slow") == [other.id, talked.id]
        assert find("slow cold tea") == []

    def test_nothing_without_a_word(self, make_ticket, way):
        make_ticket(subject="% _ 🔥", description="'")
        way()
        for search in ("%", "_", "🔥", "'", "-- ;", "\u0301", "#"):
            assert find(search) == []
            assert len(find(search, limit=COUNT_MAX + 1)) == 0

    def test_an_id_with_or_without_its_sign(self, make_ticket, way):
        first = make_ticket(subject="First")
        named = make_ticket(subject=f"About {first.id}")
        last = make_ticket(subject=f"And {first.id}")
        way()
        for search in (str(first.id), f"#{first.id}"):
            assert find(search) == [last.id, named.id, first.id]
            assert find(search, limit=2) == [last.id, named.id]
            assert find(search, limit=2, offset=1) == [named.id, first.id]
            assert find(search, after_id=named.id) == [first.id]
            assert find(search, after_id=first.id) == []
            assert len(find(search, limit=COUNT_MAX + 1)) == 3
            assert find(search, tickets.Ticket.id != first.id) == [last.id, named.id]
        assert find("#987654") == find("9" * 30) == []

    def test_very_long_texts(self, make_ticket, make_comment, mona, way):
        ticket = make_ticket(TicketStatus.InProgress, description="ab " * 6_666 + "z")
        make_comment(ticket, mona, "".join(f"w{number:x} " for number in range(3_900))[:19_990])
        make_comment(ticket, mona, "打印机坏了" * 4_000)
        way()
        for search in ("z ab", "w64 wb00", "了打 z"):
            assert find(search) == [ticket.id]


class TestEquality:
    def test_index_and_scan_and_brute_force_agree(self, make_ticket, mona, alice):
        rng = random.Random(7)
        texts = {}
        for _ in range(25):
            said = " ".join(rng.choices(POOL, k=rng.randint(1, 9))) + " x"
            texts[make_ticket(TicketStatus.InProgress, subject="S", description=said).id] = [said]
        for turn in range(40):
            unit_of_work(self.comment_at_random, rng, mona, texts)
            if db.engine.dialect.name == "sqlite" and turn % 10 == 9:
                self.merge(rng)
        searches = [" ".join(rng.choices(POOL, k=rng.randint(1, 3))) for _ in range(150)]
        expected = [self.brute_force(search, texts) for search in searches]
        assert sum(map(len, expected)) > 200
        assert [find(search) for search in searches] == expected
        drop_index()
        assert [find(search) for search in searches] == expected
        assert create_search_index()
        assert index_to_read() is not None
        assert [find(search) for search in searches] == expected

    def comment_at_random(self, rng, author, texts):
        for _ in range(rng.randint(1, 3)):
            ticket_id = rng.choice(list(texts)[:12])
            said = " ".join(rng.choices(POOL, k=rng.randint(1, 5))) + " y"
            add_comment(actor=actor_for(author), ticket_id=ticket_id, text=said)
            texts[ticket_id].append(said)

    def merge(self, rng):
        """Let FTS5 put its parts together: a ticket in several of them must not lose a word."""
        command = rng.choice(["('optimize', NULL)", "('merge', 8)", "('merge', -16)"])
        db.session.execute(
            text(f"INSERT INTO support_ticket_words (support_ticket_words, rank) VALUES {command}")
        )
        db.session.commit()

    def brute_force(self, search, texts):
        words = set(words_to_find(search))
        return sorted(
            (
                ticket_id
                for ticket_id, said in texts.items()
                if (words and words <= words_in("S", *said))
                or search.removeprefix("#") == str(ticket_id)
            ),
            reverse=True,
        )  # fmt: skip


class TestWhoSeesWhat:
    def test_conditions_are_part_of_the_search(self, make_ticket, alice, bob, mona, way):
        own = make_ticket(owner=bob, subject="The word")
        foreign = make_ticket(TicketStatus.InProgress, owner=alice, subject="The word")
        way()

        def listed(actor, **criteria):
            page = list_tickets(actor=actor, criteria=TicketFilter(search="word", **criteria))
            return [ticket.id for ticket in page.items], page.total_count

        assert listed(actor_for(bob)) == ([own.id], 1)
        assert listed(actor_for(alice)) == ([foreign.id], 1)
        assert listed(STAFF) == ([foreign.id, own.id], 2)
        assert listed(STAFF, statuses=[TicketStatus.New]) == ([own.id], 1)
        assert listed(STAFF, assigned_to=mona.id) == ([foreign.id], 1)
        assert listed(STAFF, department="None") == ([], 0)


@pytest.fixture
def many(app, alice, bob):
    """1,300 tickets; what their words are is told by their place. Returns their ids in order."""
    now = utc_now()
    row = {"description": "D", "comment_count": 0, "version": 1, "created_at": now}
    rows = []
    for place in range(1_300):
        said = ["common", "odd" if place % 2 else "even"]
        said += ["rare"] * (place in (3, 700)) + ["fifth"] * (place % 5 == 0)
        said += ["old"] * (place < 1_050) + ["new"] * (place >= 1_290)
        owner = bob if place % 400 == 1 else alice
        status = place % 3
        rows.append(
            {**row, "subject": " ".join(said), "user_id": owner.id, "updated_at": now,
             "status": status}
        )  # fmt: skip
    db.session.execute(insert(tickets.Ticket), rows)
    db.session.commit()
    forget_state()
    assert rebuild_search_index() == 1_300
    ids = list(db.session.scalars(db.select(tickets.Ticket.id).order_by(tickets.Ticket.id)))
    db.session.rollback()
    return ids


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


class TestKeepingCurrent:
    def test_what_is_rolled_back_is_not_found(self, app, alice, make_ticket):
        make_ticket(subject="Kept")

        def work():
            open_ticket(actor=actor_for(alice), subject="Gone", description="Nothing")
            assert find_matches("kept", [true()], limit=5)
            raise KeyError("stop")

        with pytest.raises(KeyError):
            unit_of_work(work)
        assert find("gone") == []
        again = make_ticket(subject="Back")
        assert find("gone") == find("nothing gone") == []
        assert find("back") == [again.id]

    def test_a_comment_is_found_once_it_is_committed(self, make_ticket, make_comment, mona):
        ticket = make_ticket(TicketStatus.InProgress)
        assert find("unheard") == []
        make_comment(ticket, mona, "Unheard of")
        assert find("unheard") == [ticket.id]
        make_comment(ticket, mona, "!!!")
        make_comment(ticket, mona, "Unheard of")
        assert find("unheard") == [ticket.id]

    def test_simultaneous_comments_on_one_ticket_all_count(self, app, make_ticket, mona):
        ticket = make_ticket(TicketStatus.InProgress)
        ticket_id, actor = ticket.id, actor_for(mona)
        db.session.rollback()

        def comment(number):
            with app.app_context():
                said = f"said{number}"
                for _ in range(20):
                    try:
                        return unit_of_work(
                            add_comment, actor=actor, ticket_id=ticket_id, text=said
                        ).id
                    except Exception:
                        continue
                return None

        with ThreadPoolExecutor(6) as pool:
            assert None not in list(pool.map(comment, range(12)))
        assert find(" ".join(f"said{number}" for number in range(12))) == [ticket_id]

    def test_a_ticket_that_the_host_deleted_is_not_found(self, make_ticket):
        ticket = make_ticket(subject="Vanished")
        db.session.execute(db.delete(tickets.TicketEvent))
        db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id == ticket.id))
        db.session.commit()
        assert find("vanished") == []
        assert len(find("vanished", limit=COUNT_MAX + 1)) == 0

    def test_a_ticket_of_very_many_words_keeps_all_of_them(self, make_ticket, make_comment, mona):
        """PostgreSQL refuses a row with 1 MB of them."""
        small = make_ticket(subject="w1 w30000")
        ticket = make_ticket(TicketStatus.InProgress, subject="Log", description="w0")
        for start in range(1, 30_001, 2_500):
            said = " ".join(f"w{number}" for number in range(start, start + 2_500))
            make_comment(ticket, mona, said)
        assert find("log w0 w1 w15000 w30000") == [ticket.id]
        assert find("w1 w30000") == [ticket.id, small.id]
        assert find("w29999") == find("w1 log") == [ticket.id]
        assert find("w1 absent") == []
        current_tickets.session.execute(db.delete(tickets.TicketEvent))
        assert rebuild_search_index() == 2
        assert find("log w0 w1 w15000 w30000") == [ticket.id]
        assert find("w1 w30000") == [ticket.id, small.id]


class TestTheIndex:
    def table(self):
        return current_tickets.models.words.on(db.engine.dialect.name)

    def exists(self):
        return inspect(db.engine).has_table("support_ticket_words")

    def test_comes_and_goes_with_the_tickets(self, app):
        assert self.exists()
        db.session.rollback()
        db.drop_all()
        assert not inspect(db.engine).get_table_names()
        db.create_all()
        assert self.exists()

    def test_is_made_and_filled_where_it_is_missing(self, make_ticket, make_comment, mona):
        drop_index()
        ticket = make_ticket(TicketStatus.InProgress, subject="Before")
        make_comment(ticket, mona, "Said before")
        assert index_to_read() is None
        db.session.rollback()
        assert create_search_index()
        assert index_to_read() is not None
        assert find("before said") == [ticket.id]
        assert create_search_index()

    def test_that_lacks_tickets_is_not_asked(self, make_ticket, make_comment, mona):
        drop_index()
        ticket = make_ticket(TicketStatus.InProgress, subject="Before")
        db.session.rollback()
        unit_of_work(lambda: current_tickets.models.words.create(db.session.connection()))
        make_comment(ticket, mona, "After")
        newer = make_ticket(subject="After")
        assert index_to_read() is None
        assert find("before after") == [ticket.id]
        assert find("after") == [newer.id, ticket.id]
        assert rebuild_search_index() == 2
        assert index_to_read() is not None
        assert find("before after") == [ticket.id]
        assert find("after") == [newer.id, ticket.id]

    def test_is_looked_for_once_and_not_by_every_search(self, make_ticket, statements):
        make_ticket(subject="Counted")
        find("counted")
        with statements() as said:
            find("counted")
        assert not [each for each in said if "min(" in each or "PRAGMA" in each or "pg_" in each]

    def test_is_not_needed(self, monkeypatch, make_ticket, app):
        """Another database, or an SQLite without FTS5."""
        by_dialect = current_tickets.models.words.by_dialect
        db.session.rollback()
        drop_index()
        monkeypatch.delitem(by_dialect, db.engine.dialect.name)
        forget_state()
        assert not create_search_index()
        assert rebuild_search_index() == 0
        ticket = make_ticket(subject="Still found")
        assert find("found") == [ticket.id]
        db.session.rollback()
        db.drop_all()
        monkeypatch.undo()
        forget_state()


def test_no_words_add_nothing_are_no_error(app):
    unit_of_work(index_words, 1)
    assert find("x") == []


def test_a_step_leaves_the_words_alone(make_ticket, mona):
    ticket = make_ticket(subject="Moved")
    unit_of_work(move_ticket, actor=actor_for(mona), ticket_id=ticket.id, action="StartProgress")
    assert find("moved") == [ticket.id]
