"""Faults that databases really have: a unit is run again, or is unavailable. Rule U2."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, event, text

from flask_support_tickets import (
    InvalidTransition,
    TicketStatus,
    Unavailable,
    actor_for,
    unit_of_work,
)
from flask_support_tickets.services import add_comment, get_ticket, transition_ticket

from ..databases import every_server
from ..host import User, db, tickets

RACERS = 8
#: How a connection gives up waiting for a lock soon.
SHORT_WAITS = {
    "sqlite": {"timeout": 0.05},
    "postgresql": {"options": "-c lock_timeout=300ms"},
    "mariadb": {"init_command": "SET SESSION innodb_lock_wait_timeout = 1"},
}
WHO_AM_I = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
CUT_OFF = {"postgresql": "SELECT pg_terminate_backend(:who)", "mysql": "KILL CONNECTION :who"}


@pytest.fixture
def engine_options():
    """Return options of the host's engine; some tests override this."""
    return {}


@pytest.fixture
def host_config(engine_options):
    return {"SQLALCHEMY_ENGINE_OPTIONS": engine_options}


@pytest.fixture
def other(database_uri):
    """An engine that is not the host's."""
    engine = create_engine(database_uri)
    yield engine
    engine.dispose()


@pytest.fixture
def comment(make_ticket, alice):
    """Return a use case that comments on a ticket, and what it needs; its calls are counted."""
    ticket_id, actor = make_ticket(TicketStatus.InProgress).id, actor_for(alice)
    db.session.rollback()

    def work(text="T", meanwhile=lambda: None):
        work.calls += 1
        add_comment(actor=actor, ticket_id=ticket_id, text=text)
        meanwhile()

    work.calls, work.ticket_id, work.actor = 0, ticket_id, actor
    return work


@pytest.fixture
def comments(everything):
    """Count the comments that are stored."""
    return lambda: len(everything()["support_ticket_comment"])


@every_server
def test_victim_of_a_deadlock_is_run_again(at_once, alice, bob, comment, comments):
    ids, locked_first, both_hold_one = (alice.id, bob.id), [], threading.Barrier(2)

    def lock(user_id):
        db.session.execute(db.select(User.id).where(User.id == user_id).with_for_update())

    def work(first, second):
        locked_first.append(first)
        lock(first)
        if locked_first.count(first) == 1:
            both_hold_one.wait(30)
        lock(second)
        comment()
        return "done"

    one, other = ids
    done = at_once(lambda: unit_of_work(work, one, other), lambda: unit_of_work(work, other, one))
    assert done == ["done", "done"]
    assert len(locked_first) > 2  # the victim may meet the other once more
    assert comments() == 2


def on_level(database, level, *marks):
    return pytest.param(database, level, id=f"{database}-{level}", marks=marks)


HIGHER = [on_level("postgresql", level) for level in ("REPEATABLE READ", "SERIALIZABLE")]
OTHERS = [
    on_level("mariadb", level, pytest.mark.slow) for level in ("READ COMMITTED", "SERIALIZABLE")
]


class TestIsolationLevels:
    @pytest.fixture
    def engine_options(self, level):
        return {"isolation_level": level, "pool_size": RACERS + 1}

    @pytest.mark.parametrize(("database", "level"), HIGHER + OTHERS, indirect=["database"])
    def test_one_of_many_wins_at_every_isolation_level(
        self, at_once, mona, make_ticket, database, level
    ):
        ticket_id, actor = make_ticket().id, actor_for(mona)
        start = threading.Barrier(RACERS)

        def move():
            get_ticket(actor=actor, ticket_id=ticket_id)  # takes a snapshot, where there is one
            start.wait(30)
            unit_of_work(
                transition_ticket, actor=actor, ticket_id=ticket_id, action="StartProgress"
            )

        losers = [each for each in at_once(*[move] * RACERS) if each is not None]
        assert len(losers) == RACERS - 1
        query = db.select(tickets.TicketEvent).filter_by(action="StartProgress")
        assert len(db.session.scalars(query).all()) == 1
        if (database, level) == ("mariadb", "SERIALIZABLE"):  # which locks what it reads
            losers = [each for each in losers if not isinstance(each, Unavailable)]
        assert {type(each) for each in losers} <= {InvalidTransition}

    @pytest.mark.parametrize(("database", "level"), HIGHER, indirect=["database"])
    def test_unit_that_met_another_at_a_higher_level_is_run_again(self, app, comment, comments):
        def in_another_session():
            with app.app_context():
                unit_of_work(comment)

        def work():
            get_ticket(actor=comment.actor, ticket_id=comment.ticket_id)
            if comment.calls == 0:
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(in_another_session).result(60)
            comment()

        unit_of_work(work)
        assert comment.calls == 3
        assert comments() == 2
        assert db.session.get(tickets.Ticket, comment.ticket_id).comment_count == 2


@every_server
class TestCutConnections:
    @pytest.fixture
    def cut(self, other):
        """Cut the session's connection, or another one, from outside."""

        def end(who=None):
            kind = db.engine.dialect.name
            who = who or db.session.scalar(text(WHO_AM_I[kind]))
            with other.connect() as connection:
                connection.execute(text(CUT_OFF[kind]), {"who": who})

        return end

    @pytest.mark.parametrize(("times", "runs"), [(1, 2), (2, 3), (3, 3)])
    def test_unit_whose_connection_is_cut_is_run_three_times_at_most(
        self, comment, comments, cut, times, runs
    ):
        def work():
            comment(meanwhile=cut if comment.calls < times else lambda: None)
            db.session.execute(text("SELECT 1"))

        if times < 3:
            unit_of_work(work)
        else:
            with pytest.raises(Unavailable) as refusal:
                unit_of_work(work)
            assert not refusal.value.may_be_stored
        assert (comment.calls, comments()) == (runs, times < 3)

    def test_unit_whose_connection_is_cut_in_the_commit_is_not_run_again(
        self, comment, comments, cut
    ):
        event.listen(db.session(), "before_commit", lambda _session: cut(), once=True)
        with pytest.raises(Unavailable) as refusal:
            unit_of_work(comment)
        assert refusal.value.may_be_stored
        assert (comment.calls, comments()) == (1, 0)

    def test_error_of_the_host_survives_a_cut_connection(self, comment, comments, cut):
        def fail():
            db.session.flush()
            cut()
            raise KeyError("ours")

        with pytest.raises(KeyError, match="ours"):
            unit_of_work(comment, meanwhile=fail)
        unit_of_work(comment)
        assert comments() == 1

    @pytest.mark.parametrize("engine_options", [{"pool_pre_ping": True}, {}])
    def test_connection_that_was_cut_in_the_pool_is_not_noticed(self, comment, comments, cut):
        who = db.session.scalar(text(WHO_AM_I[db.engine.dialect.name]))
        db.session.remove()
        cut(who)
        unit_of_work(comment)
        assert comments() == 1


class TestHeldLocks:
    @pytest.fixture
    def engine_options(self, database):
        return {"connect_args": SHORT_WAITS[database]}

    @every_server
    def test_row_that_is_locked_for_long_is_503(self, client_of, mona, make_ticket, other):
        ticket_id, client = make_ticket().id, client_of(mona)
        url, body = f"/api/tickets/{ticket_id}/status", {"action": "StartProgress"}
        db.session.remove()
        with other.begin() as holding:
            holding.execute(
                text("SELECT id FROM support_ticket WHERE id = :id FOR UPDATE"), {"id": ticket_id}
            )
            answer = client.put(url, json=body)
            assert answer.status_code == 503
            assert answer.json["error"]["code"] == "unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
            assert client.get(f"/api/tickets/{ticket_id}").json["data"]["status"] == 0
        assert client.put(url, json=body).status_code == 200

    def test_sqlite_file_that_another_process_locks_is_waited_for(self, comment, comments):
        """Case 110."""
        lock = (
            "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
            "held.execute('BEGIN EXCLUSIVE'); print('held', flush=True); "
            "sys.stdin.readline(); held.rollback(); print('free', flush=True)"
        )
        command = [sys.executable, "-c", lock, db.engine.url.database]
        tries = []
        with subprocess.Popen(command, stdin=-1, stdout=-1) as process:
            assert process.stdout.readline() == b"held\n"

            def work():
                tries.append(1)
                if len(tries) == 3:
                    process.stdin.close()
                    assert process.stdout.readline() == b"free\n"
                comment()

            unit_of_work(work)
        assert (len(tries), comments()) == (3, 1)
