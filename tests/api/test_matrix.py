"""Every address × method × role × target, by cookie and by token, against the contract's table."""

from __future__ import annotations

import hashlib
import io
import itertools
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flask_support_tickets import TicketStatus
from flask_support_tickets.current import current_tickets

from ..conftest import form_fields
from ..host import db, tickets
from .matrix import CONTRACT, METHODS, PUBLIC, REOPENING, ROLES, TARGETS, Check, Things, checks

#: Stands in alice's subject, description, comment, file and its name.
SECRET = "xyzzyplugh"
PEOPLE = {
    "deactivated": ("dora", "user"), "owner": ("alice", "user"), "another user": ("bob", "user"),
    "moderator": ("mona", "moderator"), "admin": ("adam", "Admin"),
    "staff who owns it": ("otto", "moderator"),
}  # fmt: skip
MAY_SEE = {role for role, kind in ROLES.items() if kind == "staff"} | {"owner"}
MISSING = Things(987_654, 987_654, "0" * 32, "note.txt")


@dataclass
class World:
    """Who is there, what they own, and how they send requests."""

    users: dict[str, Any]
    things: dict[str, Things]
    clients: dict[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)

    def target(self, role: str, target: str) -> Things:
        """The ``own``, ``foreign`` or ``missing`` things of a role. Nobody owns nothing."""
        if target == "missing":
            return MISSING
        is_own = target == "own" and role != "nobody"
        return self.things[role if is_own else "another user" if role == "owner" else "owner"]

    def send(self, check: Check) -> Any:
        """Send the request of a check, with a body that breaks no rule."""
        things = self.target(check.role, check.target)
        token, assignee = self.tokens.get(check.role, ""), self.users["admin"]
        body = things.body(check.sent, token, assignee)
        url = things.url(check.address)
        return self.clients[check.role].open(url, method=check.method, **body)


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_API_DOCS": True}


@pytest.fixture
def own(make_user, make_ticket, make_comment, make_upload, mona):
    """Give a person a ticket with a comment and a file, which hold ``word``."""

    def make(person: Any, word: str) -> Things:
        file = make_upload(person, f"{word}.txt", f"A note: {word}.".encode())
        texts = {"subject": f"About {word}", "description": f"It is {word}."}
        ticket = make_ticket(
            TicketStatus.InProgress, owner=person, attachment_urls=[file.path], **texts
        )
        comment = make_comment(ticket, mona, f"What is {word}?")
        make_comment(ticket, person, f"It is {word}.", parent=comment)
        return Things(ticket.id, comment.id, file.storage_key, f"{word}.txt")

    return make


@pytest.fixture(params=["cookie", "token"])
def world(request, app, client_of, make_user, own, alice, bob, mona, adam):
    known = {"alice": alice, "bob": bob, "mona": mona, "adam": adam}
    people = {
        role: known.get(name) or make_user(name, role=kind) for role, (name, kind) in PEOPLE.items()
    }
    things = {
        role: own(person, SECRET if role == "owner" else f"word of {person.username}")
        for role, person in people.items()
    }
    people["deactivated"].active = False
    db.session.commit()
    by_cookie = request.param == "cookie"
    clients = {role: client_of(people.get(role) if by_cookie else None) for role in ROLES}
    for role, client in clients.items():
        if not by_cookie:
            name, _ = PEOPLE.get(role, ("unknown", ""))
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {name}"
    made = World({role: person.id for role, person in people.items()}, things, clients)
    for role in MAY_SEE | {"another user"}:
        page = clients[role].get("/settings/ticket/new").text
        made.tokens[role] = form_fields(page)["csrf_token"]
    return made


@pytest.fixture
def everything_and_files(everything):
    """Return every row of every table, and the bytes of every file."""

    def look():
        store = current_tickets.store
        files = {}
        for path in sorted(store.walk()):
            with store.open(path) as stream:
                files[path] = hashlib.sha256(stream.read()).hexdigest()
        return everything(), files

    return look


def set_status(check: Check) -> None:
    """Put every ticket into the status in which the request of ``check`` makes sense."""
    is_reopening = bool({check.sent, check.address} & REOPENING)
    status = TicketStatus.Resolved if is_reopening else TicketStatus.InProgress
    db.session.execute(db.update(tickets.Ticket).values(status=int(status)))
    db.session.commit()


def shown(answer: Any) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What a client sees of an answer, less the time."""
    headers = sorted((name, value) for name, value in answer.headers if name != "Date")
    return answer.status_code, answer.data, headers


def holds_secret(answer: Any) -> bool:
    return SECRET in answer.get_data(as_text=True) or SECRET in str(answer.headers)


def test_the_table_has_every_address_of_the_extension(app):
    found = {
        (str(rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("support_tickets")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    listed = {(address, method) for (address, _), rights in CONTRACT.items() for method in rights}
    assert found == listed | {(PUBLIC, "GET")}


def test_more_than_a_thousand_checks_are_made():
    made = list(checks())
    assert len(made) == len(set(made)) > 1_000
    combinations = len(METHODS) * len(ROLES) * len(TARGETS)
    assert len(made) == len(CONTRACT) * combinations + len(METHODS) * len(ROLES)
    assert {check.status for check in made} == {200, 201, 302, 303, 401, 403, 404, 405}


def test_every_request_gets_what_the_contract_says(world, everything_and_files):
    wrong, done, seen = [], 0, set()
    for _, group in itertools.groupby(checks(), lambda each: (each.address, each.sent)):
        group = list(group)
        set_status(group[0])
        before = everything_and_files()
        for check in [each for each in group if not each.is_write]:
            answer = world.send(check)
            done += 1
            if answer.status_code != check.status:
                wrong.append((check, answer.status_code))
            if holds_secret(answer):
                seen.add(check.role)
        if everything_and_files() != before:
            wrong.append((group[0].address, "a request without an effect changed something"))
        for check in [each for each in group if each.is_write]:
            set_status(check)
            before = everything_and_files()
            answer = world.send(check)
            done += 1
            if answer.status_code != check.status:
                wrong.append((check, answer.status_code))
            if everything_and_files() == before:
                wrong.append((check, "nothing was changed"))
            if holds_secret(answer):
                seen.add(check.role)
    assert wrong == []
    assert done == len(list(checks()))
    assert seen == MAY_SEE


def test_a_foreign_thing_and_a_missing_one_are_the_same_to_the_byte(world):
    pairs = 0
    for foreign in checks():
        if foreign.target != "foreign" or foreign.role in MAY_SEE - {"owner"}:
            continue
        missing = replace(foreign, target="missing")
        if foreign.is_write:
            assert foreign.sent in ("ticket", "file", "ticket form")  # about nothing in particular
            continue
        answers = [world.send(check) for check in (foreign, missing)]
        if foreign.status == 302:  # the way to sign in names the way back
            urls = [
                world.target(check.role, check.target).url(check.address)
                for check in (foreign, missing)
            ]
            assert all(answer.location.startswith("/login?next=") for answer in answers), urls
        elif foreign.status != 200 or foreign.method == "OPTIONS":
            assert shown(answers[0]) == shown(answers[1]), foreign
            pairs += 1
    assert pairs > 300


def test_a_list_counts_and_finds_nothing_of_others(world):
    theirs = world.things["owner"].ticket_id
    client = world.clients["another user"]
    queries = {
        "": 1, f"search={SECRET}": 0, f"search=%23{theirs}": 0, "search=About": 1,
        f"assignedTo={world.users['moderator']}": 1, "assignedTo=me": 0, "status=InProgress": 1,
        "status=New": 0, f"cursor=after-{theirs + 1}": 1, "pageSize=1": 1, "page=2": 1,
    }  # fmt: skip
    for query, total in queries.items():
        data = client.get(f"/api/tickets?{query}").json["data"]
        assert data["totalCount"] == total, query
        assert {row["userName"] for row in data["tickets"]} <= {"bob"}, query
        assert (data["hasMore"], data["nextCursor"]) == (False, None), query
        page = client.get(f"/settings/ticket?{query}")
        assert SECRET not in re.sub(r' (value|href)="[^"]*"', "", page.text), query


def test_a_file_that_waits_to_be_used_is_its_uploaders_alone(world):
    form = {"file": (io.BytesIO(SECRET.encode()), "note.txt")}
    url = world.clients["owner"].post("/api/ticket-attachments", data=form).json["data"]["url"]
    for role in ROLES:
        answer = world.clients[role].get(url)
        expected = 401 if ROLES[role] == "visitor" else 200 if role == "owner" else 404
        assert answer.status_code == expected, role
        assert holds_secret(answer) is (role == "owner")


def test_every_answer_of_the_api_is_one_that_its_document_knows(world):
    document = world.clients["owner"].get("/api/tickets/openapi.json").json
    known = {
        path.replace("{", "<").replace("}", ">"): row for path, row in document["paths"].items()
    }
    validated = 0
    for check in checks():
        operation = known.get(check.address, {}).get(check.method.lower())
        if operation is None:
            continue
        answer = world.send(check)
        described = operation["responses"][str(answer.status_code)]
        schema = described["content"].get("application/json", {}).get("schema")
        if schema is not None:
            components = {"components": document["components"]}
            Draft202012Validator({**schema, **components}).validate(answer.json)
            validated += 1
    assert validated > 200
