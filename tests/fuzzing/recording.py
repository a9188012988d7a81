"""Run the session, and write its answers down so that two databases can be compared."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from flask import Flask
from werkzeug.test import TestResponse

from flask_support_tickets.errors import StorageFull, Unavailable
from flask_support_tickets.storage import FileStore

from .session import Step

#: The headers that are promised.
HEADERS = (
    "Content-Type", "Cache-Control", "Vary", "ETag", "Allow", "WWW-Authenticate", "Retry-After",
    "Content-Disposition", "Content-Range", "Accept-Ranges", "Content-Security-Policy",
    "X-Content-Type-Options", "Location", "Set-Cookie",
)  # fmt: skip
#: What differs from run to run, and what to call it.
CHANGING = {
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "key": re.compile(r"\b[0-9a-f]{40}\b"),
    "tag": re.compile(r"\b[0-9a-f]{32}\b"),
}
#: Whose id stands under a name.
IDS = {
    "ticketId": "ticket", "parentCommentId": "comment", "commentId": "comment",
    "userId": "user", "assignedToUserId": "user", "nextCursor": "cursor",
}  # fmt: skip
#: What a row is, by a name that only such rows have.
KINDS = {"subject": "ticket", "text": "comment", "toStatus": "event"}


class Recorder:
    """Sends steps, keeps what later ones need, and tells each answer in lasting words."""

    def __init__(self, app: Flask, people: dict[str, int]) -> None:
        self.app = app
        self.kept: dict[str, Any] = dict(people)
        #: What each changing thing is called, by its kind and itself.
        self.names: dict[tuple[str, Any], str] = {}

    def record(self, step: Step) -> dict[str, Any]:
        """Send one request and return what was asked and answered."""
        with self._fault(step.fault):
            answer = self._send(step)
        if step.keep:
            self._keep(step.keep, answer)
        asked = f"{step.who or 'nobody'}: {step.method} {step.url}"
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        if "Allow" in headers:  # in any order
            headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
        if answer.status_code == 429:  # it counts down
            assert 3_500 < int(headers["Retry-After"]) <= 3_600
            headers["Retry-After"] = "an hour"
        return {
            "asked": f"{asked} ({step.fault})" if step.fault else asked,
            "status": answer.status_code,
            "headers": self._lasting(headers),
            "body": self._lasting(answer.json if answer.is_json and answer.data else answer.text),
        }

    def _send(self, step: Step) -> TestResponse:
        headers = {name: self._filled(value) for name, value in step.headers.items()}
        if step.who is not None:
            headers["Authorization"] = f"Bearer {step.who}"
        options: dict[str, Any] = {"method": step.method, "headers": headers}
        if step.json is not None:
            options["json"] = self._filled(step.json)
        elif step.file is not None:
            name, data = step.file
            options["data"] = {"file": (io.BytesIO(data), name)}
        elif step.data is not None:
            options["data"] = step.data
            headers.setdefault("Content-Type", "application/json")
        client = self.app.test_client()
        if cookie := headers.pop("Cookie", None):  # the client sends its own jar instead
            client.set_cookie(*cookie.split("="))
        return client.open(self._filled(step.url), **options)

    def _keep(self, name: str, answer: TestResponse) -> None:
        data = answer.json["data"]
        self.kept[name] = data.get("id", data.get("url"))
        self.kept[f"{name}.etag"] = answer.headers.get("ETag")
        self.kept[f"{name}.cursor"] = data.get("nextCursor")

    def _filled(self, value: Any) -> Any:
        """Return what a step sends, with what was kept in place of ``$name``."""
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, str):
            return value
        if value[1:] in self.kept and value[0] == "$":
            return self.kept[value[1:]]
        return re.sub(r"\$([a-z]+(\.[a-z]+)?)", lambda found: str(self.kept[found[1]]), value)

    def _lasting(self, value: Any, kind: str = "") -> Any:
        """Return an answer with names in place of ids, times, keys and tags."""
        if isinstance(value, dict):
            own = next((KINDS[name] for name in KINDS if name in value), "")
            return {
                name: self._lasting(each, own if name == "id" else IDS.get(name, ""))
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._lasting(each) for each in value]
        if kind and value is not None:
            return self._name(kind, value)
        if isinstance(value, str):
            for what, pattern in CHANGING.items():
                value = pattern.sub(lambda found, what=what: self._name(what, found[0]), value)
        return value

    def _name(self, kind: str, value: Any) -> str:
        """Return the name of a thing: its kind, and a number in the order of appearance."""
        number = sum(each == kind for each, _ in self.names) + 1
        return self.names.setdefault((kind, value), f"{kind} {number}")

    @contextmanager
    def _fault(self, fault: str) -> Iterator[None]:
        if fault == "full":
            with mock.patch.object(FileStore, "write", side_effect=StorageFull()):
                yield
        elif fault == "busy":
            with mock.patch.object(FileStore, "open", side_effect=Unavailable()):
                yield
        else:
            self.app.config["supportTickets"] = fault != "unlicensed"
            yield
            self.app.config["supportTickets"] = True
