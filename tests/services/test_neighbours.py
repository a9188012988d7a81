"""The previous and the next ticket in a list. Rule D1."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import (
    Neighbours,
    TicketFilter,
    TicketOrder,
    get_neighbours,
    get_ticket,
    list_tickets,
)
from flask_support_tickets.services.tickets.tags import set_tags

from ..databases import every_database

NEW, STARTED = TicketStatus.New, TicketStatus.InProgress
CRITERIA = [
    {}, {"statuses": [NEW]}, {"statuses": [STARTED, NEW]}, {"statuses": list(TicketStatus)},
    {"department": "IT"}, {"is_unassigned": True}, {"department": "Sales", "statuses": [NEW]},
    {"fields": {"priority": (0, 3)}}, {"tag": "TAGGED"}, {"tag": "tagged", "statuses": [NEW]},
]  # fmt: skip


@pytest.fixture
def some_tickets(alice, bob, mona, adam, make_ticket, make_comment):
    """Return tickets in all statuses, of two owners and two assignees; some wait for staff."""
    made = []
    for number in range(12):
        content = {"department": ("Sales", "IT")[number % 2], "priority": number // 2 % 4}
        owner, staff = (alice, bob)[number % 3 == 0], (mona, adam)[number % 2]
        made.append(make_ticket(TicketStatus(number % 4), owner=owner, staff=staff, **content))
        if number % 5:
            unit_of_work(set_tags, made[-1].id, ["tagged"])
    make_comment(made[5], mona)
    make_comment(made[2], alice)
    return made


@every_database
@pytest.mark.parametrize("order", TicketOrder)
def test_neighbours_are_those_of_the_list(some_tickets, mona, bob, order):
    for actor in (actor_for(mona), actor_for(bob)):
        for criteria in CRITERIA:
            if "tag" in criteria and not actor.is_staff:
                continue
            wanted = TicketFilter(order=order, **criteria)
            ids = [ticket.id for ticket in list_tickets(actor=actor, criteria=wanted).items]
            assert ids
            if order is TicketOrder.PRIORITY and "tag" in criteria:
                ids = []  # such a list has no neighbours
            for before, here, after in zip([None, *ids], ids, [*ids[1:], None], strict=False):
                ticket = get_ticket(actor=actor, ticket_id=here)
                found = get_neighbours(actor=actor, ticket=ticket, criteria=wanted)
                assert found == Neighbours(before, after), criteria


@every_database
def test_ticket_of_another_priority_has_neighbours_where_it_would_be(some_tickets, mona):
    actor = actor_for(mona)
    high = get_ticket(actor=actor, ticket_id=some_tickets[4].id)
    for priority in (0, 3):
        criteria = TicketFilter(order=TicketOrder.PRIORITY, fields={"priority": (priority,)})
        ids = [each.id for each in list_tickets(actor=actor, criteria=criteria).items]
        found = get_neighbours(actor=actor, ticket=high, criteria=criteria)
        assert found == (Neighbours(ids[-1], None) if priority else Neighbours(None, ids[0]))


@every_database
def test_ticket_that_left_the_list_keeps_its_place_in_it(some_tickets, mona):
    actor = actor_for(mona)
    left = get_ticket(actor=actor, ticket_id=some_tickets[5].id)  # in progress, answered
    for criteria, expected in (
        (TicketFilter(statuses=[NEW]), (some_tickets[8].id, some_tickets[4].id)),
        (TicketFilter(order=TicketOrder.WAITING), (None, some_tickets[0].id)),
    ):
        found = get_neighbours(actor=actor, ticket=left, criteria=criteria)
        assert found == Neighbours(*expected)


def test_matches_of_a_search_have_no_neighbours(some_tickets, mona):
    ticket = get_ticket(actor=actor_for(mona), ticket_id=some_tickets[4].id)
    search = TicketFilter(search="work")
    assert get_neighbours(actor=actor_for(mona), ticket=ticket, criteria=search) == Neighbours()


def test_list_that_the_actor_may_not_see_has_no_neighbours(some_tickets, alice, bob):
    ticket = get_ticket(actor=actor_for(alice), ticket_id=some_tickets[4].id)
    foreign = TicketFilter(owner=bob.id)
    assert get_neighbours(actor=actor_for(alice), ticket=ticket, criteria=foreign) == Neighbours()
