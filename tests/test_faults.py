"""Faults that databases really have, made on purpose: a unit is run again, or is a 503 (U2)."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, event, text

from flask_support_tickets import (
    Action,
    InvalidTransition,
    TicketStatus,
    Unavailable,
    actor_for,
    unit_of_work,
)
from flask_support_tickets.services import add_comment, get_ticket, move_ticket

from .host import User, db, tickets
from .databases import every_server, on_postgresql, on_mariadb

RACERS = 16
#: How a transaction gives up waiting for a lock, as the first words of a connection.
SHORT_WAITS = {
    "postgresql": {"options": "-c lock_timeout=300ms"},
    "mysql": {"init_command": "SET SESSION innodb_lock_wait_timeout = 1"},
}
WHO_AM_I = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
CUT_OFF = {"postgresql": "SELECT pg_terminate_backend(:who)", "mysql": "KILL CONNECTION :who"}


@pytest.fixture
def elsewhere(app):
    """Run a function in another thread, with a session of its own, and wait for its result."""

    def run(work, *args, **kwargs):
        def inside():
            with app.app_context():
                return work(*args, **kwargs)

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inside).result(timeout=60)

    return run


@pytest.fixture
def at_once(app):
    """Run functions in a thread each, all at once; return their results or errors."""

    def run(*works):
        def inside(work):
            with app.app_context():
                try:
                    return work()
                except Exception as error:
                    return error

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(inside, works))

    return run


@pytest.fixture
def other(database_uri):
    """An engine that is not the host's."""
    engine = create_engine(database_uri)
    yield engine
    engine.dispose()


def lock_user(user_id):
    """Lock a row the way the quotas do."""
    db.session.execute(db.select(User.id).where(User.id == user_id).with_for_update())


@every_server
class TestADeadlock:
    def test_runs_the_one_that_was_chosen_again(
        self, app, at_once, alice, bob, mona, make_ticket, everything
    ):
        ticket_id = make_ticket(TicketStatus.InProgress).id
        ids, actor, calls = (alice.id, bob.id), actor_for(mona), []
        db.session.remove()
        both_hold_one = threading.Barrier(2)

        def work(first, second):
            calls.append(first)
            lock_user(first)
            if calls.count(first) == 1:
                both_hold_one.wait(30)
            lock_user(second)
            return add_comment(actor=actor, ticket_id=ticket_id, text=f"After {first}").text

        said = at_once(
            lambda: unit_of_work(work, ids[0], ids[1]), lambda: unit_of_work(work, ids[1], ids[0])
        )
        assert said == [f"After {ids[0]}", f"After {ids[1]}"]
        assert len(calls) == 3
        assert len(everything()["support_ticket_comment"]) == 2


class Levels:
    """Sixteen who take the same step: exactly one wins, and history tells of one."""

    @pytest.fixture
    def host_config(self, level):
        return {"SQLALCHEMY_ENGINE_OPTIONS": {"isolation_level": level, "pool_size": RACERS + 1}}

    @staticmethod
    def race(at_once, mona, make_ticket):
        ticket_id, actor = make_ticket().id, actor_for(mona)
        db.session.remove()
        start = threading.Barrier(RACERS)

        def step():
            get_ticket(actor=actor, ticket_id=ticket_id)  # an old snapshot, where there is one
            start.wait(30)
            return unit_of_work(
                move_ticket, actor=actor, ticket_id=ticket_id, action=Action.StartProgress
            )

        results = at_once(*[step] * RACERS)
        losers = [each for each in results if isinstance(each, Exception)]
        assert len(losers) == RACERS - 1
        query = db.select(tickets.TicketEvent).filter_by(action="StartProgress")
        assert len(db.session.scalars(query).all()) == 1
        return losers


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@on_postgresql
class TestPostgresqlAtAHigherLevel(Levels):
    def test_lets_one_of_sixteen_win(self, at_once, mona, make_ticket):
        losers = self.race(at_once, mona, make_ticket)
        assert {type(each) for each in losers} == {InvalidTransition}

    def test_runs_a_unit_again_that_met_another(self, elsewhere, alice, make_ticket, everything):
        ticket_id, actor, calls = make_ticket(TicketStatus.InProgress).id, actor_for(alice), []
        db.session.remove()

        def work():
            calls.append(1)
            get_ticket(actor=actor, ticket_id=ticket_id)
            if len(calls) == 1:
                note = {"actor": actor, "ticket_id": ticket_id, "text": "First"}
                elsewhere(lambda: unit_of_work(add_comment, **note).id)
            add_comment(actor=actor, ticket_id=ticket_id, text="Second")

        unit_of_work(work)
        assert len(calls) == 2
        assert len(everything()["support_ticket_comment"]) == 2
        assert db.session.get(tickets.Ticket, ticket_id).comment_count == 2


@pytest.mark.parametrize("level", ["READ COMMITTED", "SERIALIZABLE"])
@on_mariadb
class TestMariadbAtAnotherLevel(Levels):
    def test_lets_one_of_sixteen_win(self, at_once, mona, make_ticket, level):
        losers = self.race(at_once, mona, make_ticket)
        if level == "READ COMMITTED":
            assert {type(each) for each in losers} == {InvalidTransition}
        else:  # who reads locks; one deadlock follows the other, and some give up
            assert {type(each) for each in losers} <= {InvalidTransition, Unavailable}


@every_server
class TestAConnectionThatIsCut:
    PINGING = {"pool_pre_ping": True}

    @pytest.fixture
    def host_config(self, request):
        return {"SQLALCHEMY_ENGINE_OPTIONS": getattr(request, "param", {})}

    @pytest.fixture
    def cut(self, other):
        """End the session's connection, from outside."""

        def end(who=None):
            kind = db.engine.dialect.name
            who = who or db.session.scalar(text(WHO_AM_I[kind]))
            with other.connect() as connection:
                connection.execute(text(CUT_OFF[kind]), {"who": who})

        return end

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_between_two_statements(self, alice, make_ticket, everything, cut, times):
        ticket_id, actor, calls = make_ticket(TicketStatus.InProgress).id, actor_for(alice), []
        db.session.remove()

        def work():
            calls.append(1)
            add_comment(actor=actor, ticket_id=ticket_id, text="Lost")
            if len(calls) <= times:
                cut()
            db.session.execute(text("SELECT 1"))

        if times < 3:
            unit_of_work(work)
        else:
            with pytest.raises(Unavailable) as refusal:
                unit_of_work(work)
            assert not refusal.value.may_be_stored
        assert len(calls) == min(times + 1, 3)
        assert len(everything()["support_ticket_comment"]) == (times < 3)

    def test_at_the_commit_is_not_tried_again(self, alice, make_ticket, everything, cut):
        ticket_id, actor, calls = make_ticket(TicketStatus.InProgress).id, actor_for(alice), []
        db.session.remove()

        def work():
            calls.append(1)
            add_comment(actor=actor, ticket_id=ticket_id, text="Lost")

        event.listen(db.session(), "before_commit", lambda _session: cut(), once=True)
        with pytest.raises(Unavailable) as refusal:
            unit_of_work(work)
        assert refusal.value.may_be_stored
        assert calls == [1]
        assert everything()["support_ticket_comment"] == []

    def test_before_an_error_of_ours_leaves_that_error_and_a_session_that_works(
        self, alice, make_ticket, everything, cut
    ):
        ticket_id, actor = make_ticket(TicketStatus.InProgress).id, actor_for(alice)
        db.session.remove()

        def work():
            add_comment(actor=actor, ticket_id=ticket_id, text="Lost")
            db.session.flush()
            cut()
            raise KeyError("ours")

        with pytest.raises(KeyError, match="ours"):
            unit_of_work(work)
        unit_of_work(add_comment, actor=actor, ticket_id=ticket_id, text="Kept")
        assert len(everything()["support_ticket_comment"]) == 1

    @pytest.mark.parametrize("host_config", [PINGING, {}], indirect=True)
    def test_while_it_lay_in_the_pool(self, alice, make_ticket, cut, everything):
        ticket_id, actor = make_ticket(TicketStatus.InProgress).id, actor_for(alice)
        who = db.session.scalar(text(WHO_AM_I[db.engine.dialect.name]))
        db.session.remove()
        cut(who)
        unit_of_work(add_comment, actor=actor, ticket_id=ticket_id, text="Kept")
        assert len(everything()["support_ticket_comment"]) == 1


@every_server
class TestALockThatIsHeld:
    @pytest.fixture
    def host_config(self, database_uri):
        kind = "mysql" if database_uri.startswith("mysql") else "postgresql"
        return {"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": SHORT_WAITS[kind]}}

    def test_for_long_is_503_and_passes_by_itself(self, client_of, mona, make_ticket, other):
        ticket_id, client = make_ticket().id, client_of(mona)
        url, step = f"/api/tickets/{ticket_id}/status", {"action": "StartProgress"}
        db.session.remove()
        with other.begin() as holding:
            holding.execute(
                text("SELECT id FROM support_ticket WHERE id = :id FOR UPDATE"), {"id": ticket_id}
            )
            answer = client.put(url, json=step)
            assert answer.status_code == 503
            assert answer.json["error"]["code"] == "unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
            assert client.get(f"/api/tickets/{ticket_id}").json["data"]["status"] == 0
        assert client.put(url, json=step).status_code == 200


class TestAFileThatAnotherProcessHolds:
    LOCK = (
        "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "held.execute('BEGIN EXCLUSIVE'); print('held', flush=True); "
        "sys.stdin.readline(); held.rollback(); print('free', flush=True)"
    )

    @pytest.fixture
    def host_config(self):
        return {"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 0.05}}}

    def test_alone_is_waited_for(self, alice, make_ticket, everything):
        ticket_id, actor, calls = make_ticket(TicketStatus.InProgress).id, actor_for(alice), []
        db.session.remove()
        lock = [sys.executable, "-c", self.LOCK, db.engine.url.database]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(lock, **pipes) as process:
            assert process.stdout.readline() == b"held\n"

            def work():
                calls.append(1)
                if len(calls) == 3:
                    process.stdin.close()
                    assert process.stdout.readline() == b"free\n"
                add_comment(actor=actor, ticket_id=ticket_id, text="At last")

            unit_of_work(work)
        assert len(calls) == 3
        assert len(everything()["support_ticket_comment"]) == 1
