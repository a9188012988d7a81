"""What a search finds, and for whom (rule S1)."""

from __future__ import annotations

import random

from sqlalchemy import text

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    create_search_index,
    list_tickets,
    move_ticket,
)
from flask_support_tickets.services.search import (
    COUNT_MAX,
    index_words,
)
from flask_support_tickets.services.search_index import index_to_read
from flask_support_tickets.words import words_in, words_to_find

from ..host import db, tickets
from .search_texts import CASES, POOL
from .searching import STAFF, drop_index, find


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


def test_no_words_add_nothing_are_no_error(app):
    unit_of_work(index_words, 1)
    assert find("x") == []


def test_a_step_leaves_the_words_alone(make_ticket, mona):
    ticket = make_ticket(subject="Moved")
    unit_of_work(move_ticket, actor=actor_for(mona), ticket_id=ticket.id, action="StartProgress")
    assert find("moved") == [ticket.id]
