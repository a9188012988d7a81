"""SQLite as a site needs it: `prepare_sqlite`, and threads that write in turn."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy
from sqlalchemy import create_engine, event, text

from flask_support_tickets import TicketStatus, actor_for, prepare_sqlite, sqlite, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import add_comment, open_ticket
from flask_support_tickets.sqlite import turn_to_write

from .host import User, db, tickets

PRAGMAS = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
THREADS = 16


def told(engine):
    with engine.connect() as connection:
        return [connection.scalar(text(f"PRAGMA {name}")) for name in PRAGMAS]


@pytest.fixture
def file(tmp_path):
    return f"sqlite:///{tmp_path / 'a.db'}"


class TestPrepareSqlite:
    def test_sets_up_every_connection_from_now_on(self, file):
        engine = create_engine(file)
        assert told(engine) == ["delete", 5000, 0, 2]
        engine.dispose()
        prepare_sqlite(engine)
        assert told(engine) == ["wal", 5000, 1, 1]
        engine.dispose()
        assert told(engine) == ["wal", 5000, 1, 1]
        engine.dispose()

    @pytest.mark.parametrize(("asked", "waits_ms"), [(30, 30_000), (0.1, 5_000)])
    def test_waits_as_long_as_the_host_says_but_five_seconds_at_least(self, file, asked, waits_ms):
        engine = create_engine(file, connect_args={"timeout": asked})
        prepare_sqlite(engine)
        assert told(engine)[1] == waits_ms
        engine.dispose()

    def test_takes_all_engines_of_a_db_and_counts_once(self, app):
        calls = []
        for _ in range(2):
            prepare_sqlite(db)
        if db.engine.dialect.name != "sqlite":
            return
        event.listen(db.engine, "connect", lambda *_: calls.append(1))
        db.session.remove()
        db.engine.dispose()
        listeners = [each for each in db.engine.pool.dispatch.connect if each is sqlite._set_up]
        assert len(listeners) == 1
        assert db.session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert calls == [1]

    def test_takes_the_lock_before_the_first_write(self, file):
        engine, seen = create_engine(file), []
        prepare_sqlite(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE a (b)"))
            connection.connection.driver_connection.set_trace_callback(seen.append)
            connection.execute(text("SELECT * FROM a"))
            connection.execute(text("INSERT INTO a VALUES (1)"))
            connection.connection.driver_connection.set_trace_callback(None)
        assert seen == ["SELECT * FROM a", "BEGIN IMMEDIATE", "INSERT INTO a VALUES (1)"]
        engine.dispose()

    def test_leaves_the_beginning_to_a_host_that_begins_itself(self, file):
        engine = create_engine(file)
        event.listen(engine, "connect", begin_by_hand, insert=True)
        prepare_sqlite(engine)
        connection = engine.raw_connection()
        assert connection.driver_connection.isolation_level is None
        connection.close()
        engine.dispose()


def begin_by_hand(connection, _record):
    connection.isolation_level = None


def turns_now():
    return turn_to_write(db.session(), tickets.Ticket.__mapper__)


def is_taken():
    """Whether somebody has the turn: asked from another thread."""

    def ask():
        thread = sqlite._turn_at(db.engine)._thread
        return not (thread.acquire(blocking=False) and (thread.release() or True))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run_in(current_tickets.app, ask)).result()


def run_in(app, work):
    def run(*args):
        with app.app_context():
            return work(*args)

    return run


class TestTurns:
    def test_are_taken_for_the_time_of_a_unit(self, app, alice):
        if db.engine.dialect.name != "sqlite":
            assert sqlite._turn_at(db.engine) is None
            return
        db.session.get(User, alice.id)
        seen = []

        def work():
            seen.append(is_taken())
            return open_ticket(actor=actor_for(alice), subject="S", description="D")

        unit_of_work(work)
        with pytest.raises(ZeroDivisionError):
            unit_of_work(lambda: 1 / (seen.append(is_taken()) or 0))
        assert seen == [True, True]
        assert not is_taken()

    @pytest.mark.parametrize(
        ("url", "kind"),
        [
            ("sqlite://", "memory"), ("sqlite:///:memory:", "memory"),
            ("sqlite:///file::memory:?uri=true", "memory"),
            ("sqlite:///file:x?mode=memory&uri=true", "memory"),
            ("sqlite:///file:/tmp/x.db?uri=true", "file"), ("sqlite:////tmp/x.db", "file"),
            ("sqlite:////tmp/../tmp/x.db", "file"),
        ],
    )  # fmt: skip
    def test_are_for_files_and_one_for_each(self, url, kind):
        expected = None if kind == "memory" else "/tmp/x.db"
        assert sqlite._file_of(sqlalchemy.make_url(url)) == expected

    def test_two_engines_of_one_file_share_them(self, file):
        first, second = create_engine(file), create_engine(file)
        assert sqlite._turn_at(first) is sqlite._turn_at(second)


@pytest.mark.parametrize("database_uri", ["sqlite"], indirect=True)
class TestTurnsOfAFile:
    @pytest.fixture
    def host_config(self):
        options = {"pool_size": THREADS + 2, "connect_args": {"timeout": 30}}
        return {"SQLALCHEMY_ENGINE_OPTIONS": options}

    def test_are_not_waited_for_by_who_has_written(self, app, alice):
        db.session.execute(db.update(User).values(active=True))
        turn = sqlite._turn_at(db.engine)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(turn.take).result()
            started = time.monotonic()
            actor = actor_for(alice)
            unit_of_work(open_ticket, actor=actor, subject="S", description="D")
            assert time.monotonic() - started < sqlite._LONGEST_WAIT_SECONDS
            pool.submit(turn.give_back).result()

    def test_are_not_waited_for_for_ever(self, app, alice, monkeypatch):
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 0.2)
        actor = actor_for(alice)
        db.session.rollback()
        turn = sqlite._turn_at(db.engine)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(turn.take).result()
            started = time.monotonic()
            unit_of_work(open_ticket, actor=actor, subject="S", description="D")
            assert time.monotonic() - started >= 0.2
            pool.submit(turn.give_back).result()
        assert not is_taken()

    def test_let_sixteen_threads_write_at_once(self, app, alice, make_ticket):
        ids = [make_ticket(TicketStatus.InProgress).id for _ in range(THREADS)]
        actor = actor_for(alice)
        db.session.remove()
        start = threading.Barrier(THREADS)

        def write(ticket_id):
            db.session.get(User, actor.id)
            start.wait(30)
            for number in range(5):
                unit_of_work(add_comment, actor=actor, ticket_id=ticket_id, text=f"No. {number}")

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run_in(app, write), ids))
        counts = db.session.scalars(db.select(tickets.Ticket.comment_count)).all()
        assert counts == [5] * THREADS

    HOLD_A_TURN = """
import sys
from sqlalchemy import create_engine
from flask_support_tickets import sqlite
turn = sqlite._turn_at(create_engine(sys.argv[1]))
for line in sys.stdin:
    {"take": turn.take, "give back": turn.give_back}[line.strip()]()
    print("done", flush=True)
"""

    @pytest.fixture
    def other_process(self, database_uri):
        """Tell another process to ``take`` the turn, or to ``give back`` what it took."""
        command = [sys.executable, "-c", self.HOLD_A_TURN, database_uri]
        process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, bufsize=1)

        def tell(what):
            process.stdin.write(f"{what}\n")
            assert process.stdout.readline() == "done\n"

        tell.kill = process.kill
        yield tell
        process.kill()
        process.communicate()

    def waited_for(self, alice):
        """Return the seconds that a unit takes, at a database that nobody else writes to."""
        actor = actor_for(alice)
        db.session.rollback()
        started = time.monotonic()
        unit_of_work(open_ticket, actor=actor, subject="S", description="D")
        return time.monotonic() - started

    def test_are_shared_with_other_processes(self, app, alice, other_process, monkeypatch):
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 0.5)
        assert self.waited_for(alice) < 0.5
        other_process("take")
        assert self.waited_for(alice) >= 0.5  # and no longer: a process may hang
        other_process("give back")
        assert self.waited_for(alice) < 0.5

    def test_end_with_the_process_that_has_them(self, app, alice, other_process, monkeypatch):
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 20)
        other_process("take")
        killer = threading.Timer(0.2, other_process.kill)
        killer.start()
        assert 0.1 < self.waited_for(alice) < 20

    def test_of_two_sessions_of_one_thread_end_with_the_outer_one(self, app, other_process):
        turn = sqlite._turn_at(db.engine)
        assert turn.take()
        assert turn.take()
        turn.give_back()
        descriptor = turn._lock
        assert descriptor is not None
        turn.give_back()
        assert turn._lock is None
        other_process("take")

    @pytest.mark.parametrize("missing", ["the right to make a file", "locks"])
    def test_are_not_needed_where_they_cannot_be(self, app, alice, monkeypatch, missing):
        def refuse(*_):
            raise PermissionError

        if missing == "locks":
            monkeypatch.setattr(sqlite, "fcntl", None)
        else:
            monkeypatch.setattr(sqlite.os, "open", refuse)
        assert self.waited_for(alice) < sqlite._LONGEST_WAIT_SECONDS

    FORK_IN_A_TURN = """
import os, sys, threading
from sqlalchemy import create_engine
from flask_support_tickets import sqlite
engine = create_engine(sys.argv[1])
other = threading.Thread(target=sqlite._turn_at(engine).take)  # who is not in the child
other.start()
other.join()
pid = os.fork()
if pid == 0:
    os._exit(0 if sqlite._turn_at(engine).take() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""

    def test_are_a_forked_process_own(self, database_uri):
        fork = [sys.executable, "-c", self.FORK_IN_A_TURN, database_uri]
        subprocess.run(fork, check=True, timeout=60)
