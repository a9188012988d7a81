"""SQLite for a site: `prepare_sqlite`, and units that write one after the other. Rule U3."""

from __future__ import annotations

import os
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
        names = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous", "mmap_size")
        return [connection.scalar(text(f"PRAGMA {name}")) for name in names]


def test_prepare_sqlite_sets_up_every_new_connection(engine):
    assert pragmas(engine) == ["delete", 5000, 0, 2, 0]
    prepare_sqlite(engine)
    for _ in range(2):
        engine.dispose()
        assert pragmas(engine) == ["wal", 5000, 1, 1, 2**30]
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
        return sqlite._write_locks[sqlite._file_of(db.engine.url)]

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
            is_taken = lock.acquire(blocking=False)
            if is_taken:
                lock.release()
            return is_taken

        def run():
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(ask).result()

        return run

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
            assert pool.submit(lock.acquire).result()
            assert open_one() < 30
            pool.submit(lock.release).result()

    def test_unit_does_not_wait_for_ever(self, lock, longest_wait, open_one, is_free):
        longest_wait(0.2)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lock.acquire).result()
            assert open_one() >= 0.2
            pool.submit(lock.release).result()
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

    def test_forked_process_does_not_inherit_the_write_lock(self, lock):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lock.acquire).result()  # by a thread that the child has not
            child = os.fork()
            if child == 0:
                name = sqlite._file_of(db.engine.url)
                os._exit(0 if sqlite._write_locks[name].acquire(blocking=False) else 1)
            assert os.waitpid(child, 0)[1] == 0
            pool.submit(lock.release).result()
