"""A recorded session: the API gives the same answers on every database and in every release.

Case 103. Rule J4.

After an intended change of an answer, ``SUPPORT_TICKETS_TESTS_RECORD=yes`` writes
``answers.json`` again, from SQLite.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import pytest
import schemathesis
from fsspec.implementations.local import LocalFileSystem

from flask_support_tickets.api.errors import STATUS_BY_CODE
from flask_support_tickets.api.openapi import make_document
from tests.databases import every_database

from .steps import TRANSITIONS

RECORD = Path(__file__).with_name("answers.json")
HEADERS = (
    "Content-Type", "Cache-Control", "Vary", "ETag", "Allow", "WWW-Authenticate", "Retry-After",
    "Content-Disposition", "Content-Range", "Accept-Ranges", "Content-Security-Policy",
    "X-Content-Type-Options", "Location", "Set-Cookie",
)  # fmt: skip
#: Values that differ in each run; the record has a name in their place, such as ``time 1``.
CHANGING = {
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "key": re.compile(r"\b[0-9a-f]{40}\b"),
    "tag": re.compile(r"\b[0-9a-f]{32}\b"),
}
#: The kind of row whose id is under a name.
IDS = {
    "ticketId": "ticket", "parentCommentId": "comment", "commentId": "comment",
    "userId": "user", "assignedToUserId": "user", "nextCursor": "cursor",
}  # fmt: skip
#: The kind of a row, by a name that only such rows have.
KINDS = {"subject": "ticket", "text": "comment", "toStatus": "event"}
FAULTS = {"full": errno.ENOSPC, "busy": errno.EIO}


@pytest.fixture
def host_config():
    return {
        "SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER": 2,
        "SUPPORT_TICKETS_COMMENTS_PER_HOUR": 2,
        "SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES": 1_000,
    }


class Session:
    """Sends the steps and describes each answer in values that are the same in every run."""

    def __init__(self, app, kept):
        self.app, self.kept, self.names = app, kept, {}

    def send(self, step):
        headers = {name: self.fill(value) for name, value in step.headers.items()}
        if step.who is not None:
            headers["Authorization"] = f"Bearer {step.who}"
        options = {}
        if step.json is not None:
            options["json"] = self.fill(step.json)
        elif step.file is not None:
            options["data"] = {"file": (io.BytesIO(step.file[1]), step.file[0])}
        elif step.data is not None:
            options["data"] = step.data
            headers.setdefault("Content-Type", "application/json")
        client = self.app.test_client()
        if cookie := headers.pop("Cookie", None):  # the client sends only its own cookies
            client.set_cookie(*cookie.split("="))
        with self.fault(step.fault):
            answer = client.open(
                self.fill(step.url), method=step.method, headers=headers, **options
            )
        if step.keep:
            data = answer.json["data"]
            self.kept[step.keep] = data.get("id", data.get("url"))
            self.kept[f"{step.keep}.etag"] = answer.headers.get("ETag")
            self.kept[f"{step.keep}.cursor"] = data.get("nextCursor")
        return answer

    @contextmanager
    def fault(self, fault):
        self.app.config["supportTickets"] = fault != "unlicensed"
        with ExitStack() as stack:
            if fault in FAULTS:
                error = OSError(FAULTS[fault], fault)
                stack.enter_context(mock.patch.object(LocalFileSystem, "open", side_effect=error))
            yield
        self.app.config["supportTickets"] = True

    def fill(self, value):
        """Replace each ``$name`` by what was kept under it."""
        if isinstance(value, dict):
            return {name: self.fill(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        if not isinstance(value, str):
            return value
        if value.startswith("$") and value[1:] in self.kept:
            return self.kept[value[1:]]
        return re.sub(r"\$([a-z]+(\.[a-z]+)?)", lambda found: str(self.kept[found[1]]), value)

    def describe(self, step, answer):
        asked = f"{step.who or 'nobody'}: {step.method} {step.url}"
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        if "Allow" in headers:  # in any order
            headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
        if answer.status_code == 429:
            assert 3_500 < int(headers["Retry-After"]) <= 3_600
            headers["Retry-After"] = "an hour"
        return {
            "asked": f"{asked} ({step.fault})" if step.fault else asked,
            "status": answer.status_code,
            "headers": self.name_all(headers),
            "body": self.name_all(answer.json if answer.is_json and answer.data else answer.text),
        }

    def name_all(self, value, kind=""):
        """Replace ids, times, keys and tags by names."""
        if isinstance(value, dict):
            own = next((KINDS[name] for name in KINDS if name in value), "")
            return {
                name: self.name_all(each, own if name == "id" else IDS.get(name, ""))
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self.name_all(each) for each in value]
        if kind and value is not None:
            return self.name(kind, value)
        if isinstance(value, str):
            for what, pattern in CHANGING.items():
                value = pattern.sub(lambda found, what=what: self.name(what, found[0]), value)
        return value

    def name(self, kind, value):
        number = sum(each == kind for each, _ in self.names) + 1
        return self.names.setdefault((kind, value), f"{kind} {number}")


@every_database
def test_every_answer_is_the_recorded_one_and_matches_its_schema(
    app, database, alice, bob, mona, make_user
):
    kept = {user.username: user.id for user in (alice, bob, mona)}
    kept["adam"] = make_user("adam", role="admin").id
    make_user("gone", active=False)
    session, found, reached = Session(app, kept), [], set()
    document = schemathesis.openapi.from_dict(make_document())
    for step in TRANSITIONS:
        answer = session.send(step)
        found.append(session.describe(step, answer))
        operation = document.find_operation_by_path(step.method, answer.request.path)
        if answer.status_code >= 400:
            reached.add(answer.json["error"]["code"])
        elif operation is not None:
            reached.add(operation.label)
        if operation is not None:
            assert str(answer.status_code) in operation.definition.raw["responses"], step
            if answer.data:  # a 304 has no body, and neither has an answer to HEAD
                operation.validate_response(answer)
    operations = {result.ok().label for result in document.get_all_operations()}
    assert reached == operations | STATUS_BY_CODE.keys() - {"internal_error"}
    if os.environ.get("SUPPORT_TICKETS_TESTS_RECORD") == "yes" and database == "sqlite":
        text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
        RECORD.write_text(f"{text}\n", encoding="utf-8")
    for answer, expected in zip(found, json.loads(RECORD.read_text("utf-8")), strict=True):
        assert answer == expected
