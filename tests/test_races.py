"""Simultaneous requests over a real threaded server: exactly one wins (rules W3 and F1)."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar

import pytest
from werkzeug.serving import make_server

from flask_support_tickets import TicketStatus

from .conftest import form_fields
from .host import db

RACERS = 16
ROUNDS = 50


@pytest.fixture
def host_config(database_uri):
    options = {"pool_pre_ping": True, "pool_size": 20}
    if database_uri.startswith("sqlite"):
        options = {"connect_args": {"timeout": 30}}
    return {"SQLALCHEMY_ENGINE_OPTIONS": options}


@pytest.fixture
def server(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def send(opener, url, *, data=None, method="POST", headers=None):
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def sign_in(server, name):
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar()), NoRedirect
    )
    send(opener, f"{server}/login", data=urllib.parse.urlencode({"username": name}).encode())
    return opener


def race(pool, barrier, shoot):
    def one(number):
        barrier.wait(timeout=60)
        return shoot(number)

    return list(pool.map(one, range(RACERS)))


def test_of_sixteen_start_progress_one_wins(app, server, make_ticket, mona, everything):
    openers = [sign_in(server, "mona") for _ in range(RACERS)]
    body = json.dumps({"action": "StartProgress"}).encode()
    barrier = threading.Barrier(RACERS)
    with ThreadPoolExecutor(RACERS) as pool:
        for _ in range(ROUNDS):
            ticket_id = make_ticket().id
            db.session.commit()
            url = f"{server}/api/tickets/{ticket_id}/status"
            headers = {"Content-Type": "application/json"}
            answers = race(
                pool,
                barrier,
                lambda n, url=url, headers=headers: send(
                    openers[n], url, data=body, method="PUT", headers=headers
                ),
            )
            assert Counter(status for status, _, _ in answers) == {200: 1, 409: RACERS - 1}
            for status, _, text in answers:
                if status == 409:
                    assert json.loads(text)["error"]["status"] == TicketStatus.InProgress
    events = [row for row in everything()["support_ticket_event"] if row[1] == "StartProgress"]
    assert len(events) == len({row[5] for row in events}) == ROUNDS


def test_of_sixteen_identical_forms_one_ticket_is_filed(app, server, alice, everything):
    opener = sign_in(server, "alice")
    barrier = threading.Barrier(RACERS)
    with ThreadPoolExecutor(RACERS) as pool:
        for number in range(10):
            _, _, page = send(opener, f"{server}/settings/ticket/new", method="GET")
            fields = {**form_fields(page), "subject": f"Round {number}", "description": "D"}
            data = urllib.parse.urlencode(fields).encode()
            url = f"{server}/settings/ticket/new"
            answers = race(
                pool, barrier, lambda n, url=url, data=data: send(opener, url, data=data)
            )
            assert {status for status, _, _ in answers} == {303}
            assert len({headers["Location"] for _, headers, _ in answers}) == 1
    tickets = everything()["support_ticket"]
    assert len(tickets) == 10
    assert len(everything()["support_ticket_event"]) == 10
    assert all(re.fullmatch(r"Round \d", row[1]) for row in tickets)


def test_comments_and_a_close_never_cross(app, server, make_ticket, alice, mona, everything):
    owner, staff = sign_in(server, "alice"), sign_in(server, "mona")
    headers = {"Content-Type": "application/json"}
    barrier = threading.Barrier(RACERS)
    with ThreadPoolExecutor(RACERS) as pool:
        for _ in range(10):
            ticket_id = make_ticket(TicketStatus.Resolved).id
            db.session.commit()

            def shoot(number, ticket_id=ticket_id):
                if number == 0:
                    body = json.dumps({"action": "Close"}).encode()
                    url = f"{server}/api/tickets/{ticket_id}/status"
                    return send(staff, url, data=body, method="PUT", headers=headers)
                body = json.dumps({"ticketId": ticket_id, "text": "Wait!"}).encode()
                return send(owner, f"{server}/api/ticket-comments", data=body, headers=headers)

            answers = race(pool, barrier, shoot)
            assert answers[0][0] == 200
            assert {status for status, _, _ in answers[1:]} <= {201, 409}
            written = sum(1 for status, _, _ in answers if status == 201)
            events = [row for row in everything()["support_ticket_event"] if row[5] == ticket_id]
            assert [row[1] for row in events][-1] == "Close"
            assert sum(1 for row in events if row[1] == "Comment") == written
