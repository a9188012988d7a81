"""SQLite for a site: `prepare_sqlite`, and units that write one after the other. Rule U3."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy import create_engine, event, text

from flask_support_tickets import TicketStatus, actor_for, prepare_sqlite, sqlite, unit_of_work
from flask_support_tickets.services import add_comment, open_ticket

from .host import User, db, tickets

THREADS = 16


@pytest.fixture
def engine(tmp_path):
    """An engine of a file that nothing else uses."""
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    yield engine
    engine.dispose()


def pragmas(engine):
    with engine.connect() as connection:
        names = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        return [connection.scalar(text(f"PRAGMA {name}")) for name in names]


def test_prepare_sqlite_sets_up_every_new_connection(engine):
    assert pragmas(engine) == ["delete", 5000, 0, 2]
    prepare_sqlite(engine)
    for _ in range(2):
        engine.dispose()
        assert pragmas(engine) == ["wal", 5000, 1, 1]
    patient = create_engine(engine.url, connect_args={"timeout": 30})
    prepare_sqlite(patient)
    assert pragmas(patient)[1] == 30_000
    patient.dispose()


def test_prepared_sqlite_takes_the_lock_before_the_first_write(engine):
    prepare_sqlite(engine)
    seen = []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (b)"))
        connection.connection.driver_connection.set_trace_callback(seen.append)
        connection.execute(text("SELECT * FROM a"))
        connection.execute(text("INSERT INTO a VALUES (1)"))
        connection.connection.driver_connection.set_trace_callback(None)
    assert seen == ["SELECT * FROM a", "BEGIN IMMEDIATE", "INSERT INTO a VALUES (1)"]


def test_prepare_sqlite_leaves_a_host_alone_that_begins_by_itself(engine):
    def begin_by_hand(connection, _record):
        connection.isolation_level = None

    event.listen(engine, "connect", begin_by_hand, insert=True)
    prepare_sqlite(engine)
    connection = engine.raw_connection()
    assert connection.driver_connection.isolation_level is None
    connection.close()


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite://", None), ("sqlite:///:memory:", None),
        ("sqlite:///file::memory:?uri=true", None),
        ("sqlite:///file:x?mode=memory&uri=true", None),
        ("sqlite:///file:/x?vfs=memdb&uri=true", None),
        ("sqlite:///file:/tmp/x.db?uri=true", "/tmp/x.db"), ("sqlite:////tmp/x.db", "/tmp/x.db"),
        ("sqlite:////tmp/../tmp/x.db", "/tmp/x.db"),
        ("sqlite:///file:/tmp/%78.db?uri=true", "/tmp/x.db"),
    ],
)  # fmt: skip
def test_write_lock_is_per_file_and_not_for_databases_in_memory(url, file):
    assert sqlite._file_of(sa.make_url(url)) == file


class TestWriteLock:
    @pytest.fixture
    def host_config(self):
        options = {"pool_size": THREADS + 2, "connect_args": {"timeout": 30}}
        return {"SQLALCHEMY_ENGINE_OPTIONS": options}

    @pytest.fixture
    def lock(self, app):
        """Return the write lock of the host's database."""
        return sqlite._turn_at(db.engine)

    @pytest.fixture
    def longest_wait(self, monkeypatch):
        """Set for how long a unit waits for the lock."""
        return lambda seconds: monkeypatch.setattr(sqlite, "_LONGEST_WAIT_SECONDS", seconds)

    @pytest.fixture
    def open_one(self, alice):
        """Open a ticket in a unit; return the seconds it took."""
        actor = actor_for(alice)
        db.session.rollback()

        def run():
            started = time.monotonic()
            unit_of_work(open_ticket, actor=actor, subject="S", description="D")
            return time.monotonic() - started

        return run

    @pytest.fixture
    def is_free(self, lock):
        """Ask from another thread whether the lock can be taken."""

        def ask():
            is_taken = lock._thread.acquire(blocking=False)
            if is_taken:
                lock._thread.release()
            return is_taken

        def run():
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(ask).result()

        return run

    @pytest.fixture
    def other_process(self, database_uri):
        """Let another process ``take`` or ``give_back`` the lock; returns whether it has it."""
        code = """
import sys
from sqlalchemy import create_engine
from flask_support_tickets import sqlite
sqlite._LONGEST_WAIT_SECONDS = 0.2
lock = sqlite._turn_at(create_engine(sys.argv[1]))
for line in sys.stdin:
    getattr(lock, line.strip())()
    print(lock._lock is not None, flush=True)
"""
        command = [sys.executable, "-c", code, database_uri]
        process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, bufsize=1)

        def do(what):
            process.stdin.write(f"{what}\n")
            return process.stdout.readline().strip() == "True"

        do.kill = process.kill
        yield do
        process.kill()
        process.communicate()

    def test_unit_holds_the_write_lock_until_it_ends(self, is_free):
        seen = []
        unit_of_work(lambda: seen.append(is_free()))
        with pytest.raises(ZeroDivisionError):
            unit_of_work(lambda: 1 / (seen.append(is_free()) or 0))
        assert seen == [False, False]
        assert is_free()

    def test_session_that_has_written_does_not_wait_for_the_write_lock(
        self, lock, longest_wait, open_one
    ):
        longest_wait(30)
        db.session.execute(db.update(User).values(active=True))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lock.take).result()
            assert open_one() < 30
            pool.submit(lock.give_back).result()

    def test_unit_does_not_wait_for_ever(self, lock, longest_wait, open_one, is_free):
        longest_wait(0.2)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lock.take).result()
            assert open_one() >= 0.2
            pool.submit(lock.give_back).result()
        assert is_free()

    def test_sixteen_threads_can_write_at_once(self, app, alice, make_ticket):
        ids = [make_ticket(TicketStatus.InProgress).id for _ in range(THREADS)]
        actor, start = actor_for(alice), threading.Barrier(THREADS)
        db.session.remove()

        def write(ticket_id):
            with app.app_context():
                db.session.get(User, actor.id)
                start.wait(30)
                for number in range(5):
                    comment = {"ticket_id": ticket_id, "text": f"No. {number}"}
                    unit_of_work(add_comment, actor=actor, **comment)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(write, ids))
        counts = db.session.scalars(db.select(tickets.Ticket.comment_count)).all()
        assert counts == [5] * THREADS

    def test_processes_share_the_write_lock(self, open_one, other_process, longest_wait):
        longest_wait(30)
        assert open_one() < 30
        assert other_process("take")
        longest_wait(0.5)
        assert open_one() >= 0.5  # and no longer: a process may hang
        assert not other_process("give_back")
        longest_wait(30)
        assert open_one() < 30

    @pytest.mark.parametrize("missing", ["the right to read the folder", "locks", "flock"])
    def test_unit_needs_no_lock_of_the_folder(self, lock, open_one, is_free, monkeypatch, missing):
        def refuse(*_):
            raise OSError

        if missing == "locks":
            monkeypatch.setattr(sqlite, "fcntl", None)
        elif missing == "flock":
            monkeypatch.setattr(sqlite.fcntl, "flock", refuse)
        else:
            monkeypatch.setattr(sqlite.os, "open", refuse)
        open_files = len(os.listdir("/proc/self/fd"))
        open_one()
        assert is_free()
        assert lock._lock is None
        assert len(os.listdir("/proc/self/fd")) <= open_files

    def test_forked_process_does_not_inherit_the_write_lock(self, database_uri):
        code = """
import os, sys, threading, time
from sqlalchemy import create_engine
from flask_support_tickets import sqlite
engine = create_engine(sys.argv[1])
other = threading.Thread(target=sqlite._turn_at(engine).take)  # a thread the child has not
other.start()
other.join()
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.01)
    lock = sqlite._turn_at(engine)
    lock.take()
    print(lock._lock is not None, flush=True)
os._exit(0)
"""
        command = [sys.executable, "-c", code, database_uri]
        done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
        assert done.stdout == "True\n"

    def test_write_lock_is_given_back_when_waiting_is_interrupted(
        self, open_one, is_free, other_process, monkeypatch
    ):
        """A host may limit the time of a request."""

        def interrupt(_):
            raise TimeoutError

        assert other_process("take")
        monkeypatch.setattr(sqlite.time, "sleep", interrupt)
        with pytest.raises(TimeoutError):
            open_one()
        assert is_free()
