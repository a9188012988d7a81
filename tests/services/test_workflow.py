"""The workflow: who may do what in which status, and what it changes. Rules W1, W2, W3, W4, W5."""

from __future__ import annotations

import pytest

from flask_support_tickets import (
    CommentsNotAllowed,
    Invalid,
    InvalidTransition,
    NotAllowed,
    NotFound,
    TicketStatus,
    actor_for,
)
from flask_support_tickets.errors import DomainError, PreconditionFailed
from flask_support_tickets.services import add_comment, get_ticket, transition_ticket
from flask_support_tickets.services.access import allowed_actions

from ..databases import every_database
from ..host import db, tickets

New, InProgress, Resolved, Closed = TicketStatus
never, not_now, no_comment, hidden = NotAllowed, InvalidTransition, CommentsNotAllowed, NotFound

PEOPLE = ("owner", "staff", "staff owner", "stranger")
#: For each status and action, what each of PEOPLE gets: the status afterwards, or the refusal.
TABLE = {
    (New, "StartProgress"): (never, InProgress, InProgress, hidden),
    (New, "MarkAsResolved"): (never, not_now, not_now, hidden),
    (New, "Close"): (never, not_now, not_now, hidden),
    (New, "Reopen"): (not_now, not_now, not_now, hidden),
    (New, "Assign"): (never, New, New, hidden),
    (New, "Withdraw"): (Closed, never, Closed, hidden),
    (New, "Comment"): (no_comment, no_comment, no_comment, hidden),
    (InProgress, "StartProgress"): (never, not_now, not_now, hidden),
    (InProgress, "MarkAsResolved"): (never, Resolved, Resolved, hidden),
    (InProgress, "Close"): (never, not_now, not_now, hidden),
    (InProgress, "Reopen"): (not_now, not_now, not_now, hidden),
    (InProgress, "Assign"): (never, InProgress, InProgress, hidden),
    (InProgress, "Withdraw"): (not_now, never, not_now, hidden),
    (InProgress, "Comment"): (InProgress, InProgress, InProgress, hidden),
    (Resolved, "StartProgress"): (never, not_now, not_now, hidden),
    (Resolved, "MarkAsResolved"): (never, not_now, not_now, hidden),
    (Resolved, "Close"): (never, Closed, Closed, hidden),
    (Resolved, "Reopen"): (InProgress, InProgress, InProgress, hidden),
    (Resolved, "Assign"): (never, not_now, not_now, hidden),
    (Resolved, "Withdraw"): (not_now, never, not_now, hidden),
    (Resolved, "Comment"): (Resolved, no_comment, Resolved, hidden),
    (Closed, "StartProgress"): (never, not_now, not_now, hidden),
    (Closed, "MarkAsResolved"): (never, not_now, not_now, hidden),
    (Closed, "Close"): (never, not_now, not_now, hidden),
    (Closed, "Reopen"): (not_now, not_now, not_now, hidden),
    (Closed, "Assign"): (never, not_now, not_now, hidden),
    (Closed, "Withdraw"): (not_now, never, not_now, hidden),
    (Closed, "Comment"): (no_comment, no_comment, no_comment, hidden),
}


@pytest.fixture
def people(alice, mona, adam, bob):
    return dict(zip(PEOPLE, (alice, mona, adam, bob), strict=True))


@pytest.fixture
def ticket_for(people, make_ticket):
    """Return a function that makes a ticket in a status, owned by whom the table means."""

    def make(status, person):
        return make_ticket(
            status, owner=people["staff owner" if person == "staff owner" else "owner"]
        )

    return make


@pytest.fixture
def take(act, mona):
    """Take an action, or comment: ``take("Close", mona, ticket)``."""

    def run(action, user, ticket, **arguments):
        if action == "Comment":
            return act(add_comment, user, ticket_id=ticket.id, text="A word.")
        if action == "Assign":
            arguments.setdefault("assigned_to_user_id", mona.id)
        return act(transition_ticket, user, ticket_id=ticket.id, action=action, **arguments)

    return run


def last_event():
    query = db.select(tickets.TicketEvent).order_by(tickets.TicketEvent.id.desc())
    return db.session.scalars(query).first()


@every_database
@pytest.mark.parametrize("status", TicketStatus)
def test_every_action_has_the_result_that_the_table_says(
    people, ticket_for, take, everything, status
):
    """Cases 18, 45, 50. A refusal changes no row; a success leaves one event (rule H1)."""
    found = {}
    for _, action in [key for key in TABLE if key[0] == status]:
        results = []
        for person in PEOPLE:
            ticket, before = ticket_for(status, person), everything()
            is_offered = action in allowed_actions(actor_for(people[person]), ticket)
            try:
                take(action, people[person], ticket)
            except DomainError as error:
                refusal = error
            else:
                refusal = None
            after = everything()
            assert is_offered is (refusal is None)
            if refusal is not None:
                assert after == before
                is_conflict = isinstance(refusal, InvalidTransition | CommentsNotAllowed)
                assert refusal.status == (status if is_conflict else None)
                results.append(type(refusal))
                continue
            assert len(after["support_ticket_event"]) == len(before["support_ticket_event"]) + 1
            event = last_event()
            assert (event.action, event.user_id) == (action, people[person].id)
            assert (event.from_status, event.to_status) == (status, ticket.status)
            results.append(ticket.status)
        found[status, action] = tuple(results)
    assert found == {key: results for key, results in TABLE.items() if key[0] == status}


class TestReopenAndWithdrawSwitchedOff:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_ALLOW_REOPEN": False, "SUPPORT_TICKETS_ALLOW_WITHDRAW": False}

    @pytest.mark.parametrize("status", TicketStatus)
    def test_reopen_is_a_conflict_where_it_is_switched_off(self, people, make_ticket, take, status):
        ticket = make_ticket(status)
        for person in ("owner", "staff"):
            with pytest.raises(InvalidTransition) as refusal:
                take("Reopen", people[person], ticket)
            assert refusal.value.status == status
            assert "Reopen" not in allowed_actions(actor_for(people[person]), ticket)

    @pytest.mark.parametrize("status", TicketStatus)
    def test_withdraw_is_a_conflict_where_it_is_switched_off(
        self, alice, make_ticket, take, status
    ):
        ticket = make_ticket(status)
        with pytest.raises(InvalidTransition) as refusal:
            take("Withdraw", alice, ticket)
        assert refusal.value.status == status
        assert "Withdraw" not in allowed_actions(actor_for(alice), ticket)


@every_database
def test_actions_set_and_clear_assignee_and_times(alice, mona, adam, make_ticket, take):
    ticket = make_ticket()
    assert (ticket.assigned_to_user_id, ticket.resolved_at, ticket.closed_at) == (None,) * 3
    take("StartProgress", mona, ticket)
    assert ticket.assigned_to_user_id == mona.id
    take("Assign", mona, ticket, assigned_to_user_id=adam.id)
    take("MarkAsResolved", mona, ticket)
    assert ticket.resolved_at == ticket.updated_at > ticket.created_at
    take("Reopen", alice, ticket)
    assert (ticket.resolved_at, ticket.assigned_to_user_id) == (None, adam.id)
    take("MarkAsResolved", mona, ticket)
    take("Close", mona, ticket)
    assert ticket.closed_at == ticket.updated_at > ticket.resolved_at
    assert ticket.version == 7


@every_database
def test_requester_withdraws_new_ticket(alice, make_ticket, take):
    ticket = take("Withdraw", alice, make_ticket())
    assert (ticket.status, ticket.awaiting_since, ticket.resolved_at) == (Closed, None, None)
    assert ticket.closed_at == ticket.updated_at > ticket.created_at


def test_new_ticket_that_is_assigned_still_waits_for_staff(mona, adam, make_ticket, take):
    ticket = take("Assign", mona, make_ticket(), assigned_to_user_id=adam.id)
    assert (ticket.status, ticket.assigned_to_user_id) == (New, adam.id)
    assert ticket.awaiting_since == ticket.created_at


def test_start_progress_can_assign_another_staff_member(mona, adam, make_ticket, take):
    ticket = take("StartProgress", mona, make_ticket(), assigned_to_user_id=adam.id)
    assert ticket.assigned_to_user_id == adam.id


@every_database
@pytest.mark.parametrize(("status", "action"), [(New, "StartProgress"), (InProgress, "Assign")])
def test_assignee_who_is_not_active_staff_is_refused_with_one_message(
    alice, mona, make_user, make_ticket, take, everything, status, action
):
    """Rule A2. Case 19: users, deactivated staff and unknown ids get the same answer."""
    gone = make_user("gone", role="admin", active=False)
    ticket, messages = make_ticket(status), set()
    before = everything()
    for user_id in (alice.id, gone.id, 2_147_483_647, 2**62, 0, -1):
        with pytest.raises(Invalid) as refusal:
            take(action, mona, ticket, assigned_to_user_id=user_id)
        messages.add(str(refusal.value.fields))
    assert len(messages) == 1
    assert everything() == before


def test_assign_without_assignee_is_invalid(mona, make_ticket, take):
    with pytest.raises(Invalid):
        take("Assign", mona, make_ticket(InProgress), assigned_to_user_id=None)


@every_database
def test_transition_of_ticket_that_changed_since_it_was_read_is_refused(
    alice, mona, make_ticket, make_comment, take, everything
):
    """Rule E2."""
    ticket = make_ticket(InProgress)
    known = get_ticket(actor=actor_for(mona), ticket_id=ticket.id).version
    make_comment(ticket, alice)
    before = everything()
    with pytest.raises(PreconditionFailed) as refusal:
        take("MarkAsResolved", mona, ticket, precondition=lambda now: now.version == known)
    assert refusal.value.status == InProgress
    assert everything() == before
    take("MarkAsResolved", mona, ticket, precondition=lambda now: now.version == known + 1)


@every_database
def test_ticket_that_is_deleted_during_a_transition_is_not_found(mona, make_ticket, take):
    def delete_elsewhere(ticket):
        with db.engine.begin() as connection:
            for model in (tickets.TicketEvent, tickets.Ticket):
                connection.execute(db.delete(model.__table__))
        return True

    with pytest.raises(NotFound):
        take("StartProgress", mona, make_ticket(), precondition=delete_elsewhere)
