"""``kill -9`` of gunicorn during comments, tickets, transitions and uploads.

Cases 108, 109. Rules B4, B9, H1, N1, U1.

The server is killed 8 times on each database, with ``SUPPORT_TICKETS_TESTS_LARGE=yes`` 50 times.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import multiprocessing
import os
import random
import secrets
import signal
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
import requests
from PIL import Image
from sqlalchemy import text

from flask_support_tickets import TicketStatus
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import check_counters, sweep_attachments, verify_attachments
from tests.conftest import form_fields
from tests.databases import every_database
from tests.host import db, tickets

from .gunicorn_server import TIMEOUT_SECONDS, serve

KILLS = 50 if os.environ.get("SUPPORT_TICKETS_TESTS_LARGE") == "yes" else 8
#: A kill comes up to this long after the first acknowledged write of each kind.
LONGEST_SECONDS = 0.2
NEW_TICKET = "/settings/ticket/new"

pytestmark = pytest.mark.slow


class Crowd:
    """People who write until their server is killed, and remember what it acknowledged."""

    def __init__(self, discussed, moved):
        self.discussed, self.moved = discussed, moved
        #: What was acknowledged: texts, parents, subjects and hashes of files, by id or path.
        self.comments, self.parents, self.subjects = {}, {}, {}
        self.uploads, self.attached, self.transition_count = {}, {}, 0
        self.actions = itertools.cycle(["MarkAsResolved", "Reopen"])
        self.unexpected = []
        self.kinds = [self.comment, self.transition, self.upload, self.open_ticket]
        self.happened = {kind: threading.Event() for kind in self.kinds}

    def start(self, port):
        """Let everyone write; return their threads when each kind of write has succeeded."""
        self.address = f"http://127.0.0.1:{port}"
        for event in self.happened.values():
            event.clear()
        kinds = (*self.kinds, self.comment)
        threads = [threading.Thread(target=self.repeat, args=[kind]) for kind in kinds]
        for thread in threads:
            thread.start()
        for event in self.happened.values():
            assert event.wait(TIMEOUT_SECONDS), self.unexpected
        return threads

    def repeat(self, kind):
        with requests.Session() as session:
            person = "mona" if kind == self.transition else "alice"
            session.headers["Authorization"] = f"Bearer {person}"
            session.trust_env = False  # no proxy
            try:
                while True:
                    kind(session)
                    self.happened[kind].set()
            except requests.RequestException:
                return  # the server is gone

    def send(self, session, method, url, accepted=(200, 201, 303), **content):
        answer = session.request(
            method, self.address + url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **content
        )
        if answer.status_code not in accepted:
            self.unexpected.append((answer.status_code, answer.text))
        return answer

    def comment(self, session):
        tops = [id_ for id_, parent in list(self.parents.items())[-9:] if parent is None]
        parent = random.choice([None, *tops])
        body = {"ticketId": self.discussed, "text": secrets.token_hex(), "parentCommentId": parent}
        data = self.send(session, "POST", "/api/ticket-comments", json=body).json()["data"]
        self.comments[data["id"]], self.parents[data["id"]] = body["text"], parent

    def transition(self, session):
        for action in self.actions:
            url, body = f"/api/tickets/{self.moved}/status", {"action": action}
            answer = self.send(session, "PUT", url, accepted=(200, 409), json=body)
            if answer.status_code == 200:
                self.transition_count += 1
                return
            # The transition before the kill was committed, but not acknowledged.

    def upload(self, session):
        file, digest = make_file()
        answer = self.send(session, "POST", "/api/ticket-attachments", files={"file": file})
        self.uploads[answer.json()["data"]["url"]] = digest

    def open_ticket(self, session):
        """Open a ticket with a file, by the form of the page."""
        form = form_fields(self.send(session, "GET", NEW_TICKET).text)
        (file, digest), subject = make_file(), secrets.token_hex()
        form |= {"subject": subject, "description": "D"}
        answer = self.send(session, "POST", NEW_TICKET, data=form, files={"attachments": file})
        ticket_id = int(answer.headers["Location"].rpartition("/")[2])
        self.subjects[ticket_id], self.attached[ticket_id] = subject, digest


def make_file():
    """Return the name and the bytes of a new picture or text, and their SHA-256."""
    if random.random() < 0.25:
        target = io.BytesIO()
        Image.frombytes("RGB", (120, 120), random.randbytes(120 * 120 * 3)).save(target, "PNG")
        name, data = "noise.png", target.getvalue()
    else:
        size = random.choice([10, 4_000, 400_000, 1_500_000])
        name, data = "noise.txt", secrets.token_hex(size // 2).encode()
    return (name, data), hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def processes():
    """Return a fork server that has imported this module, so that each server starts at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@pytest.fixture
def host_config(database, tmp_path):
    config = {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path}/files"}
    if database == "sqlite":
        config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": {"timeout": 30}}
    return config


@every_database
def test_kill_9_loses_nothing_acknowledged_and_leaves_nothing_half_written(
    app, database, database_uri, host_config, alice, mona, make_ticket, processes
):
    crowd = Crowd(*(make_ticket(TicketStatus.InProgress).id for _ in range(2)))
    db.session.remove()
    db.engine.dispose()
    for _ in range(KILLS):
        ours, theirs = processes.Pipe()
        process = processes.Process(target=serve, args=(theirs, database_uri, host_config))
        process.start()
        try:
            threads = crowd.start(ours.recv())
            time.sleep(random.uniform(0, LONGEST_SECONDS))
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # gunicorn and its workers
        for each in (process, *threads):
            each.join()
    assert crowd.unexpected == []
    if database == "sqlite":
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
    check_opened_tickets(crowd)
    check_comments(crowd)
    check_transitions(crowd)
    assert check_counters() == []
    check_files(crowd)


def check_opened_tickets(crowd):
    """Every acknowledged ticket is there once, and each ticket has exactly one event."""
    ticket, event = tickets.Ticket, tickets.TicketEvent
    others = (crowd.discussed, crowd.moved)
    query = db.select(ticket.id, ticket.subject).where(ticket.id.not_in(others))
    rows = dict(db.session.execute(query).all())
    assert crowd.subjects.items() <= rows.items()
    assert max(Counter(rows.values()).values()) == 1
    query = db.select(event.ticket_id, event.action).where(event.ticket_id.not_in(others))
    assert sorted(db.session.execute(query).all()) == [(id_, "Open") for id_ in sorted(rows)]


def check_comments(crowd):
    """Every acknowledged comment is there once; counts, version and history agree."""
    rows = {row.id: row for row in db.session.scalars(db.select(tickets.TicketComment))}
    texts = {id_: row.text for id_, row in rows.items()}
    parents = {id_: row.parent_comment_id for id_, row in rows.items()}
    assert crowd.comments.items() <= texts.items()
    assert crowd.parents.items() <= parents.items()
    assert max(Counter(texts.values()).values()) == 1
    replies = Counter(parents.values())
    assert {id_: row.reply_count for id_, row in rows.items()} == {
        id_: replies[id_] for id_ in rows
    }
    ticket, events = history_of(crowd.discussed)
    assert ticket.comment_count == len(rows)
    assert {event.comment_id for event in events if event.action == "Comment"} == set(rows)
    assert ticket.version == len(events)


def check_transitions(crowd):
    """Each event starts where the one before ends, and the ticket is where the last one ends."""
    ticket, events = history_of(crowd.moved)
    assert ticket.version == len(events) >= crowd.transition_count + 2
    for before, after in itertools.pairwise(events):
        assert after.from_status == before.to_status
    assert ticket.status == events[-1].to_status
    assert (ticket.resolved_at is not None) == (ticket.status == TicketStatus.Resolved)


def history_of(ticket_id):
    event = tickets.TicketEvent
    query = db.select(event).where(event.ticket_id == ticket_id).order_by(event.id)
    return db.session.get(tickets.Ticket, ticket_id), db.session.scalars(query).all()


def check_files(crowd):
    """Every acknowledged file is whole, no row is without a file, and a sweep removes the rest."""
    file = tickets.TicketAttachment
    query = db.select(file).where(file.storage_key.is_not(None))
    rows = db.session.scalars(query).all()
    assert crowd.uploads.items() <= {row.path: row.sha256 for row in rows}.items()
    assert crowd.attached.items() <= {row.ticket_id: row.sha256 for row in rows}.items()
    verified = verify_attachments()
    assert (verified.checked, verified.missing, verified.altered) == (len(rows), [], [])
    used = {row.path for row in rows if row.ticket_id}
    sweep_attachments(older_than=timedelta(0))
    db.session.expire_all()
    rows = db.session.scalars(query).all()
    assert {row.path for row in rows} == used
    assert all(row.has_preview == (row.content_type == "image/png") for row in rows)
    files = sum(3 if row.has_preview else 1 for row in rows)  # with a thumbnail and a view
    assert len(list(current_tickets.store.walk())) == files
