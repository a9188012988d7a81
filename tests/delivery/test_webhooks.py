"""Events are posted to webhooks: signed, repeated, and never to a private address (rule O4)."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, ValidationError
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.api.openapi import make_document
from flask_support_tickets.delivery import http_post
from flask_support_tickets.delivery.delivery import deliver_due
from flask_support_tickets.delivery.http_post import PrivateAddress, post
from flask_support_tickets.models import utc_now
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services import edit_ticket
from flask_support_tickets.webhook_settings import EVENT_TYPES

from ..host import User, db, tickets

SECRETS = ["whsec_" + "bmV3IHNlY3JldCAx" * 2, "whsec_" + "b2xkIHNlY3JldCAx" * 2]


class Receiver(ThreadingHTTPServer):
    """A server that keeps the requests, and responds as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.response = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?key=secret"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(self.server.response)))
        self.end_headers()
        self.wfile.write(self.server.response)

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def host_config(receiver: Receiver) -> dict[str, Any]:
    webhook = {"url": receiver.url, "secret": SECRETS, "allow_private": True}
    return {"SUPPORT_TICKETS_WEBHOOKS": [{**webhook, "events": list(EVENT_TYPES)}]}


def rows() -> list[Any]:
    table = tickets._declared.TicketNotification.__table__
    return list(db.session.execute(select(table).order_by(table.c.id)).all())


def deliver_all() -> None:
    table = tickets._declared.TicketNotification.__table__
    db.session.execute(update(table).values(due_at=utc_now() - timedelta(seconds=1)))
    db.session.commit()
    while deliver_due():
        pass


def test_every_event_is_posted_once_with_signatures_of_each_secret(
    receiver: Receiver, make_ticket: Any, make_comment: Any, make_note: Any, mona: User
) -> None:
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona, "An answer with a 🙂.")
    make_note(ticket, mona)
    unit_of_work(edit_ticket, actor=actor_for(mona), ticket_id=ticket.id, tags=("vip",))
    deliver_all()
    deliver_all()
    types = []
    for path, headers, body in receiver.requests:
        assert path == "/hook?key=secret"
        for secret in SECRETS:
            payload = Webhook(secret).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "YSBmb3JnZWQga2V5" * 2).verify(body, headers)
        types.append(payload["type"])
    assert types == [
        "ticket.opened",
        "ticket.status_changed",
        "ticket.replied",
        "ticket.note_added",
        "ticket.edited",
    ]
    assert json.loads(receiver.requests[2][2])["data"]["comment"]["text"] == "An answer with a 🙂."
    assert payload["data"]["ticket"]["tags"] == ["vip"]
    assert {row.state for row in rows()} == {NotificationState.Sent}
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == len(types)


def test_payloads_match_the_openapi_document(
    receiver: Receiver, make_ticket: Any, make_comment: Any, mona: User
) -> None:
    make_comment(make_ticket(TicketStatus.InProgress), mona)
    deliver_all()
    document = make_document()
    assert set(document["webhooks"]) == set(EVENT_TYPES)
    for _, _, body in receiver.requests:
        payload = json.loads(body)
        described = document["webhooks"][payload["type"]]["post"]["requestBody"]["content"]
        schema = described["application/json"]["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(payload)
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate({**payload, "version": "one"} | {"data": {}})


def test_failed_request_is_repeated_with_the_same_id(receiver: Receiver, make_ticket: Any) -> None:
    receiver.status = 500
    make_ticket()
    deliver_all()
    assert rows()[0].last_error == "OSError: The receiver responded with 500."
    receiver.status = 200
    deliver_all()
    assert rows()[0].state == NotificationState.Sent
    first, second = (headers["webhook-id"] for _, headers, _ in receiver.requests)
    assert first == second == f"msg_{rows()[0].id}"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (302, NotificationState.Pending),
        (404, NotificationState.Pending),
        (410, NotificationState.Failed),
    ],
)
def test_redirect_is_not_followed_and_410_ends_it(
    receiver: Receiver, make_ticket: Any, status: int, state: NotificationState
) -> None:
    receiver.status = status
    make_ticket()
    deliver_due()
    assert [path for path, _, _ in receiver.requests] == ["/hook?key=secret"]
    assert rows()[0].state == state


def test_long_response_is_not_read(receiver: Receiver, make_ticket: Any) -> None:
    receiver.response = b"x" * 10_000_000
    make_ticket()
    started = time.monotonic()
    deliver_all()
    assert rows()[0].state == NotificationState.Sent
    assert time.monotonic() - started < 10


def test_removed_webhook_fails_for_good(receiver: Receiver, make_ticket: Any, app: Any) -> None:
    make_ticket()
    table = tickets._declared.TicketNotification.__table__
    db.session.execute(update(table).values(target="another"))
    db.session.commit()
    deliver_all()
    assert rows()[0].last_error == "Rejected: The webhook is no longer configured."
    assert receiver.requests == []


def test_no_url_is_stored(make_ticket: Any) -> None:
    make_ticket()
    assert "secret" not in repr(rows())


class TestDefaults:
    @pytest.fixture
    def host_config(self, receiver: Receiver) -> dict[str, Any]:
        return {"SUPPORT_TICKETS_WEBHOOKS": [{"url": receiver.url, "secret": SECRETS[0]}]}

    def test_private_address_is_refused(self, receiver: Receiver, make_ticket: Any) -> None:
        make_ticket()
        deliver_all()
        assert receiver.requests == []
        [row] = rows()
        assert row.state == NotificationState.Failed
        assert row.last_error.startswith("Rejected: 127.0.0.1 has no public address.")

    def test_note_is_not_sent_unless_listed(
        self, make_ticket: Any, make_note: Any, mona: User
    ) -> None:
        """Rule A4."""
        ticket = make_ticket()
        before = len(rows())
        make_note(ticket, mona)
        assert len(rows()) == before


PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_name_that_leads_to_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]
    monkeypatch.setattr(http_post.socket, "getaddrinfo", lambda *args, **options: found)
    with pytest.raises(PrivateAddress):
        post(urlsplit("http://rebind.example.org/"), b"{}", {}, allow_private=False)


def test_receiver_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_post, "_TOTAL_SECONDS", 0.5)
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            for _ in range(100):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return
                time.sleep(0.05)

    thread = threading.Thread(target=drip)
    thread.start()
    url = urlsplit(f"http://127.0.0.1:{server.getsockname()[1]}/")
    started = time.monotonic()
    with pytest.raises(OSError, match=r"."):
        post(url, b"{}", {}, allow_private=True)
    assert time.monotonic() - started < 4
    thread.join()
    server.close()
