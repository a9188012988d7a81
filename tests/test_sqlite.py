"""SQLite as a site needs it: `prepare_sqlite`, and threads that write in turn."""

from __future__ import annotations

import os
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
            ("sqlite:////tmp/../tmp/x.db", "file"), ("sqlite:///file:/tmp/%78.db?uri=true", "file"),
            ("sqlite:///file:/x?vfs=memdb&uri=true", "memory"),
        ],
    )  # fmt: skip
    def test_are_for_files_and_one_for_each(self, url, kind):
        expected = None if kind == "memory" else "/tmp/x.db"
        assert sqlite._file_of(sqlalchemy.make_url(url)) == expected

    def test_two_engines_of_one_file_share_them(self, file):
        first, second = create_engine(file), create_engine(file)
        assert sqlite._turn_at(first) is sqlite._turn_at(second)


class TestTurnsOfAFile:
    @pytest.fixture
    def host_config(self):
        options = {"pool_size": THREADS + 2, "connect_args": {"timeout": 30}}
        return {"SQLALCHEMY_ENGINE_OPTIONS": options}

    def test_are_not_waited_for_by_who_has_written(self, app, alice, monkeypatch):
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 30)
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

    OTHER_PROCESS = """
import sys
from sqlalchemy import create_engine
from flask_support_tickets import sqlite
sqlite._LONGEST_WAIT_SECONDS = 0.2
turn = sqlite._turn_at(create_engine(sys.argv[1]))
for line in sys.stdin:
    {"take": turn.take, "give back": turn.give_back}[line.strip()]()
    print("has it" if turn._lock is not None else "has it not", flush=True)
"""

    @pytest.fixture
    def other_process(self, database_uri):
        """Tell another process to ``take`` the turn, or to ``give back`` what it took.

        It waits for 0.2 seconds, and tells whether it is its turn then.
        """
        command = [sys.executable, "-c", self.OTHER_PROCESS, database_uri]
        process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, bufsize=1)

        def tell(what):
            process.stdin.write(f"{what}\n")
            return process.stdout.readline().strip()

        tell.kill = process.kill
        yield tell
        process.kill()
        process.communicate()

    def file_one(self, alice):
        """File a ticket while nobody else writes to the database; return the seconds it takes."""
        actor = actor_for(alice)
        db.session.rollback()
        started = time.monotonic()
        unit_of_work(open_ticket, actor=actor, subject="S", description="D")
        return time.monotonic() - started

    def test_are_shared_with_other_processes(self, app, alice, other_process, monkeypatch):
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 30)
        assert self.file_one(alice) < 30
        assert other_process("take") == "has it"
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 0.5)
        assert self.file_one(alice) >= 0.5  # and no longer: a process may hang
        assert other_process("give back") == "has it not"
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 30)
        assert self.file_one(alice) < 30

    def test_end_with_the_process_that_has_them(self, app, alice, other_process, monkeypatch):
        monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", 60)
        assert other_process("take") == "has it"
        threading.Timer(0.2, other_process.kill).start()
        assert self.file_one(alice) < 60

    def test_of_two_sessions_of_one_thread_end_with_the_outer_one(self, app, other_process):
        turn = sqlite._turn_at(db.engine)
        assert turn.take()
        assert turn.take()
        turn.give_back()
        assert other_process("take") == "has it not"
        other_process("give back")
        turn.give_back()
        assert other_process("take") == "has it"

    @pytest.mark.parametrize("missing", ["the right to read the folder", "locks", "flock"])
    def test_are_not_needed_where_they_cannot_be(self, app, alice, monkeypatch, missing):
        def refuse(*_):
            raise OSError

        if missing == "locks":
            monkeypatch.setattr(sqlite, "fcntl", None)
        elif missing == "flock":
            monkeypatch.setattr(sqlite.fcntl, "flock", refuse)
        else:
            monkeypatch.setattr(sqlite.os, "open", refuse)
        files = set(os.listdir("/proc/self/fd"))
        self.file_one(alice)
        assert not is_taken()
        assert sqlite._turn_at(db.engine)._lock is None
        assert len(os.listdir("/proc/self/fd")) <= len(files)

    def test_are_given_back_when_the_waiting_is_ended(self, app, alice, other_process, monkeypatch):
        def end(_):
            raise TimeoutError

        assert other_process("take") == "has it"
        monkeypatch.setattr(sqlite.time, "sleep", end)
        with pytest.raises(TimeoutError):
            self.file_one(alice)
        assert not is_taken()

    def test_are_nobodys_after_a_fork(self, app):
        before = sqlite._turn_at(db.engine)
        assert before.take()
        sqlite._forget_turns()  # which is called in the child
        after = sqlite._turn_at(db.engine)
        assert (before._lock, after is before) == (None, False)
        assert after.take()
        assert after._lock is not None
        after.give_back()
        before.give_back()

    FORK_IN_A_TURN = """
import os, sys, threading, time
from sqlalchemy import create_engine
from flask_support_tickets import sqlite
engine = create_engine(sys.argv[1])
other = threading.Thread(target=sqlite._turn_at(engine).take)  # who is not in the child
other.start()
other.join()
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.01)
    turn = sqlite._turn_at(engine)
    turn.take()
    print("has it" if turn._lock is not None else "has it not", flush=True)
os._exit(0)
"""

    def test_are_a_forked_process_own(self, database_uri):
        fork = [sys.executable, "-c", self.FORK_IN_A_TURN, database_uri]
        done = subprocess.run(fork, check=True, timeout=60, capture_output=True, text=True)
        assert done.stdout == "has it\n"
