"""What stands beside a ticket in a list: the same as the list itself says (D1)."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.services import (
    Neighbours,
    TicketFilter,
    TicketOrder,
    list_tickets,
    neighbours_of,
    read_ticket,
)

NEW, STARTED = TicketStatus.New, TicketStatus.InProgress


@pytest.fixture
def some_tickets(alice, bob, mona, adam, make_ticket, make_comment):
    """Tickets in all statuses of two owners and two assignees; some wait, some do not."""
    made = []
    for number in range(12):
        content = {"department": ("Sales", "IT")[number % 2]}
        owner, staff = (alice, bob)[number % 3 == 0], (mona, adam)[number % 2]
        made.append(make_ticket(TicketStatus(number % 4), owner=owner, staff=staff, **content))
    make_comment(made[5], mona)
    make_comment(made[2], alice)
    return made


@pytest.mark.parametrize("order", TicketOrder)
@pytest.mark.parametrize(
    "criteria",
    [
        {}, {"statuses": [NEW]}, {"statuses": [STARTED, NEW]}, {"statuses": list(TicketStatus)},
        {"department": "IT"}, {"is_unassigned": True}, {"department": "Sales", "statuses": [NEW]},
    ],
)  # fmt: skip
def test_are_those_of_the_list(some_tickets, mona, bob, order, criteria):
    for actor in (actor_for(mona), actor_for(bob)):
        wanted = TicketFilter(order=order, **criteria)
        ids = [ticket.id for ticket in list_tickets(actor=actor, criteria=wanted).items]
        assert ids
        for before, here, after in zip([None, *ids], ids, [*ids[1:], None], strict=False):
            ticket = read_ticket(actor=actor, ticket_id=here)
            found = neighbours_of(actor=actor, ticket=ticket, criteria=wanted)
            assert found == Neighbours(before, after)


def test_a_ticket_that_left_the_list_keeps_its_place_in_it(some_tickets, mona):
    actor = actor_for(mona)
    left = read_ticket(actor=actor, ticket_id=some_tickets[5].id)  # in progress, answered
    criteria = TicketFilter(statuses=[NEW])
    found = neighbours_of(actor=actor, ticket=left, criteria=criteria)
    assert found == Neighbours(some_tickets[8].id, some_tickets[4].id)
    criteria = TicketFilter(order=TicketOrder.WAITING)
    found = neighbours_of(actor=actor, ticket=left, criteria=criteria)
    assert found == Neighbours(None, some_tickets[0].id)


def test_what_a_search_finds_has_none_and_neither_has_what_nobody_may_see(
    some_tickets, mona, alice, bob
):
    ticket = read_ticket(actor=actor_for(mona), ticket_id=some_tickets[4].id)
    search = TicketFilter(search="work")
    assert neighbours_of(actor=actor_for(mona), ticket=ticket, criteria=search) == Neighbours()
    foreign = TicketFilter(owner=bob.id)
    assert neighbours_of(actor=actor_for(alice), ticket=ticket, criteria=foreign) == Neighbours()
