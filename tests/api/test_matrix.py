"""Every address × method × role × target, by cookie and by token, against the table of rights.

Rules A1, B6, I1, L3. Cases 1, 2, 3, 5, 10, 16, 17, 18, 23, 24, 27, 35, 36, 42, 64, 103.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flask_support_tickets import TicketStatus

from ..attachments.samples import picture
from ..conftest import form_fields
from ..host import db, tickets
from .matrix import (
    CONTRACT,
    OF_NEW,
    PUBLIC,
    READS,
    REOPENING,
    ROLES,
    UNSUBSCRIBE,
    Check,
    Things,
    checks,
    everybody,
    methods_of,
)

#: A word in everything that alice writes, in her file and in its name.
SECRET = "xyzzyplugh"
MAY_SEE = {role for role, (_, _, kind) in ROLES.items() if kind == "staff"} | {"owner"}
MISSING = Things(987_654, 987_654, "0" * 32, "note.txt", "0" * 40)
#: Sent with every request; none of them has an effect.
CLAIMS = {
    "X-Remote-User": "mona", "Remote-User": "mona", "X-User-ID": "3", "X-User": "mona",
    "X-Forwarded-User": "mona", "X-Forwarded-For": "127.0.0.1, 10.0.0.1", "X-Role": "admin",
    "X-Forwarded-Host": "admin.example", "X-Original-URL": "/admin/tickets/",
    "X-Rewrite-URL": "/admin/tickets/", "From": "mona", "X-HTTP-Method-Override": "DELETE",
    "X-HTTP-Method": "DELETE", "X-Method": "DELETE",
}  # fmt: skip


@dataclass
class World:
    """Who is there, what they own, and how they send requests."""

    users: dict[str, Any]
    things: dict[str, Things]
    clients: dict[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)

    def send(self, check: Check) -> Any:
        """Send the request of a check, with a valid body."""
        is_own = check.target == "own" and check.role != "nobody"
        other = "another user" if check.role == "owner" else "owner"
        things = self.things[check.role if is_own else other]
        things = MISSING if check.target == "missing" else things
        body = things.body(check.sent, self.tokens.get(check.role, ""), self.users["admin"])
        client = self.clients[check.role]
        return client.open(things.url(check.address), method=check.method, **body)


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_API_DOCS": True}


@pytest.fixture
def own(make_user, make_ticket, make_comment, make_upload, mona):
    """Give a person a ticket with a comment, a file and an image, all named after ``word``."""

    def make(person: Any, word: str) -> Things:
        file = make_upload(person, f"{word}.txt", f"A note: {word}.".encode())
        content = {"subject": f"About {word}", "description": f"It is {word}.", "department": word}
        image = make_upload(person, f"{word}.png", picture("PNG", "RGB"))
        content |= {"owner": person, "attachment_urls": [file.path, image.path]}
        ticket = make_ticket(TicketStatus.InProgress, **content)
        comment = make_comment(ticket, mona, f"What is {word}?")
        make_comment(ticket, person, f"It is {word}.", parent=comment)
        keys = file.storage_key, f"{word}.txt", image.storage_key
        return Things(ticket.id, comment.id, *keys)

    return make


@pytest.fixture
def make_world(client_of, make_user, own, alice, bob, mona, adam):
    """Return a `World` whose people sign in by ``cookie`` or by ``token``."""

    def make(credentials: str = "cookie") -> World:
        people = {"owner": alice, "another user": bob, "moderator": mona, "admin": adam}
        for role in ("deactivated", "staff who owns it"):
            people[role] = make_user(ROLES[role][0], role=ROLES[role][1])
        words = {role: f"word of {person.username}" for role, person in people.items()}
        words["owner"] = SECRET
        things = {role: own(person, words[role]) for role, person in people.items()}
        people["deactivated"].active = False
        db.session.commit()
        by_cookie = credentials == "cookie"
        clients = {role: client_of(people.get(role) if by_cookie else None) for role in ROLES}
        world = World({role: person.id for role, person in people.items()}, things, clients)
        for role, client in clients.items():
            claims = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in CLAIMS.items()}
            if not by_cookie:
                claims["HTTP_AUTHORIZATION"] = f"Bearer {ROLES[role][0] or 'unknown'}"
            client.environ_base.update(claims)
            if ROLES[role][2] != "visitor":
                page = client.get("/settings/ticket/new").text
                world.tokens[role] = form_fields(page)["csrf_token"]
        return world

    return make


def set_status(check: Check) -> None:
    """Put every ticket into the status in which the request of ``check`` makes sense."""
    is_reopening = bool({check.sent, check.address} & REOPENING)
    status = TicketStatus.Resolved if is_reopening else TicketStatus.InProgress
    status = TicketStatus.New if check.address in OF_NEW else status
    db.session.execute(db.update(tickets.Ticket).values(status=int(status)))
    db.session.commit()


def problems(check: Check, answer: Any) -> list[Any]:
    """Return what is wrong with the status or the headers of an answer."""
    headers, is_api = answer.headers, check.address.startswith("/api/")
    found = [] if answer.status_code == check.status else [("status", answer.status_code)]
    allowed = set(headers.get("Allow", "").split(", "))
    if check.status == 405 or (check.method == "OPTIONS" and check.status == 200):
        found += [] if allowed == methods_of(check.address) else [("Allow", allowed)]
    if check.status == 302 and not answer.location.startswith("/login?next="):
        found.append(("Location", answer.location))
    if check.status == 401 and "WWW-Authenticate" not in headers:
        found.append(("WWW-Authenticate", ""))
    if check.address == PUBLIC or (check.status == 405 and not is_api):
        return found  # the host's own page
    expected = {"X-Content-Type-Options": "nosniff"}
    expected["Cache-Control"] = f"private, {'no-cache' if 'ETag' in headers else 'no-store'}"
    if is_api:
        policy = "default-src '" if check.address.endswith("/docs") else "default-src 'none'"
        found += [] if policy in headers.get("Content-Security-Policy", "") else [("CSP", policy)]
        varies = set(headers.get("Vary", "").split(", "))
        found += [] if {"Cookie", "Authorization"} <= varies else [("Vary", varies)]
    else:
        expected |= {"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "same-origin"}
    return found + [(name, value) for name, value in expected.items() if headers.get(name) != value]


def shown(answer: Any) -> Any:
    """Return what a client sees of an answer, less the time."""
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    return answer.status_code, answer.data, tuple(headers)


def validate(document: Any, validators: dict[Any, Any], check: Check, answer: Any) -> None:
    """Fail if the OpenAPI document does not describe the answer."""
    path = check.address.replace("<", "{").replace(">", "}")
    operation = document["paths"].get(path, {}).get(check.method.lower())
    if operation is None:
        return
    content = operation["responses"][str(answer.status_code)]["content"]
    schema = content.get("application/json", {}).get("schema")
    if schema is not None:
        key = (path, check.method, answer.status_code)
        if key not in validators:
            validators[key] = Draft202012Validator({**schema, "components": document["components"]})
        validators[key].validate(answer.json)


def test_table_lists_every_address_of_the_extension(app):
    """So there are no stock views of Flask-Admin, and nothing that edits, deletes or purges."""
    found = {
        (str(rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("support_tickets")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    listed = {
        (address, method)
        for (address, _), rights in CONTRACT.items()
        for method, right in rights.items()
        if right != everybody(404)
    }
    links = {(UNSUBSCRIBE, "GET"), (UNSUBSCRIBE, "POST")}
    assert found == listed | {(PUBLIC, "GET")} | links


@pytest.mark.parametrize("credentials", ["cookie", "token"])
def test_every_request_gets_what_the_table_says(make_world, state, credentials):
    """A refusal changes nothing; a foreign thing and a missing one are the same to the byte."""
    world = make_world(credentials)
    document = world.clients["owner"].get("/api/tickets/openapi.json").json
    wrong, readers, validators = [], set(), {}

    def send(check):
        answer = world.send(check)
        wrong.extend((check, *problem) for problem in problems(check, answer))
        validate(document, validators, check, answer)
        if SECRET in answer.get_data(as_text=True) or SECRET in str(answer.headers):
            readers.add(check.role)
        return answer

    for address, sent in [*CONTRACT, (PUBLIC, "")]:
        if credentials == "token" and not address.startswith("/api/"):
            continue
        group = [row for row in checks() if (row.address, row.sent) == (address, sent)]
        refusals: dict[Any, set[Any]] = {}
        set_status(group[0])
        before = state()
        for check in [row for row in group if not row.is_write]:
            answer = send(check)
            if check.status in (403, 404) and check.target != "own":
                refusals.setdefault((check.method, check.role), set()).add(shown(answer))
        wrong += [(address, key, "foreign != missing") for key, v in refusals.items() if len(v) > 1]
        if state() != before:
            wrong.append((address, "a request without an effect changed something"))
        for check in [row for row in group if row.is_write]:
            set_status(check)
            before = state()
            send(check)
            if state() == before:
                wrong.append((check, "nothing was changed"))
    assert wrong == []
    assert readers == MAY_SEE


def test_no_get_changes_anything_whatever_its_query(make_world, state):
    world = make_world()
    before = state()
    for address, role in itertools.product(READS, ("owner", "staff who owns it")):
        for query in ("status=closed&delete=1", "action=Close&_method=POST&text=T"):
            url = world.things[role].url(address)
            answer = world.clients[role].get(f"{url}{'&' if '?' in url else '?'}{query}")
            assert answer.status_code in (200, 303, 403, 404, 422), url
    assert state() == before


def test_closed_license_gate_shuts_every_address_for_everybody(app, make_world, state):
    """The API answers 403, the pages 404; style sheets stay."""
    world = make_world()
    app.config["supportTickets"] = False
    before, wrong = state(), []
    for check in checks():
        if check.target != "own" or check.method not in methods_of(check.address):
            continue
        answer = world.send(check)
        is_api = check.address.startswith("/api/")
        expected = 200 if check.address == PUBLIC else 403 if is_api else 404
        code = answer.json["error"]["code"] if is_api and check.method != "HEAD" else None
        if answer.status_code != expected or code not in ("feature_not_licensed", None):
            wrong.append((check, answer.status_code, code))
    assert wrong == []
    assert state() == before


def test_lists_and_searches_leave_out_other_peoples_tickets(make_world):
    """Rows, totals and pages, in the API and on the pages."""
    world = make_world()
    theirs, client = world.things["owner"].ticket_id, world.clients["another user"]
    queries = {
        "": 1, f"search={SECRET}": 0, f"search=%23{theirs}": 0, f"search={theirs}": 0,
        "search=About": 1, f"assignedTo={world.users['moderator']}": 1, "assignedTo=me": 0,
        f"department={SECRET}": 0, "status=InProgress": 1, "status=New": 0,
        f"cursor=after-{theirs + 1}": 1, "pageSize=1": 1, "page=2": 1,
    }  # fmt: skip
    for query, total in queries.items():
        data = client.get(f"/api/tickets?{query}").json["data"]
        assert data["totalCount"] == total, query
        assert {row["userName"] for row in data["tickets"]} <= {"bob"}, query
        assert (data["hasMore"], data["nextCursor"]) == (False, None), query
        assert f"About {SECRET}" not in client.get(f"/settings/ticket?{query}").text, query


def test_unused_file_belongs_to_its_uploader_alone(make_world):
    world = make_world()
    form = MISSING.body("file", "", 0)
    url = world.clients["owner"].post("/api/ticket-attachments", **form).json["data"]["url"]
    found = {role: client.get(url).status_code for role, client in world.clients.items()}
    visitors = {"nobody": 401, "deactivated": 401}
    assert found == dict.fromkeys(ROLES, 404) | visitors | {"owner": 200}


def test_content_security_policy_of_pages_is_the_hosts(app, client_of, mona):
    def add_policy(response):
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'")
        return response

    app.after_request(add_policy)
    for url in ("/settings/ticket", "/admin/tickets/"):
        policies = client_of(mona).get(url).headers.getlist("Content-Security-Policy")
        assert policies == ["default-src 'self'"]
