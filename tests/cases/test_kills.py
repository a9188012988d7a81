"""The adversarial case 108: ``kill -9`` in the middle of comments and of steps."""

from __future__ import annotations

import http.client
import itertools
import json
import logging
import multiprocessing
import random
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from flask_support_tickets import TicketStatus

from ..host import create_host, db, tickets

KILLS = 50
#: The server is killed within this time after it took a comment and a step, in seconds.
LONGEST = 0.08
WRITERS = 3


def serve(uri, config, pipe):
    """Serve the host from a process of its own, and say at which port."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_host(uri, **config)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    pipe.send(server.port)
    server.serve_forever()


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
    """Some write comments, and one moves a ticket to and fro, until the server is gone."""

    def __init__(self, talked, moved):
        self.talked, self.moved = talked, moved
        self.port = 0
        #: Acknowledged: the text by the id of its comment, and how many steps.
        self.comments, self.steps = {}, 0
        self.odd, self.broken_off = [], 0
        self.numbers = iter(range(1_000_000))
        self.lock = threading.Lock()
        self.began = threading.Event(), threading.Event()

    def go(self, port):
        """Let everybody go on at ``port``; return their threads."""
        self.port = port
        for event in self.began:
            event.clear()
        threads = [threading.Thread(target=self.step)]
        threads += [threading.Thread(target=self.comment) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        return threads

    def comment(self):
        def content():
            with self.lock:
                words = f"Number {next(self.numbers)}."
            return "POST", "/api/ticket-comments", {"ticketId": self.talked, "text": words}

        for status, data in self.answers("alice", content):
            if status == 201:
                self.comments[data["data"]["id"]] = data["data"]["text"]
                self.began[0].set()
            else:
                self.odd.append((status, data))

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
    process.kill()
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
    for _ in range(KILLS):
        kill_once(processes, database_uri, config, crowd)
    assert crowd.odd == []
    assert crowd.broken_off == KILLS * (WRITERS + 1)
    assert len(crowd.comments) >= KILLS
    assert crowd.steps >= KILLS
    check_comments(crowd)
    check_steps(crowd)
    if database_uri.startswith("sqlite"):
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


def check_comments(crowd):
    """Every acknowledged comment is there once; count, version and history tell the same."""
    comment = tickets.TicketComment
    rows = dict(db.session.execute(db.select(comment.id, comment.text)).all())
    assert crowd.comments.items() <= rows.items()
    assert max(Counter(rows.values()).values()) == 1
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
