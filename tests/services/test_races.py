"""Many who do the same at the same time: exactly one wins, and nothing is lost or doubled.

Rules W3, F1, F2, Q1, B5, N1.
"""

from __future__ import annotations

from collections import Counter

import pytest

from flask_support_tickets import CommentsNotAllowed, Invalid, InvalidTransition, TicketStatus
from flask_support_tickets.errors import TooManyRequests
from flask_support_tickets.services import (
    TicketInfo,
    add_comment,
    check_counters,
    create_with_key,
    open_ticket,
    transition_ticket,
)
from flask_support_tickets.services.idempotency import respond_with_key

from ..databases import every_database
from ..host import User, db, tickets
from .searching import find

pytestmark = every_database

RACERS = 16
CONTENT = {"subject": "S", "description": "D"}


@pytest.fixture
def host_config(database):
    options = {"pool_size": RACERS + 1}
    if database == "sqlite":
        options["connect_args"] = {"timeout": 30}
    return {"SQLALCHEMY_ENGINE_OPTIONS": options}


@pytest.fixture
def actors(alice, mona):
    """Return the ids of the people: threads load them in sessions of their own."""
    return {"alice": alice.id, "mona": mona.id}


@pytest.fixture
def race(at_once, act):
    """Let RACERS threads run a use case as one user; return the results and errors."""

    def run(use_case, user_id, /, **arguments):
        def one():
            return act(use_case, db.session.get(User, user_id), **arguments)

        return at_once(*[one] * RACERS)

    return run


def kinds(results):
    return Counter(type(each) for each in results)


def test_one_of_sixteen_simultaneous_start_progress_wins(race, actors, make_ticket):
    """Case 104."""
    for _ in range(10):
        ticket_id = make_ticket().id
        results = race(
            transition_ticket, actors["mona"], ticket_id=ticket_id, action="StartProgress"
        )
        assert kinds(results) == {TicketInfo: 1, InvalidTransition: RACERS - 1}
        losers = [each for each in results if isinstance(each, InvalidTransition)]
        assert {each.status for each in losers} == {TicketStatus.InProgress}
        events = db.select(tickets.TicketEvent.action).filter_by(ticket_id=ticket_id)
        assert db.session.scalars(events).all() == ["Open", "StartProgress"]
    assert check_counters() == []


def test_comments_and_a_close_never_cross(at_once, act, actors, make_ticket):
    for _ in range(5):
        ticket_id = make_ticket(TicketStatus.Resolved).id

        def close(ticket_id=ticket_id):
            staff = db.session.get(User, actors["mona"])
            act(transition_ticket, staff, ticket_id=ticket_id, action="Close")

        def comment(ticket_id=ticket_id):
            owner = db.session.get(User, actors["alice"])
            return act(add_comment, owner, ticket_id=ticket_id, text="Wait!").id

        closed, *comments = at_once(close, *[comment] * (RACERS - 1))
        assert closed is None
        refusals = [each for each in comments if not isinstance(each, int)]
        assert {type(each) for each in refusals} <= {CommentsNotAllowed}
        events = db.select(tickets.TicketEvent).filter_by(ticket_id=ticket_id)
        actions = [event.action for event in db.session.scalars(events.order_by("id"))]
        assert actions[-1] == "Close"
        assert actions.count("Comment") == len(comments) - len(refusals)


def test_sixteen_posts_with_one_key_make_one_ticket(race, actors, everything):
    """Case 106."""
    for number in range(5):
        answers = race(
            respond_with_key,
            actors["alice"],
            use_case=open_ticket,
            key=f"k{number}",
            path="/",
            dump=lambda ticket: ticket.id,
            **CONTENT,
        )
        assert kinds(answers) == {int: RACERS}
        assert len(set(answers)) == 1
    assert len(everything()["support_ticket"]) == 5
    assert len(everything()["support_ticket_event"]) == 5


def test_sixteen_identical_forms_make_one_comment(race, actors, make_ticket, everything):
    comment = {"ticket_id": make_ticket(TicketStatus.InProgress).id, "text": "Once"}
    made = race(create_with_key, actors["alice"], use_case=add_comment, key="k", **comment)
    assert kinds(made) == {tickets.TicketComment: RACERS}
    assert len(everything()["support_ticket_comment"]) == 1


def test_sixteen_comments_are_all_counted_and_found(at_once, act, actors, make_ticket):
    ticket_id = make_ticket(TicketStatus.InProgress).id

    def comment(number):
        user = db.session.get(User, actors["alice"])
        return act(add_comment, user, ticket_id=ticket_id, text=f"word{number}").id

    made = at_once(*[lambda number=number: comment(number) for number in range(RACERS)])
    assert kinds(made) == {int: RACERS}
    ticket = db.session.get(tickets.Ticket, ticket_id)
    assert (ticket.comment_count, ticket.version) == (RACERS, 2 + RACERS)
    assert find(" ".join(f"word{number}" for number in range(RACERS))) == [ticket_id]


def test_one_of_sixteen_tickets_gets_the_upload(race, actors, alice, make_upload, everything):
    path = make_upload(alice).path
    results = race(open_ticket, actors["alice"], attachment_urls=[path], **CONTENT)
    assert kinds(results) == {tickets.Ticket: 1, Invalid: RACERS - 1}
    assert len(everything()["support_ticket"]) == 1


class TestQuota:
    @pytest.fixture
    def host_config(self, host_config):
        return {**host_config, "SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER": 2}

    def test_simultaneous_tickets_are_counted_one_after_the_other(self, race, actors, everything):
        results = race(open_ticket, actors["alice"], **CONTENT)
        assert kinds(results) == {tickets.Ticket: 2, TooManyRequests: RACERS - 2}
        assert len(everything()["support_ticket"]) == 2
