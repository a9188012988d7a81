"""``kill -9`` of gunicorn and of three workers while a mail server fails half of the time. Rule O4.

15 kills while 300 events are written, with ``SUPPORT_TICKETS_TESTS_LARGE=yes`` 200 kills and 5,000.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import multiprocessing
import os
import random
import re
import secrets
import signal
import threading
import time
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import requests
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, text

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.delivery import heartbeat, thread
from flask_support_tickets.delivery.mail import smtp
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services.notifications import claims
from tests.databases import every_database
from tests.host import create_host, db
from tests.mail.conftest import SENDER, MailPolicy
from tests.mail.mail_server import OK, Answers
from tests.mail.mail_server import serve as serve_mail
from tests.outbox import rows

from .gunicorn_server import TIMEOUT_SECONDS, serve

IS_LARGE = os.environ.get("SUPPORT_TICKETS_TESTS_LARGE") == "yes"
KILLS, EVENTS = (200, 5_000) if IS_LARGE else (15, 300)
#: A kill comes up to this long after the one before.
LONGEST_SECONDS = 1.0
#: How long everything may take to be delivered after the last kill.
PATIENCE_SECONDS = 1_800 if IS_LARGE else 240
TOKEN = re.compile(r"tok-[0-9a-f]{16}")

pytestmark = pytest.mark.slow


def create_mailing_host(uri, **config):
    """Return the host, whose leases and delays are a fortieth of the real ones."""
    logging.getLogger("flask_support_tickets").setLevel(logging.CRITICAL)
    claims.LEASE = heartbeat.LEASE = timedelta(seconds=3)
    claims._FIRST_DELAY_SECONDS, claims._LONGEST_DELAY_SECONDS = 0.2, 1.0
    thread._POLL_SECONDS, smtp.TIMEOUT_SECONDS = 1.0, 1.0
    app = create_host(uri, **config)
    state = app.extensions["support_tickets"]
    app.extensions["support_tickets"] = dataclasses.replace(state, policy=MailPolicy())
    return app


def work(pipe, uri, config):
    """Run ``flask support-tickets deliver --watch``."""
    info = ScriptInfo(create_app=lambda: create_mailing_host(uri, **config))
    support_tickets_cli.main(["deliver", "--watch"], obj=info)


class MoodyServer(Answers):
    """A mail server that works half of the time, and otherwise fails in one of many ways."""

    def __init__(self, engine):
        super().__init__()
        self.engine, self.mood, self.moods = engine, "works", Counter()
        #: The id, recipient and tokens of each email that it accepted.
        self.accepted = []
        self.delivered_too_early = []

    def change_mood(self):
        failures = ["refuses", "stalls", "drops", "450", "550", "busy"]
        self.mood = "works" if random.random() < 0.5 else random.choice(failures)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.moods[self.mood] += 1
        if self.mood == "refuses":
            server.transport.close()
        if self.mood == "busy":
            return "451 Greylisted"
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "stalls":
            await asyncio.sleep(3)
            return "451 Too late"
        if self.mood == "drops":
            server.transport.close()
        if self.mood in ("450", "550"):
            return f"{self.mood} Go away"
        if self.mood == "works":
            self.accept(envelope)
            return OK
        return "451 Not now"

    def accept(self, envelope):
        mail = message_from_bytes(envelope.content, policy=default)
        content = mail["Subject"] + mail.get_body(("plain",)).get_content()
        tokens = set(TOKEN.findall(content))
        self.accepted.append((mail["Message-ID"], envelope.rcpt_tos[0].split("@")[0], tokens))
        with self.engine.connect() as connection:  # another one than the writer's
            for token in tokens:
                if not connection.scalar(FIND, {"token": token}):
                    self.delivered_too_early.append(token)


FIND = text(
    "SELECT (SELECT count(*) FROM support_ticket_comment WHERE text = :token)"
    " + (SELECT count(*) FROM support_ticket WHERE subject = :token)"
)


class Writers:
    """People who write as long as they can, to whichever server runs."""

    def __init__(self, ticket_id):
        self.ticket_id, self.address = ticket_id, None
        self.has_ended = threading.Event()
        self.unexpected, self.count = [], 0
        people = (("alice", self.comment), ("mona", self.comment), ("alice", self.open_ticket))
        self.threads = [threading.Thread(target=self.repeat, args=each) for each in people]
        for each in self.threads:
            each.start()

    def end(self):
        self.has_ended.set()
        for each in self.threads:
            each.join()

    def repeat(self, person, write):
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {person}"
            session.trust_env = False  # no proxy
            while not self.has_ended.is_set():
                try:
                    answer = write(session, f"tok-{secrets.token_hex(8)}")
                except requests.RequestException:
                    time.sleep(0.1)  # the server was killed
                    continue
                self.count += 1
                if answer.status_code not in (201, 503):
                    self.unexpected.append((answer.status_code, answer.text))
                time.sleep(random.uniform(0, 0.1))

    def comment(self, session, token):
        body = {"ticketId": self.ticket_id, "text": token}
        url = f"{self.address}/api/ticket-comments"
        return session.post(url, json=body, timeout=TIMEOUT_SECONDS)

    def open_ticket(self, session, token):
        body = {"subject": token, "description": "D"}
        return session.post(f"{self.address}/api/tickets", json=body, timeout=TIMEOUT_SECONDS)


class Processes:
    """Gunicorn and three workers, each started again when it was killed."""

    def __init__(self, uri, config, writers):
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload([__name__])
        self.arguments, self.writers = (uri, config), writers
        self.running = {}
        for name in ("gunicorn", "worker 1", "worker 2", "worker 3"):
            self.start(name)

    def start(self, name):
        ours, theirs = self.context.Pipe()
        if name == "gunicorn":
            arguments = (theirs, *self.arguments, create_mailing_host)
            process = self.context.Process(target=serve, args=arguments)
        else:
            process = self.context.Process(target=work, args=(theirs, *self.arguments))
        process.start()
        self.running[name] = process
        if name == "gunicorn":
            self.writers.address = f"http://127.0.0.1:{ours.recv()}"

    def kill(self, name):
        process = self.running[name]
        if name == "gunicorn":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.join()

    def kill_one_and_replace_it(self):
        name = random.choice([*self.running])
        self.kill(name)
        self.start(name)


@pytest.fixture
def host_config(database):
    config = {
        "TESTING": False,
        "SUPPORT_TICKETS_MAIL_FROM": SENDER,
        "SUPPORT_TICKETS_BASE_URL": "https://acme.example",
        "SUPPORT_TICKETS_NOTIFY_DELAY_SECONDS": 1,
    }
    if database == "sqlite":
        config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": {"timeout": 30}}
    return config


@every_database
def test_kill_9_loses_no_notification_and_repeats_few(
    database_uri, host_config, alice, mona, make_ticket
):
    ticket_id = make_ticket(TicketStatus.InProgress).id
    db.session.remove()
    engine = create_engine(database_uri)
    server = MoodyServer(engine)
    with serve_mail(server) as port:
        config = {**host_config, "SUPPORT_TICKETS_SMTP_URL": f"smtp://localhost:{port}?starttls=no"}
        writers = Writers(ticket_id)
        processes = Processes(database_uri, config, writers)
        try:
            kill_and_write(processes, writers, server)
            server.mood = "works"
            wait_until_delivered()
        finally:
            writers.end()
            for name in processes.running:
                processes.kill(name)
    assert writers.unexpected == []
    check(server, expected_deliveries(engine, ticket_id))
    engine.dispose()


def kill_and_write(processes, writers, server):
    """Kill processes until all kills are done and all events are written."""
    kills = 0
    while kills < KILLS or writers.count < EVENTS:
        time.sleep(random.uniform(0, LONGEST_SECONDS))
        server.change_mood()
        if kills < KILLS:
            processes.kill_one_and_replace_it()
            kills += 1
    writers.end()


def wait_until_delivered():
    """Wait for all notifications, and retry what the server refused for good, as staff would."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    pending, failed = NotificationState.Pending, NotificationState.Failed
    while states := {row.state for row in rows()} & {pending, failed}:
        assert time.monotonic() < ends_at, [row for row in rows() if row.state in states][:3]
        if failed in states:
            unit_of_work(claims.retry_failed)
        time.sleep(0.5)


def expected_deliveries(engine, ticket_id):
    """Return the recipient and token of each committed event."""
    comments = text("SELECT is_staff, text FROM support_ticket_comment WHERE ticket_id = :id")
    opened = text("SELECT subject FROM support_ticket WHERE id <> :id")
    with engine.connect() as connection:
        expected = {
            ("alice" if is_staff else "mona", token)
            for is_staff, token in connection.execute(comments, {"id": ticket_id})
        }
        for (token,) in connection.execute(opened, {"id": ticket_id}):
            expected |= {("alice", token), ("mona", token)}
    return expected


def check(server, expected):
    delivered = {(to, token) for _, to, tokens in server.accepted for token in tokens}
    assert expected - delivered == set()
    assert server.delivered_too_early == []
    ids = {}
    for message_id, to, tokens in server.accepted:
        for token in tokens:
            ids.setdefault((to, token), set()).add(message_id)
    assert {key: found for key, found in ids.items() if len(found) > 1} == {}
    duplicates = len(server.accepted) - len({message_id for message_id, *_ in server.accepted})
    assert duplicates <= (len(server.accepted) / 100 if IS_LARGE else KILLS)
    print(
        f"{len(expected)} deliveries of events, {len(server.accepted)} emails, {duplicates} of"
        f" them twice; the server: {dict(server.moods)}"
    )
