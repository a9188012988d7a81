"""Arguments of services: enum values, and actors with an id."""

from __future__ import annotations

import hashlib
import io

import pytest

from flask_support_tickets import Action, Actor, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    TicketFilter,
    TicketOrder,
    Upload,
    add_comment,
    add_upload,
    count_by_status,
    count_unread,
    create_with_key,
    find_unread,
    get_neighbours,
    get_ticket,
    list_comments,
    list_tickets,
    mark_read,
    open_ticket,
    reply_and_transition,
    run_host_action,
    transition_ticket,
    with_files,
)


def test_sides_are_taken_by_their_values(make_ticket, make_comment, alice, mona):
    ticket = make_ticket(TicketStatus.InProgress)
    comments = [make_comment(ticket, user).id for user in (mona, mona, alice)]
    for user, side, ids in ((alice, Side.OWNER, comments[:2]), (mona, Side.STAFF, comments[2:])):
        actor = actor_for(user)
        found = get_ticket(actor=actor, ticket_id=ticket.id)
        shown = list_comments(actor=actor, ticket_id=ticket.id).items
        for given in (side, side.value):
            assert count_unread(actor=actor, tickets=[found], side=given) == {ticket.id: len(ids)}
            unread = find_unread(actor=actor, ticket=found, side=given, comments=shown)
            assert unread.shown_ids == set(ids)
    unit_of_work(mark_read, actor=actor_for(alice), ticket_id=ticket.id, side="owner", count=1)
    found = get_ticket(actor=actor_for(alice), ticket_id=ticket.id)
    assert count_unread(actor=actor_for(alice), tickets=[found], side="owner") == {ticket.id: 1}


def test_actions_statuses_and_orders_are_taken_by_their_values(make_ticket, mona, alice):
    actor = actor_for(mona)
    new, open_, closed = (make_ticket(TicketStatus(number)).id for number in (0, 1, 3))
    for statuses in ([0, 1], {TicketStatus.New, 1}):
        for order, ids in ((TicketOrder.OLDEST, [new, open_]), ("newest", [open_, new])):
            criteria = TicketFilter(statuses=statuses, order=order)
            found = list_tickets(actor=actor, criteria=criteria)
            assert [ticket.id for ticket in found.items] == ids
    waiting = list_tickets(actor=actor, criteria=TicketFilter(order="waiting", statuses=[0]))
    assert [ticket.id for ticket in waiting.items] == [new]
    counts = count_by_status(actor=actor_for(alice), criteria=TicketFilter(statuses=[3, 1]))
    assert counts == {TicketStatus.InProgress: 1, TicketStatus.Closed: 1}
    ticket = get_ticket(actor=actor, ticket_id=open_)
    near = get_neighbours(actor=actor, ticket=ticket, criteria=TicketFilter(order="oldest"))
    assert near == (new, closed)
    unit_of_work(transition_ticket, actor=actor, ticket_id=new, action="StartProgress")
    reply = {"ticket_id": new, "side": "staff", "text": "T", "then": "MarkAsResolved"}
    unit_of_work(reply_and_transition, actor=actor, **reply)
    assert get_ticket(actor=actor, ticket_id=new).status == TicketStatus.Resolved


def test_other_values_are_errors_that_name_them(make_ticket, make_comment, mona, everything):
    ticket, actor = make_ticket(TicketStatus.InProgress), actor_for(mona)
    make_comment(ticket, mona)
    found = get_ticket(actor=actor, ticket_id=ticket.id)
    before = everything()
    reply = {"actor": actor, "ticket_id": ticket.id, "text": "T"}
    for call in (
        lambda: count_unread(actor=actor, tickets=[found], side="nope"),
        lambda: count_unread(actor=actor, tickets=[], side="nope"),
        lambda: find_unread(actor=actor, ticket=found, side="nope", comments=[]),
        lambda: unit_of_work(mark_read, actor=actor, ticket_id=ticket.id, side="nope", count=1),
        lambda: unit_of_work(reply_and_transition, side="nope", **reply),
        lambda: unit_of_work(reply_and_transition, side="staff", then="nope", **reply),
        lambda: unit_of_work(transition_ticket, actor=actor, ticket_id=ticket.id, action="nope"),
        lambda: TicketFilter(statuses=["nope"]),
        lambda: TicketFilter(order="nope"),
    ):
        with pytest.raises(ValueError, match="'nope' is not a valid"):
            call()
    assert everything() == before


def test_actor_without_an_id_reads_but_does_not_write(make_ticket, mona, everything):
    ticket, nobody = make_ticket(TicketStatus.InProgress), Actor(None, is_staff=True, name="Cron")
    assert get_ticket(actor=nobody, ticket_id=ticket.id).id == ticket.id
    assert [each.id for each in list_tickets(actor=nobody).items] == [ticket.id]
    before, content = everything(), {"subject": "S", "description": "D"}
    data = b"A log."
    upload = Upload("a.log", io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
    for use_case, arguments in (
        (open_ticket, content),
        (create_with_key, {"use_case": open_ticket, "key": "k", **content}),
        (add_comment, {"ticket_id": ticket.id, "text": "T"}),
        (reply_and_transition, {"ticket_id": ticket.id, "text": "T", "side": Side.STAFF}),
        (transition_ticket, {"ticket_id": ticket.id, "action": Action.MarkAsResolved}),
        (mark_read, {"ticket_id": ticket.id, "side": Side.STAFF, "count": 1}),
        (
            run_host_action,
            {"change": lambda tickets: None, "ticket_ids": [ticket.id], "action": "x"},
        ),
    ):
        with pytest.raises(ValueError, match="An actor without an id can only read"):
            unit_of_work(use_case, actor=nobody, **arguments)
    with pytest.raises(ValueError, match="An actor without an id can only read"):
        with_files(add_upload, uploads=[upload], actor=nobody)
    assert everything() == before
