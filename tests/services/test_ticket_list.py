"""Any page of any list of tickets, in any order. Rules M1, P1, P2."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest

from flask_support_tickets import TicketPriority, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    TicketFilter,
    TicketOrder,
    check_counters,
    list_tickets,
    rebuild_counters,
)
from flask_support_tickets.services import database as statements_module
from flask_support_tickets.services.tickets import (
    counters,
)
from flask_support_tickets.services.tickets import (
    listing as ticket_list,
)
from flask_support_tickets.services.tickets.tags import set_tags

from ..databases import every_database
from ..host import db, tickets

NEWEST, OLDEST, WAITING, PRIORITY = TicketOrder
SIZES = (1, 7, 100)
ALL, CLOSED, SOME = (), (TicketStatus.Closed,), (TicketStatus.New, TicketStatus.Resolved)


@pytest.fixture(autouse=True)
def small_blocks(app, monkeypatch):
    """Let counters have blocks of eight ids, so that a hundred tickets are many."""
    for module in (counters, ticket_list):
        monkeypatch.setattr(module, "BLOCK_SIZE", 8)
    monkeypatch.setattr(ticket_list, "_NEAR", 3)
    current_tickets.models.statements.clear()
    yield
    current_tickets.models.statements.clear()


def _tag_odd_tickets():
    for ticket_id in db.session.scalars(db.select(tickets.Ticket.id)).all():
        set_tags(ticket_id, ["odd", "any"] if ticket_id % 2 else ["any"])


@pytest.fixture
def many(alice, bob, mona, adam):
    """Return a hundred tickets, newest first; some of them wait for staff."""
    draw, now = random.Random(7), utc_now()
    for number in range(100):
        status = draw.choice([0, 1, 2, 3, 3, 3, 3])
        waiting_since = now - timedelta(seconds=draw.randrange(10**6)) if status < 3 else None
        db.session.add(
            tickets.Ticket(
                subject=f"S {number}",
                description="D",
                status=status,
                version=1 + status,
                user_id=draw.choice([alice, alice, bob]).id,
                assigned_to_user_id=draw.choice([mona, adam]).id if status else None,
                department=draw.choice([None, "Sales", "IT"]),
                priority=draw.choice([0, 1, 1, 1, 2, 3]),
                created_at=now,
                updated_at=now,
                awaiting_since=waiting_since,
            )
        )
        db.session.flush()  # in this order
    unit_of_work(_tag_odd_tickets)
    unit_of_work(rebuild_counters)
    model = tickets.Ticket
    rows = db.session.execute(
        db.select(
            model.id, model.status, model.user_id, model.assigned_to_user_id, model.department,
            model.awaiting_since, model.priority,
        ).order_by(model.id.desc())
    ).all()  # fmt: skip
    db.session.commit()
    return rows


def expected(rows, criteria):
    """Return the ids that a list shows, as a reader of the rules would pick them."""
    chosen = [
        row
        for row in rows
        if (not criteria.statuses or row.status in criteria.statuses)
        and criteria.owner in (None, row.user_id)
        and criteria.assigned_to in (None, row.assigned_to_user_id)
        and criteria.department in (None, row.department)
        and (criteria.tag is None or row.id % 2)
        and row.priority in criteria.fields.get("priority", (row.priority,))
        and not (criteria.is_unassigned and row.assigned_to_user_id)
        and (criteria.order is not WAITING or row.awaiting_since)
    ]
    if criteria.order is PRIORITY:
        waits = [row for row in chosen if row.awaiting_since]
        chosen = sorted(waits, key=lambda row: (row.awaiting_since, row.id)) + sorted(
            set(chosen) - set(waits), key=lambda row: row.id
        )
        chosen.sort(key=lambda row: -row.priority)
    if criteria.order is WAITING:
        chosen.sort(key=lambda row: (row.awaiting_since, row.id))
    ids = [row.id for row in chosen]
    return ids[::-1] if criteria.order is OLDEST else ids


@every_database
@pytest.mark.parametrize("order", TicketOrder)
def test_every_page_is_a_slice_of_the_whole_list(many, mona, alice, bob, order):
    actor = actor_for(mona)
    others = [
        {},
        {"owner": alice.id},
        {"department": "IT"},
        {"owner": bob.id, "assigned_to": mona.id},
        {"is_unassigned": True},
        {"tag": "Odd"},
        {"tag": "odd", "department": "IT", "fields": {"priority": (1, 2)}},
        {"fields": {"priority": (TicketPriority.High,)}},
        {"fields": {"priority": (TicketPriority.Low, TicketPriority.Urgent)}, "owner": alice.id},
    ]
    for statuses, other, size in itertools.product((ALL, CLOSED, SOME), others, SIZES):
        criteria = TicketFilter(statuses=statuses, order=order, **other)
        ids = expected(many, criteria)
        last = len(ids) // size + 2
        for page in range(1, last + 1, 1 if size > 1 else 9):
            found = list_tickets(actor=actor, criteria=criteria, page=page, page_size=size)
            end = page * size
            assert [row.id for row in found.items] == ids[end - size : end], (criteria, page)
            assert (found.total_count, found.has_more) == (len(ids), end < len(ids))


@every_database
@pytest.mark.parametrize("order", [NEWEST, OLDEST])
def test_cursor_walks_through_the_whole_list(many, mona, alice, order):
    readers = ((actor_for(mona), None), (actor_for(alice), alice.id))
    for (actor, owner), statuses in itertools.product(readers, (ALL, CLOSED, SOME)):
        criteria = TicketFilter(statuses=statuses, order=order)
        ids = expected(many, TicketFilter(statuses=statuses, order=order, owner=owner))
        seen, after, has_more = [], None, True
        while has_more:
            found = list_tickets(actor=actor, criteria=criteria, page_size=9, after_id=after)
            seen += [row.id for row in found.items]
            after, has_more = found.last_id, found.has_more
        assert seen == ids


def test_waiting_list_has_no_cursor_and_is_counted_up_to_a_limit(many, mona, monkeypatch):
    criteria = TicketFilter(order=WAITING)
    with pytest.raises(ValueError, match="not ordered by id"):
        list_tickets(actor=actor_for(mona), criteria=TicketFilter(order=PRIORITY), after_id=5)
    with pytest.raises(ValueError, match="not ordered by id"):
        list_tickets(actor=actor_for(mona), criteria=criteria, after_id=5)
    monkeypatch.setattr(ticket_list, "COUNT_MAX", 3)
    found = list_tickets(actor=actor_for(mona), criteria=criteria)
    assert (found.total_count, found.is_capped) == (3, True)


@every_database
def test_page_far_beyond_the_end_is_empty(many, mona, alice):
    for actor in (actor_for(mona), actor_for(alice)):
        found = list_tickets(actor=actor, page=1_000_000_000, page_size=100)
        assert (found.items, found.has_more) == ([], False)


@every_database
def test_department_is_compared_letter_for_letter(make_ticket, mona):
    """Rule T5. MariaDB ignores case and accents unless told otherwise."""
    make_ticket(department="Sales")
    for department in ("Sales", "sales", "SALES", "Sälés", "Salés"):
        criteria, count = TicketFilter(department=department), int(department == "Sales")
        found = list_tickets(actor=actor_for(mona), criteria=criteria)
        assert (len(found.items), found.total_count) == (count, count), department


@every_database
def test_list_survives_counters_that_are_too_high(many, mona):
    """They are so after a host deleted tickets by hand and has not rebuilt the counters."""
    db.session.execute(db.delete(tickets.TicketEvent))
    db.session.execute(db.delete(tickets.Ticket).where(tickets.Ticket.id > 20))
    db.session.commit()
    for page in range(1, 12):
        found = list_tickets(actor=actor_for(mona), page=page, page_size=9)
        assert all(row.id <= 20 for row in found.items)


@every_database
def test_pages_are_right_for_ids_that_an_app_made(app, alice, mona):
    """Snowflake ids: large, and with gaps. Decision 0013."""
    ids = [(1_700_000_000_000 + 3 * number) << 22 | number % 16 << 12 for number in range(30)]
    now = utc_now()
    row = {"subject": "S", "description": "D", "created_at": now, "updated_at": now}
    for place, ticket_id in enumerate(ids):
        db.session.add(tickets.Ticket(id=ticket_id, status=place % 2, user_id=alice.id, **row))
    db.session.commit()
    unit_of_work(rebuild_counters)
    for statuses, those in ((ALL, ids), ((TicketStatus.InProgress,), ids[1::2])):
        criteria, seen = TicketFilter(statuses=statuses), []
        for page in range(1, len(those) // 4 + 2):
            found = list_tickets(actor=actor_for(mona), criteria=criteria, page=page, page_size=4)
            seen += [row.id for row in found.items]
        assert seen == those[::-1]
    assert check_counters() == []


def test_page_takes_three_statements_wherever_it_is(many, mona, statements):
    actor = actor_for(mona)
    for page, number in ((1, 3), (20, 3), (9, 4)):  # totals, tickets, names; and the block
        with statements() as sent:
            list_tickets(actor=actor, page=page, page_size=5)
        assert len(sent) == number


def test_state_of_the_list_of_all_is_read_from_counters_alone(many, mona, statements):
    """Rule E1."""
    actor = actor_for(mona)
    with statements() as sent:
        list_tickets(actor=actor, only_state=True)
    assert len(sent) == 1
    assert "FROM support_ticket_counter" in sent[0]


@every_database
@pytest.mark.parametrize("search", [None, "nothing"])
def test_list_shows_attachments_in_their_order(make_ticket, mona, search):
    urls = ("https://e.example/3", "https://e.example/1", "https://e.example/2")
    make_ticket(attachment_urls=urls[:1])
    make_ticket()
    make_ticket(attachment_urls=urls, description="Nothing happens. " * 200)
    found = list_tickets(actor=actor_for(mona), criteria=TicketFilter(search=search)).items
    shown = [tuple(one.url for one in ticket.attachments) for ticket in found]
    assert shown == [urls, (), urls[:1]]
    assert [len(ticket.description) for ticket in found] == [3_399, 16, 16]


def test_no_more_statements_are_kept_than_a_number(many, mona, monkeypatch):
    """Otherwise whoever asks for every page size there is would fill the memory."""
    monkeypatch.setattr(statements_module, "_KEPT_MAX", 10)
    for page_size in range(1, 30):
        list_tickets(actor=actor_for(mona), page_size=page_size)
        assert len(current_tickets.models.statements) <= 10


def test_page_is_empty_when_counters_changed_while_it_was_looked_for(many, mona, monkeypatch):
    monkeypatch.setattr(ticket_list, "find_block", lambda statuses, offset: None)
    found = list_tickets(actor=actor_for(mona), page=9, page_size=5)
    assert (found.items, found.total_count, found.has_more) == ([], 100, False)
