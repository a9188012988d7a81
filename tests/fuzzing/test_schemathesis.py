"""Generated requests, valid and invalid: every answer is one that the OpenAPI document allows.

Cases 1, 3, 103. Rules A1, J4.

Schemathesis sends some hundred requests as each user, the same in every run. With
``SUPPORT_TICKETS_TESTS_LARGE=yes`` it sends several thousand, from another seed in each run.
"""

from __future__ import annotations

import contextvars
import os
import random
from types import SimpleNamespace
from zlib import crc32

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation

from flask_support_tickets import TicketStatus
from flask_support_tickets.schemas.queries import STAFF_FILTERS
from tests.databases import on_postgresql
from tests.host import User, create_host, db, tickets

IS_LARGE = os.environ.get("SUPPORT_TICKETS_TESTS_LARGE") == "yes"
CONFIG = {
    "seed": random.randrange(2**32) if IS_LARGE else 1,
    "suppress-health-check": ["all"],
    "generation": {
        "max-examples": 200 if IS_LARGE else 5,
        "database": "none",
        "with-security-parameters": False,
    },
    "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
    "checks": {
        # A valid request can name another user's row, or one in the wrong status or version.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "304", "403", "404", "409", "412"]
        },
        # Stricter than the default: a 403 or 409 is not a reason to refuse an invalid request.
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "404", "405", "415", "422"]
        },
    },
}
#: The length of a text is checked after it is trimmed (rule T4), unlike ``maxLength``.
LIMITS = {
    "subject": 200,
    "description": 20_000,
    "department": 100,
    "text": 20_000,
    "search": 200,
    "tag": 40,
}

pytestmark = pytest.mark.slow


def load_schema():
    """Load the document, which is the same on every database."""
    host = create_host("sqlite://", SUPPORT_TICKETS_API_DOCS=True)
    with host.app_context():
        db.create_all()
        db.session.add(User(username="bob"))
        db.session.commit()
    return schemathesis.openapi.from_wsgi(
        "/api/tickets/openapi.json",
        host,
        headers={"Authorization": "Bearer bob"},
        config=SchemathesisConfig.from_dict(CONFIG),
    )


schema = load_schema()


@pytest.fixture
def rows(alice, bob, mona, make_ticket, make_comment, make_upload):
    """Make tickets of alice and bob in each status, with comments and files; return their ids."""
    found = SimpleNamespace(tickets=[], comments=[], files=[], staff=mona.id)
    for owner in (alice, bob):
        for status in TicketStatus:
            upload = make_upload(owner, data=b"A file of " + owner.username.encode())
            found.files.append((upload.storage_key, upload.filename))
            content = {"subject": owner.username, "attachment_urls": [upload.path]}
            ticket = make_ticket(status, owner=owner, **content)
            found.tickets.append(ticket.id)
            if status is TicketStatus.InProgress:
                comment = make_comment(ticket, mona, f"A comment for {owner.username}")
                reply = make_comment(ticket, owner, parent=comment)
                found.comments += [comment.id, reply.id]
    return found


def versions_of_tickets(user):
    """Return the version of each ticket of ``user``; every change makes a new version."""
    db.session.rollback()
    query = db.select(tickets.Ticket).filter_by(user_id=user.id)
    return {ticket.id: ticket.version for ticket in db.session.scalars(query)}


def valid_parts(case):
    return {place for place, part in case.meta.components.items() if part.mode.is_positive}


def leave_out(case, parameters, fields):
    """Remove what this user always gets 422 for from the valid parts, as descriptions say."""
    valid = valid_parts(case)
    if ParameterLocation.QUERY in valid:
        for name in parameters:
            (case.query or {}).pop(name, None)
    if ParameterLocation.BODY in valid and isinstance(case.body, dict):
        for name in fields:
            case.body.pop(name, None)


def aim_at_existing_rows(case, rows):
    """Replace what no schema can describe in the valid parts of a request, and in the texts."""
    valid = valid_parts(case)
    number = crc32(repr((case.path_parameters, case.query, case.body)).encode())
    if ParameterLocation.PATH in valid:
        for name, ids in (("ticket_id", rows.tickets), ("comment_id", rows.comments)):
            if name in case.path_parameters:
                case.path_parameters[name] = ids[number % len(ids)]
        if "key" in case.path_parameters:
            key, filename = rows.files[number % len(rows.files)]
            case.path_parameters.update(key=key, filename=filename)
    if ParameterLocation.QUERY in valid and "cursor" in case.query:
        case.query.pop("order", None)
    if ParameterLocation.HEADER in valid and number % 2:
        case.headers.pop("If-Match", None)
    if ParameterLocation.BODY in valid and isinstance(case.body, dict):
        case.body = aim_body(dict(case.body), rows, number)
    elif isinstance(case.body, dict) and not isinstance(case.body.get("file", ""), str):
        case.body["file"] = ""  # a form would send null or a number as text, which is a valid file
    for values in (case.query, case.body):
        if isinstance(values, dict):
            long = [name for name, limit in LIMITS.items() if len(str(values.get(name))) > limit]
            values.update({name: "x" * len(str(values[name])) for name in long})


def aim_body(body, rows, number):
    if "ticketId" in body:
        body["ticketId"] = rows.tickets[number % len(rows.tickets)]
        body.pop("parentCommentId", None)
    if body.get("assignedToUserId") is not None:
        body["assignedToUserId"] = rows.staff
    if body.get("attachmentUrls"):
        body["attachmentUrls"] = [
            "https://example.org/log" if url.strip().startswith("/") else url
            for url in body["attachmentUrls"]
        ]
    if "file" in body:
        body["file"] = "%PDF-1.4\n%%EOF\n"
    return body


def send(case, app, user):
    """Send a request, apply every check of Schemathesis, and return the answer."""

    def isolated(environ, start_response):  # or else Flask-Login finds the last user again
        return contextvars.Context().run(app, environ, start_response)

    return case.call_and_validate(app=isolated, headers={"Authorization": f"Bearer {user}"})


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@schema.parametrize()
def test_user_gets_documented_answers_and_nothing_of_other_users(case, app, alice, rows):
    before = versions_of_tickets(alice)
    aim_at_existing_rows(case, rows)
    leave_out(case, STAFF_FILTERS.values(), ["priority", "tags", "isInternal"])
    answer = send(case, app, "bob")
    assert answer.status_code >= 400 or "alice" not in answer.text
    assert versions_of_tickets(alice) == before


@on_postgresql
@schema.parametrize()
def test_staff_get_documented_answers(case, app, rows):
    aim_at_existing_rows(case, rows)
    leave_out(case, [], ["description", "attachmentUrls"] if case.method == "PATCH" else [])
    send(case, app, "mona")
