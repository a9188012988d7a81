"""The unit of work: one commit, then the signals; and what is run again. Rules U1, U2."""

from __future__ import annotations

import logging
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from flask_support_tickets import (
    InvalidTransition,
    TicketStatus,
    Unavailable,
    Unstorable,
    actor_for,
    comment_added,
    ticket_created,
    ticket_status_changed,
    transaction,
    unit_of_work,
)
from flask_support_tickets.services import list_events, open_ticket, transition_ticket
from flask_support_tickets.signals import CommentAdded, TicketCreated, TicketStatusChanged

from .databases import every_database
from .host import User, db

SIGNALS = (ticket_created, ticket_status_changed, comment_added)
CONTENT = {"subject": "S", "description": "D"}


@pytest.fixture
def received(app):
    """Return the payloads of the signals that were sent."""
    found = []

    def listen(sender, payload):
        assert sender is app
        found.append(payload)

    for signal in SIGNALS:
        signal.connect(listen, app)
    yield found
    for signal in SIGNALS:
        signal.disconnect(listen, app)


#: What SQLite says when a simultaneous unit has taken a key of ours.
COLLISION = "UNIQUE constraint failed: support_ticket_submission.user_id"


def error(kind, message="", **options):
    """Return an error as a driver raises it."""
    return kind("", {}, Exception(message), **options)


@pytest.fixture
def failing(alice):
    """Return a use case that opens a ticket, but raises the errors one run after the other."""
    actor = actor_for(alice)

    def make(*errors, takes_seconds=0.0):
        left = list(errors)

        def work():
            work.runs += 1
            ticket = open_ticket(actor=actor, **CONTENT)
            if left:
                time.sleep(takes_seconds)
                raise left.pop(0)
            return ticket

        work.runs = 0
        return work

    return make


@every_database
def test_each_change_sends_its_signal_after_the_commit(
    received, alice, mona, make_ticket, make_comment
):
    ticket = make_ticket(TicketStatus.InProgress)
    comment = make_comment(ticket, alice)
    reply = make_comment(ticket, mona, parent=comment)
    started = received[1].created_at
    ids = [event.id for event in list_events(actor=actor_for(mona), ticket_id=ticket.id).items]
    to_ticket = ticket.id, comment.id, None, alice.id
    to_reply = ticket.id, reply.id, comment.id, mona.id
    assert received == [
        TicketCreated(ticket.id, alice.id, ticket.created_at, ids[0]),
        TicketStatusChanged(ticket.id, "StartProgress", mona.id, 0, 1, mona.id, started, ids[1]),
        CommentAdded(*to_ticket, False, comment.created_at, ids[2], False),
        CommentAdded(*to_reply, True, reply.created_at, ids[3], False),
    ]


def test_refusal_sends_no_signal(received, mona, make_ticket):
    ticket = make_ticket()
    received.clear()
    with pytest.raises(InvalidTransition):
        unit_of_work(transition_ticket, actor=actor_for(mona), ticket_id=ticket.id, action="Close")
    assert received == []


def test_receiver_that_breaks_the_session_or_is_async_is_logged_and_the_change_stays(
    app, alice, received, caplog, everything
):
    def fail(sender, payload):
        db.session.add(User(username="alice"))
        db.session.commit()

    async def never_awaited(sender, payload):
        raise AssertionError

    with (
        ticket_created.connected_to(fail, app),
        ticket_created.connected_to(never_awaited, app),
        caplog.at_level(logging.ERROR),
    ):
        ticket = unit_of_work(open_ticket, actor=actor_for(alice), **CONTENT)
    assert ticket.subject == "S"
    assert "IntegrityError" in caplog.text
    assert "must not be async" in caplog.text
    assert len(received) == len(everything()["support_ticket"]) == 1


def test_receiver_can_run_a_unit_of_its_own(app, alice, everything):
    def answer(sender, payload):
        ticket_created.disconnect(answer, app)
        unit_of_work(open_ticket, actor=actor_for(alice), subject="Second", description="D")

    ticket_created.connect(answer, app)
    unit_of_work(open_ticket, actor=actor_for(alice), subject="First", description="D")
    assert [row[1] for row in everything()["support_ticket"]] == ["First", "Second"]


@every_database
def test_any_error_rolls_everything_back(failing, received, everything):
    before, work = everything(), failing(KeyError("stop"))
    with pytest.raises(KeyError):
        unit_of_work(work)
    assert (everything(), received, work.runs) == (before, [], 1)


def test_unit_inside_a_unit_is_an_error_and_changes_nothing(alice, everything):
    before = everything()

    def work():
        open_ticket(actor=actor_for(alice), **CONTENT)
        unit_of_work(lambda: None)

    with pytest.raises(RuntimeError, match="inside another"):
        unit_of_work(work)
    assert everything() == before


@pytest.mark.parametrize(
    "errors",
    [
        [error(IntegrityError, COLLISION)],
        [error(OperationalError, "locked")] * 2,
        [error(DBAPIError, connection_invalidated=True)],
    ],
)
def test_unit_is_run_again_after_an_error_that_passes(failing, received, everything, errors):
    work = failing(*errors)
    assert unit_of_work(work).subject == "S"
    assert work.runs == len(errors) + 1
    assert len(received) == len(everything()["support_ticket"]) == 1


@pytest.mark.parametrize(
    "failure", [error(IntegrityError, COLLISION), error(OperationalError, "locked")]
)
def test_unit_that_fails_three_times_is_unavailable(failing, everything, failure):
    work = failing(*[failure] * 3)
    with pytest.raises(Unavailable):
        unit_of_work(work)
    assert work.runs == 3
    assert everything()["support_ticket"] == []


@every_database
def test_opening_a_ticket_for_a_deleted_user_is_unavailable(alice, everything):
    actor = actor_for(alice)
    db.session.delete(alice)
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sa.text("PRAGMA foreign_keys=ON"))
    with pytest.raises(Unavailable):
        unit_of_work(open_ticket, actor=actor, **CONTENT)
    assert everything()["support_ticket"] == []


def test_unit_with_pending_changes_of_the_host_runs_once(failing):
    work = failing(error(IntegrityError, COLLISION))
    db.session.add(User(username="pending"))
    with pytest.raises(Unavailable):
        unit_of_work(work)
    assert work.runs == 1


def test_violated_constraint_of_the_host_is_not_tried_again(failing):
    work = failing(error(IntegrityError, "UNIQUE constraint failed: host_user.username"))
    with pytest.raises(IntegrityError):
        unit_of_work(work)
    assert work.runs == 1


def test_text_that_the_database_cannot_store_is_refused_and_not_tried_again(failing):
    work = failing(error(DataError, "no such character"))
    with pytest.raises(Unstorable) as refusal:
        unit_of_work(work)
    assert work.runs == 1
    assert refusal.value.sentences == [
        "Some characters can't be saved here. Remove emoji or other special characters."
    ]


@pytest.mark.parametrize(("kind", "runs"), [(OperationalError, 1), (IntegrityError, 2)])
def test_unit_that_waited_long_is_run_again_only_after_a_collision(
    failing, monkeypatch, kind, runs
):
    monkeypatch.setattr(transaction, "_PATIENCE_SECONDS", 0.05)
    work = failing(error(kind, COLLISION), takes_seconds=0.1)
    if runs == 1:
        with pytest.raises(Unavailable):
            unit_of_work(work)
    else:
        unit_of_work(work)
    assert work.runs == runs


@pytest.mark.parametrize(("is_lost", "runs"), [(True, 1), (False, 3)])
def test_error_in_the_commit_is_tried_again_only_if_nothing_was_stored(failing, is_lost, runs):
    def fail(session):
        raise error(OperationalError, connection_invalidated=is_lost)

    work, session = failing(), db.session()
    sa.event.listen(session, "before_commit", fail)
    with pytest.raises(Unavailable) as refusal:
        unit_of_work(work)
    sa.event.remove(session, "before_commit", fail)
    assert refusal.value.may_be_stored is is_lost
    assert work.runs == runs
