"""One commit, then the signals (rule U1)."""

from __future__ import annotations

import logging
import time

import pytest
import sqlalchemy.exc

from flask_support_tickets import (
    Action,
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
from flask_support_tickets.services import move_ticket, open_ticket
from flask_support_tickets.signals import CommentAdded, TicketCreated, TicketStatusChanged

from .host import User, db, tickets


@pytest.fixture
def heard(app):
    found = []

    def listen(sender, payload):
        assert sender is app
        found.append(payload)

    for signal in (ticket_created, ticket_status_changed, comment_added):
        signal.connect(listen, app)
    yield found
    for signal in (ticket_created, ticket_status_changed, comment_added):
        signal.disconnect(listen, app)


class TestSignals:
    def test_tell_the_whole_life_after_each_commit(
        self, heard, alice, mona, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        comment = make_comment(ticket, alice)
        reply = make_comment(ticket, mona, parent=comment)
        assert heard == [
            TicketCreated(ticket.id, alice.id, ticket.created_at),
            TicketStatusChanged(
                ticket.id, "StartProgress", mona.id, 0, 1, mona.id, heard[1].created_at
            ),
            CommentAdded(ticket.id, comment.id, None, alice.id, False, comment.created_at),
            CommentAdded(ticket.id, reply.id, comment.id, mona.id, True, reply.created_at),
        ]

    def test_are_not_sent_for_a_refusal(self, heard, mona, make_ticket):
        ticket = make_ticket()
        heard.clear()
        with pytest.raises(InvalidTransition):
            unit_of_work(
                move_ticket, actor=actor_for(mona), ticket_id=ticket.id, action=Action.Close
            )
        assert heard == []

    def test_a_receiver_that_raises_is_logged_and_the_change_stays(
        self, app, alice, heard, caplog, everything
    ):
        def fail(sender, payload):
            raise RuntimeError("mail is down")

        with ticket_created.connected_to(fail, app), caplog.at_level(logging.ERROR):
            unit_of_work(open_ticket, actor=actor_for(alice), subject="S", description="D")
        assert "mail is down" in caplog.text
        assert len(heard) == 1
        assert len(everything()["support_ticket"]) == 1


class TestFailures:
    def test_any_error_rolls_everything_back(self, alice, heard, everything):
        before = everything()

        def work():
            open_ticket(actor=actor_for(alice), subject="S", description="D")
            raise KeyError("stop")

        with pytest.raises(KeyError):
            unit_of_work(work)
        assert everything() == before
        assert heard == []

    def test_a_unit_inside_a_unit_is_a_mistake_and_changes_nothing(self, alice, everything):
        before = everything()

        def work():
            open_ticket(actor=actor_for(alice), subject="S", description="D")
            unit_of_work(lambda: None)

        with pytest.raises(RuntimeError, match="inside another"):
            unit_of_work(work)
        assert everything() == before

    def test_a_receiver_may_run_a_unit_of_its_own(self, app, alice, everything):
        def answer(sender, payload):
            if payload.ticket_id:
                listen.pop() and unit_of_work(
                    open_ticket, actor=actor_for(alice), subject="Second", description="D"
                )

        listen = [False, True]
        with ticket_created.connected_to(answer, app):
            unit_of_work(open_ticket, actor=actor_for(alice), subject="First", description="D")
        assert [row[1] for row in everything()["support_ticket"]] == ["First", "Second"]

    def test_a_collision_runs_the_unit_once_more(self, alice, heard, everything):
        calls = []

        def work():
            calls.append(1)
            if len(calls) == 1:
                open_ticket(actor=actor_for(alice), subject="lost", description="D")
                raise sqlalchemy.exc.IntegrityError("", {}, Exception())
            return open_ticket(actor=actor_for(alice), subject="S", description="D")

        unit_of_work(work)
        assert len(everything()["support_ticket"]) == 1
        assert len(heard) == 1

    def test_a_row_that_is_gone_for_good_is_unavailable(self, app, alice, everything):
        if db.engine.dialect.name == "sqlite":
            db.session.execute(sqlalchemy.text("PRAGMA foreign_keys=ON"))
        actor = actor_for(alice)
        db.session.delete(alice)
        db.session.commit()
        if db.engine.dialect.name == "sqlite":
            db.session.execute(sqlalchemy.text("PRAGMA foreign_keys=ON"))
        with pytest.raises(Unavailable):
            unit_of_work(open_ticket, actor=actor, subject="S", description="D")
        assert everything()["support_ticket"] == []

    def test_pending_changes_of_the_host_are_not_thrown_away_by_a_second_run(self, alice):
        db.session.add(User(username="pending"))
        calls = []

        def work():
            calls.append(1)
            raise sqlalchemy.exc.IntegrityError("", {}, Exception())

        with pytest.raises(Unavailable):
            unit_of_work(work)
        assert calls == [1]

    def test_a_connection_that_stays_lost_is_unavailable_after_three_tries(self, app):
        calls = []

        def work():
            calls.append(1)
            raise sqlalchemy.exc.DBAPIError("", {}, Exception(), connection_invalidated=True)

        with pytest.raises(Unavailable):
            unit_of_work(work)
        assert calls == [1, 1, 1]

    def test_a_lock_that_passes_is_not_noticed(self, alice, heard, everything):
        calls = []

        def work():
            calls.append(1)
            ticket = open_ticket(actor=actor_for(alice), subject="S", description="D")
            if len(calls) < 3:
                raise sqlalchemy.exc.OperationalError("", {}, Exception("locked"))
            return ticket

        unit_of_work(work)
        assert len(everything()["support_ticket"]) == 1
        assert len(heard) == 1

    def test_what_the_database_cannot_store_is_refused_and_not_tried_again(self, app):
        calls = []

        def work():
            calls.append(1)
            raise sqlalchemy.exc.DataError("", {}, Exception("no such character"))

        with pytest.raises(Unstorable) as refused:
            unit_of_work(work)
        assert calls == [1]
        assert refused.value.sentences == ["Some of the characters cannot be stored here."]

    def test_a_unit_that_waited_long_is_not_run_again(self, app, monkeypatch):
        monkeypatch.setattr(transaction, "_PATIENCE_SECONDS", 0.05)
        calls = []

        def work():
            calls.append(1)
            time.sleep(0.1)
            raise sqlalchemy.exc.OperationalError("", {}, Exception("locked"))

        with pytest.raises(Unavailable):
            unit_of_work(work)
        assert calls == [1]

    def test_one_that_waited_long_and_then_collided_finds_what_the_other_left(
        self, app, monkeypatch
    ):
        monkeypatch.setattr(transaction, "_PATIENCE_SECONDS", 0.05)
        calls = []

        def work():
            calls.append(1)
            if len(calls) == 1:
                time.sleep(0.1)
                raise sqlalchemy.exc.IntegrityError("", {}, Exception())
            return "found"

        assert unit_of_work(work) == "found"

    @pytest.mark.parametrize(("is_lost", "runs"), [(True, 1), (False, 3)])
    def test_an_error_in_the_commit_is_tried_again_only_when_nothing_went_through(
        self, app, is_lost, runs
    ):
        calls = []

        def fail(session):
            raise sqlalchemy.exc.OperationalError(
                "", {}, Exception(), connection_invalidated=is_lost
            )

        session = db.session()
        sqlalchemy.event.listen(session, "before_commit", fail)
        with pytest.raises(Unavailable) as refusal:
            unit_of_work(lambda: calls.append(1))
        assert refusal.value.may_be_stored is is_lost
        sqlalchemy.event.remove(session, "before_commit", fail)
        assert len(calls) == runs


class TestTimes:
    def test_come_back_aware_and_exact(self, make_ticket):
        ticket = make_ticket()
        stored = ticket.created_at
        db.session.expire_all()
        assert ticket.created_at == stored
        assert ticket.created_at.utcoffset().total_seconds() == 0

    def test_a_naive_time_is_refused(self, alice):
        from datetime import datetime

        row = tickets.Ticket(
            subject="S", description="D", created_at=datetime(2026, 1, 1), updated_at=datetime.now()
        )
        db.session.add(row)
        with pytest.raises(sqlalchemy.exc.StatementError, match="without a zone"):
            db.session.flush()
        db.session.rollback()
