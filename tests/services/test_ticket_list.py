"""Any page of any list (rules P1 and P2), and the counters behind them (N1)."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest
import sqlalchemy

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    TicketFilter,
    TicketOrder,
    add_comment,
    check_counters,
    count_by_status,
    counters,
    list_tickets,
    move_ticket,
    open_ticket,
    rebuild_counters,
    recount,
    ticket_list,
)
from flask_support_tickets.services.counters import fold_slots, read_totals

from ..host import db, tickets


@pytest.fixture
def small_blocks(app, monkeypatch):
    """Blocks of eight ids and three rows stepped over one by one, so that few tickets are many."""
    for module in (counters, ticket_list, recount):
        monkeypatch.setattr(module, "BLOCK_SIZE", 8)
    monkeypatch.setattr(ticket_list, "_NEAR", 3)
    current_tickets.models.statements.clear()
    yield
    current_tickets.models.statements.clear()


@pytest.fixture
def many(small_blocks, alice, bob, mona, adam, make_user):
    """A hundred tickets in all statuses, of several owners, assignees and departments."""
    draw = random.Random(7)
    now = utc_now()
    for number in range(100):
        status = draw.choice([0, 1, 2, 3, 3, 3, 3])
        ticket = tickets.Ticket(
            subject=f"S {number}",
            description="D",
            status=status,
            version=1 + status,
            user_id=draw.choice([alice, alice, bob]).id,
            assigned_to_user_id=draw.choice([mona, adam]).id if status else None,
            department=draw.choice([None, "Sales", "IT"]),
            created_at=now,
            updated_at=now,
        )
        db.session.add(ticket)
        db.session.flush()
    unit_of_work(rebuild_counters)
    rows = db.session.scalars(db.select(tickets.Ticket).order_by(tickets.Ticket.id.desc())).all()
    db.session.commit()
    return [
        (row.id, row.status, row.user_id, row.assigned_to_user_id, row.department) for row in rows
    ]


def expected(rows, criteria):
    return [
        number
        for number, status, owner, assignee, department in rows
        if (not criteria.statuses or status in criteria.statuses)
        and criteria.owner in (None, owner)
        and criteria.assigned_to in (None, assignee)
        and criteria.department in (None, department)
        and not (criteria.is_unassigned and assignee)
    ]


class TestAnyPage:
    @pytest.mark.parametrize("page_size", [1, 4, 7, 100])
    def test_is_what_a_list_of_all_says(self, many, mona, alice, bob, page_size):
        statuses = [(), (TicketStatus.Closed,), (TicketStatus.New, TicketStatus.Resolved)]
        statuses.append(tuple(TicketStatus))
        others = [
            {},
            {"owner": alice.id},
            {"assigned_to": mona.id},
            {"department": "IT"},
            {"owner": bob.id, "assigned_to": mona.id},
            {"is_unassigned": True},
        ]
        for chosen, other in itertools.product(statuses, others):
            criteria = TicketFilter(statuses=chosen, **other)
            ids = expected(many, criteria)
            for page in range(1, len(ids) // page_size + 3):
                found = list_tickets(
                    actor=actor_for(mona), criteria=criteria, page=page, page_size=page_size
                )
                end = page * page_size
                assert [row.id for row in found.items] == ids[end - page_size : end], criteria
                assert found.total_count == len(ids)
                assert found.has_more is (end < len(ids))

    @pytest.mark.parametrize("page_size", [1, 4, 7, 100])
    def test_of_the_oldest_first_is_that_list_from_its_end(self, many, mona, alice, page_size):
        for chosen, owner in itertools.product([(), (3,), (0, 2)], [None, alice.id]):
            criteria = TicketFilter(chosen, owner=owner, order=TicketOrder.OLDEST)
            ids = expected(many, criteria)[::-1]
            for page in range(1, len(ids) // page_size + 3):
                found = list_tickets(
                    actor=actor_for(mona), criteria=criteria, page=page, page_size=page_size
                )
                end = page * page_size
                assert [row.id for row in found.items] == ids[end - page_size : end], criteria
                assert (found.total_count, found.has_more) == (len(ids), end < len(ids))
        after = list_tickets(
            actor=actor_for(mona), criteria=TicketFilter(order=TicketOrder.OLDEST), after_id=ids[3]
        )
        assert after.items[0].id == ids[3] + 1

    def test_of_those_that_wait_longest(self, many, mona, alice, monkeypatch):
        moments = iter(random.Random(3).sample(range(1_000_000), 100))
        waiting = []
        for number, status, owner, *_ in many:
            since = None if status == 3 else utc_now() - timedelta(seconds=next(moments))
            change = db.update(tickets.Ticket).where(tickets.Ticket.id == number)
            db.session.execute(change.values(awaiting_since=since))
            if since is not None:
                waiting.append((since, number, status, owner))
        db.session.commit()
        for chosen, owner in itertools.product([(), (0,), (0, 2)], [None, alice.id]):
            criteria = TicketFilter(chosen, owner=owner, order=TicketOrder.WAITING)
            ids = [
                number
                for _, number, status, user in sorted(waiting)
                if (not chosen or status in chosen) and owner in (None, user)
            ]
            for page in range(1, len(ids) // 7 + 3):
                found = list_tickets(
                    actor=actor_for(mona), criteria=criteria, page=page, page_size=7
                )
                assert [row.id for row in found.items] == ids[page * 7 - 7 : page * 7], criteria
                assert (found.total_count, found.is_capped) == (len(ids), False)
                assert found.has_more is (page * 7 < len(ids))
        with pytest.raises(ValueError, match="Waiting tickets"):
            list_tickets(actor=actor_for(mona), criteria=criteria, after_id=5)
        monkeypatch.setattr(ticket_list, "COUNT_MAX", 3)
        found = list_tickets(actor=actor_for(mona), criteria=criteria)
        assert (found.total_count, found.is_capped) == (3, True)

    def test_of_those_that_nobody_works_on_is_searched_alike(self, make_ticket, mona):
        ids = [make_ticket(subject="Printer", status=status).id for status in TicketStatus]
        criteria = TicketFilter(search="printer", is_unassigned=True)
        assert [row.id for row in list_tickets(actor=actor_for(mona), criteria=criteria).items] == (
            ids[:1]
        )

    @pytest.mark.parametrize("statuses", [(), (3,), (0, 1)])
    def test_and_what_follows_a_row(self, many, mona, alice, statuses):
        for actor, owner in ((actor_for(mona), None), (actor_for(alice), alice.id)):
            criteria = TicketFilter(statuses=[TicketStatus(value) for value in statuses])
            ids = expected(many, TicketFilter(statuses=criteria.statuses, owner=owner))
            seen, after = [], None
            while True:
                found = list_tickets(actor=actor, criteria=criteria, page_size=9, after_id=after)
                seen += [row.id for row in found.items]
                if not found.has_more:
                    break
                after = found.last_id
            assert seen == ids

    def test_of_a_user_who_asks_for_those_of_another_is_empty(self, many, alice, bob):
        found = list_tickets(actor=actor_for(alice), criteria=TicketFilter(owner=bob.id))
        assert (found.items, found.total_count, found.has_more) == ([], 0, False)

    @pytest.mark.parametrize("department", ["sales", "SALES", "Sälés", "Salés"])
    def test_of_a_department_is_of_exactly_that_one(self, make_ticket, mona, department):
        make_ticket(department="Sales")
        for name, count in (("Sales", 1), (department, 0)):
            criteria = TicketFilter(department=name)
            found = list_tickets(actor=actor_for(mona), criteria=criteria)
            assert (len(found.items), found.total_count) == (count, count)

    def test_far_beyond_the_end_is_empty(self, many, mona, alice):
        for actor in (actor_for(mona), actor_for(alice)):
            found = list_tickets(actor=actor, page=1_000_000_000, page_size=100)
            assert (found.items, found.has_more) == ([], False)

    def test_is_empty_where_the_counters_know_of_more_than_there_is(self, many, mona):
        """As long as somebody who removed tickets by hand has not had them counted again."""
        db.session.execute(db.delete(tickets.TicketEvent))
        db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id > 20))
        db.session.execute(
            db.update(current_tickets.models.TicketCounter).values(new_count=0, closed_count=0)
        )
        db.session.commit()
        for page in range(1, 12):
            found = list_tickets(actor=actor_for(mona), page=page, page_size=9)
            assert all(row.id <= 20 for row in found.items)

    def test_is_empty_when_the_numbers_changed_while_it_was_looked_for(
        self, many, mona, monkeypatch
    ):
        monkeypatch.setattr(ticket_list, "find_block", lambda statuses, offset: None)
        found = list_tickets(actor=actor_for(mona), page=9, page_size=5)
        assert (found.items, found.total_count, found.has_more) == ([], 100, False)


class TestStatements:
    @pytest.fixture
    def statements(self, app):
        seen = []
        sqlalchemy.event.listen(
            db.engine, "before_cursor_execute", lambda *args: seen.append(args[2])
        )
        return seen

    def test_a_page_takes_two_wherever_it_is(self, many, mona, statements):
        actor = actor_for(mona)
        for page, number in ((1, 2), (20, 2), (9, 3)):  # totals, tickets; and the block
            statements.clear()
            list_tickets(actor=actor, page=page, page_size=5)
            assert len(statements) == number

    def test_its_state_takes_one_that_reads_no_ticket(self, many, mona, statements):
        actor = actor_for(mona)
        statements.clear()
        list_tickets(actor=actor, only_state=True)
        [statement] = statements
        assert "support_ticket " not in f"{statement} "


class TestCounters:
    def test_are_right_whatever_happens(self, many, mona, alice):
        assert check_counters() == []
        counts = count_by_status(actor=actor_for(mona))
        for status in TicketStatus:
            assert counts[status] == len(expected(many, TicketFilter(statuses=[status])))
        own = count_by_status(actor=actor_for(alice))
        assert sum(own.values()) == len(expected(many, TicketFilter(owner=alice.id)))

    def test_every_change_is_counted_once(self, make_ticket, alice, mona):
        before = read_totals().changes
        ticket = make_ticket(TicketStatus.InProgress)
        unit_of_work(add_comment, actor=actor_for(alice), ticket_id=ticket.id, text="T")
        assert read_totals().changes == before + 3
        assert ticket.version == 3

    def test_a_unit_that_is_rolled_back_counts_nothing(self, make_ticket, alice, everything):
        make_ticket()

        def fail():
            open_ticket(actor=actor_for(alice), subject="S", description="D")
            raise RuntimeError

        before = everything()
        with pytest.raises(RuntimeError):
            unit_of_work(fail)
        assert everything() == before

    def test_old_blocks_become_one_row_each(self, small_blocks, make_ticket):
        model = current_tickets.models.TicketCounter
        for number in range(34):
            make_ticket(TicketStatus(number % 2))
        before = read_totals()
        slots = {
            (row.block, row.slot) for row in db.session.scalars(db.select(model).order_by("block"))
        }
        assert {(0, 0), (1, 0), (2, 0)} <= slots  # folded when the block behind the next was begun
        assert {block for block, slot in slots if slot} == {3, 4}
        db.session.commit()
        unit_of_work(fold_slots, 100)
        assert set(db.session.scalars(db.select(model.slot))) == {0}
        assert read_totals() == before
        assert check_counters() == []

    def test_an_old_ticket_is_counted_in_the_first_slot(self, make_ticket, mona):
        ticket = make_ticket()
        model = current_tickets.models.TicketCounter
        ticket.created_at = utc_now() - timedelta(days=2)
        db.session.commit()
        unit_of_work(
            move_ticket,
            actor=actor_for(mona),
            ticket_id=ticket.id,
            action=Action.StartProgress,
        )
        rows = {row.slot: row for row in db.session.scalars(db.select(model))}
        assert (rows[0].new_count, rows[0].in_progress_count) == (-1, 1)
        assert check_counters() == []

    def test_that_are_wrong_are_told_and_put_right(self, many, mona):
        model = current_tickets.models.TicketCounter
        right = read_totals()
        db.session.execute(db.update(model).where(model.block == 2).values(new_count=40))
        db.session.execute(db.delete(model).where(model.block == 3))
        db.session.commit()
        wrong = check_counters()
        assert {block for block, *_ in wrong} == {2, 3}
        assert all(counted != real for _, _, counted, real in wrong)
        assert unit_of_work(rebuild_counters) == 100
        assert check_counters() == []
        assert read_totals() == right


class TestAttachments:
    URLS = ("https://e.example/3", "https://e.example/1", "https://e.example/2")

    @pytest.mark.parametrize("search", [None, "nothing"])
    def test_stand_in_their_order_at_their_ticket(self, make_ticket, mona, search):
        make_ticket(attachment_urls=self.URLS[:1])
        make_ticket()
        make_ticket(attachment_urls=self.URLS, description="Nothing happens. " * 200)
        criteria = TicketFilter(search=search)
        found = list_tickets(actor=actor_for(mona), criteria=criteria).items
        shown = [tuple(one.url for one in ticket.attachments) for ticket in found]
        assert shown == [self.URLS, (), self.URLS[:1]]
        assert [len(ticket.description) for ticket in found] == [3_399, 16, 16]

    def test_do_not_take_the_text_along_when_the_first_is_gone(self, make_ticket, mona):
        make_ticket(attachment_urls=self.URLS)
        model = current_tickets.models.TicketAttachment
        db.session.execute(db.delete(model).where(model.position == 0))
        db.session.commit()
        [ticket] = list_tickets(actor=actor_for(mona)).items
        assert ticket.description == "Nothing happens."
        assert [one.url for one in ticket.attachments] == list(self.URLS[1:])
