"""The adversarial case 108: ``kill -9`` of gunicorn under tickets, comments, replies and steps."""

from __future__ import annotations

import http.client
import itertools
import json
import multiprocessing
import os
import random
import signal
import socket
import threading
import time
from collections import Counter

import pytest
from gunicorn.app.base import BaseApplication
from sqlalchemy import text

from flask_support_tickets import TicketStatus

from ..host import create_host, db, tickets

KILLS = 50
#: MariaDB has no case of its own, so that fewer tell enough there.
KILLS_ON_MARIADB = 15
#: The servers are killed within this time after they took one of each kind, in seconds.
LONGEST = 0.08
WORKERS = 2
WRITERS = 3


class Gunicorn(BaseApplication):
    """Gunicorn with the host, on a socket that is open already."""

    def __init__(self, uri, config, listener):
        self.host = (uri, config)
        self.options = {
            "bind": f"fd://{listener.fileno()}", "workers": WORKERS, "timeout": 60,
            "loglevel": "critical", "control_socket_disable": True,
        }  # fmt: skip
        super().__init__()

    def load_config(self):
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self):
        uri, config = self.host
        return create_host(uri, **config)


def serve(uri, config, pipe):
    """Serve the host from a group of processes of its own, and say at which port."""
    os.setsid()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    pipe.send(listener.getsockname()[1])
    Gunicorn(uri, config, listener).run()


@pytest.fixture(scope="module")
def processes():
    """Processes that have imported everything already, so that each is there at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@pytest.fixture
def host_config(database_uri):
    if database_uri.startswith("sqlite"):
        return {"SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"timeout": 30}}}
    return {}


class Crowd:
    """Some write, one files tickets, one moves one to and fro, until the server is gone."""

    def __init__(self, talked, moved):
        self.talked, self.moved = talked, moved
        self.port = 0
        #: Acknowledged: texts and parents by the ids of comments, subjects by those of tickets,
        #: and how many steps.
        self.comments, self.parents, self.tickets, self.steps = {}, {}, {}, 0
        self.odd, self.broken_off = [], 0
        self.numbers = iter(range(1_000_000))
        self.lock = threading.Lock()
        self.began = [threading.Event() for _ in range(3)]

    def go(self, port):
        """Let everybody go on at ``port``; return their threads."""
        self.port = port
        for event in self.began:
            event.clear()
        threads = [threading.Thread(target=self.step), threading.Thread(target=self.file)]
        threads += [threading.Thread(target=self.comment) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        return threads

    def comment(self):
        def content():
            body = {"ticketId": self.talked, "text": self.words()}
            with self.lock:
                tops = [known for known, parent in self.parents.items() if parent is None][-3:]
            if tops and random.random() < 0.7:
                body["parentCommentId"] = random.choice(tops)
            return "POST", "/api/ticket-comments", body

        for status, data in self.answers("alice", content):
            if status == 201:
                with self.lock:
                    self.comments[data["data"]["id"]] = data["data"]["text"]
                    self.parents[data["data"]["id"]] = data["data"]["parentCommentId"]
                self.began[0].set()
            else:
                self.odd.append((status, data))

    def file(self):
        def content():
            return "POST", "/api/tickets", {"subject": self.words(), "description": "D"}

        for status, data in self.answers("alice", content):
            if status == 201:
                self.tickets[data["data"]["id"]] = data["data"]["subject"]
                self.began[2].set()
            else:
                self.odd.append((status, data))

    def words(self):
        with self.lock:
            return f"Number {next(self.numbers)}."

    def step(self):
        actions = ("MarkAsResolved", "Reopen")
        turn = iter(range(1_000_000))

        def content():
            url = f"/api/tickets/{self.moved}/status"
            return "PUT", url, {"action": actions[next(turn) % 2]}

        for status, data in self.answers("mona", content):
            if status == 200:
                self.steps += 1
                self.began[1].set()
            elif status != 409:  # the one before went through unseen
                self.odd.append((status, data))

    def answers(self, name, content):
        headers = {"Authorization": f"Bearer {name}", "Content-Type": "application/json"}
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            method, url, body = content()
            try:
                connection.request(method, url, json.dumps(body), headers)
                answer = connection.getresponse()
                data = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                self.broken_off += 1
                return
            finally:
                connection.close()
            yield answer.status, data


def kill_once(processes, uri, config, crowd):
    ours, theirs = processes.Pipe()
    process = processes.Process(target=serve, args=(uri, config, theirs), daemon=True)
    process.start()
    assert ours.poll(30)
    threads = crowd.go(ours.recv())
    assert all(event.wait(60) for event in crowd.began)
    time.sleep(random.uniform(0, LONGEST))
    os.killpg(process.pid, signal.SIGKILL)  # a group of its own: nobody else is in it
    process.join(10)
    for thread in threads:
        thread.join(60)
    ours.close()
    theirs.close()


def test_fifty_kills_lose_nothing_acknowledged_and_leave_nothing_half_written(
    app, database_uri, host_config, alice, mona, make_ticket, processes
):
    talked, moved = (make_ticket(TicketStatus.InProgress).id for _ in "ab")
    crowd = Crowd(talked, moved)
    db.session.remove()
    db.engine.dispose()
    config = {key: value for key, value in host_config.items() if key != "TESTING"}
    kills = KILLS_ON_MARIADB if database_uri.startswith("mysql") else KILLS
    for _ in range(kills):
        kill_once(processes, database_uri, config, crowd)
    assert crowd.odd == []
    assert crowd.broken_off == kills * (WRITERS + 2)
    assert min(len(crowd.comments), len(crowd.tickets), crowd.steps) >= kills
    assert any(crowd.parents.values())
    check_tickets(crowd)
    check_comments(crowd)
    check_steps(crowd)
    if database_uri.startswith("sqlite"):
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


def check_tickets(crowd):
    """Every acknowledged ticket is there once, and each has the one event it can have."""
    ticket, event = tickets.Ticket, tickets.TicketEvent
    others = (crowd.talked, crowd.moved)
    filed = db.select(ticket.id, ticket.subject).where(ticket.id.not_in(others))
    rows = dict(db.session.execute(filed).all())
    assert crowd.tickets.items() <= rows.items()
    assert max(Counter(rows.values()).values()) == 1
    seen = db.select(event.ticket_id, event.action).where(event.ticket_id.not_in(others))
    assert sorted(db.session.execute(seen).all()) == [(id_, "Open") for id_ in sorted(rows)]


def check_comments(crowd):
    """Every acknowledged comment is there once; counts, version and history tell the same."""
    comment = tickets.TicketComment
    query = db.select(comment.id, comment.text, comment.parent_comment_id, comment.reply_count)
    all_rows = db.session.execute(query).all()
    rows = {row.id: row.text for row in all_rows}
    assert crowd.comments.items() <= rows.items()
    assert max(Counter(rows.values()).values()) == 1
    parents = {row.id: row.parent_comment_id for row in all_rows}
    assert crowd.parents.items() <= parents.items()
    replies = Counter(parents.values())
    assert {row.id: row.reply_count for row in all_rows} == {id_: replies[id_] for id_ in rows}
    ticket = db.session.get(tickets.Ticket, crowd.talked)
    events = history(crowd.talked)
    assert ticket.comment_count == len(rows)
    assert {event.comment_id for event in events if event.action == "Comment"} == set(rows)
    assert ticket.version == len(events)


def check_steps(crowd):
    """Each step of the history goes on from the one before, and the last is where the ticket is."""
    ticket, events = db.session.get(tickets.Ticket, crowd.moved), history(crowd.moved)
    assert ticket.version == len(events)
    assert len(events) >= crowd.steps + 2
    for before, after in itertools.pairwise(events):
        assert after.from_status == before.to_status
        assert after.created_at >= before.created_at
    assert ticket.status == events[-1].to_status
    is_resolved = ticket.status == TicketStatus.Resolved
    assert (ticket.resolved_at == events[-1].created_at) is is_resolved


def history(ticket_id):
    event = tickets.TicketEvent
    query = db.select(event).where(event.ticket_id == ticket_id).order_by(event.id)
    return db.session.scalars(query).all()
