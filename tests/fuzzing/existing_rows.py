"""Let generated requests meet rows that exist: references are mapped, checks stay on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote
from zlib import crc32

from schemathesis import Case, HookContext
from schemathesis.core.parameters import ParameterLocation as Place
from schemathesis.generation.meta import TestPhase
from werkzeug.test import TestResponse

from flask_support_tickets.config import DEFAULT_TYPES
from flask_support_tickets.file_types import content_type_of

from .world import World

T = TypeVar("T")

#: Texts by name, and how many characters each may have.
LIMITS = {"subject": 200, "description": 20_000, "department": 100, "text": 20_000, "search": 200}


class ToExistingRows:
    """A ``before_call`` hook for the requests of one user.

    What a value is mapped to depends on the request: one seed gives the same requests again.
    Mapped are values that were generated as valid, and two kinds of invalid ones. Why each is:

    * An id or a key in a path, and ``ticketId``: three of four, or nearly all answers were 404.
    * ``parentCommentId``, ``assignedToUserId``, an upload's address: all of them, because one that
      points nowhere is refused with 422 by contract, though no schema can say so.
    * An id that is a float: ``1.0`` is an integer to JSON Schema, and none to the contract.
    * A file: the bytes of no accepted type are refused with 422, and no schema can say so.
    * An action: three of four, to one that the ticket allows now, or hardly a step succeeded.
    * ``page`` or ``order=waiting`` beside ``cursor``: refused by contract; OpenAPI cannot exclude
      one parameter by another.
    * ``If-Match`` and ``If-None-Match``: three of four, or hardly an answer was 304, or 200 to a
      ``PUT`` with a condition.
    * A text that only white space around it makes too long: the contract counts what is left when
      it is trimmed, ``maxLength`` counts all. It becomes one that is too long in either count.
    * A file that is no text: a form would carry it as one, ``null`` for instance as these four
      characters. It becomes an empty one.
    """

    def __init__(self, world: World, user: str) -> None:
        self.world = world
        self.user = user
        self.tickets = [*world.tickets["bob"], *world.tickets["alice"]]
        self.movable = world.tickets["bob"][4:6]
        self.comments = [*world.comments["bob"], *world.comments["alice"]]
        self.files = [*world.files["bob"], *world.files["alice"]]
        self.staff = [world.people["mona"], world.people["adam"]]

    def __call__(self, context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
        if case.meta is None:
            return
        # In a chain of requests, the ids of the path come from an answer before.
        if _is_valid(case, Place.PATH) and case.meta.phase.name is not TestPhase.STATEFUL:
            self._map_path(case.path_parameters, (case.query, case.body))
            if case.path.endswith("/status") and _number(case.body) % 2:
                # Bob can take one step on two tickets, and staff on others: half go to the two.
                case.path_parameters["ticket_id"] = _one_of(case.body, self.movable)
        if _is_valid(case, Place.QUERY) and {"page", "cursor"} <= set(case.query):
            del case.query["page"]
        if _is_valid(case, Place.QUERY) and "cursor" in case.query:
            case.query.pop("order", None)
        if isinstance(case.body, dict) and _is_valid(case, Place.BODY):
            case.body = self._map_body(dict(case.body))
            self._map_action(case)
        if _is_valid(case, Place.HEADER):
            self._map_conditions(case)
        for values in (case.query, case.body):
            if isinstance(values, dict):
                _make_invalid_in_deed(values)

    def _map_path(self, path: dict[str, Any], rest: Any) -> None:
        mark = dict(path), rest
        if not _number(mark) % 4:
            return
        for name, ids in (("ticket_id", self.tickets), ("comment_id", self.comments)):
            if name in path:
                path[name] = _one_of(mark, ids)
        if "key" in path:
            path["key"], name = _one_of(mark, self.files)
            path["filename"] = quote(name)

    def _map_body(self, body: dict[str, Any]) -> dict[str, Any]:
        for name in ("ticketId", "parentCommentId", "assignedToUserId"):
            if isinstance(body.get(name), float):
                body[name] = int(body[name])
        if "ticketId" in body:
            # The whole body decides: most generated ids are the same few.
            if _number(body) % 4:
                can_be = self._in_progress() if _number(body) % 2 else []
                body["ticketId"] = _one_of(body, can_be or self.tickets)
            if body.get("parentCommentId") is not None:
                comments = self.world.comments_to_reply_to(body["ticketId"])
                parent = _one_of(body["parentCommentId"], comments) if comments else None
                body["parentCommentId"] = parent
        if isinstance(body.get("assignedToUserId"), int):
            body["assignedToUserId"] = _one_of(body["assignedToUserId"], self.staff)
        if body.get("attachmentUrls"):
            body["attachmentUrls"] = self._map_urls(body["attachmentUrls"])
        if "file" in body:
            body["file"] = _accepted(body["file"])
        return body

    def _in_progress(self) -> list[int]:
        """Return the tickets that the user may comment on, else hardly a comment succeeded."""
        query = {"status": "InProgress"}
        credentials = {"Authorization": f"Bearer {self.user}"}
        answer = self.world.client().get("/api/tickets", query_string=query, headers=credentials)
        return [ticket["id"] for ticket in answer.json["data"]["tickets"]]

    def _map_urls(self, urls: Sequence[str]) -> list[str]:
        """Return the addresses with an upload of the user's in place of the first that names one,
        and links in place of the others.
        """
        places = [place for place, url in enumerate(urls) if url.strip().startswith("/")]
        mapped = [
            f"https://example.org/{place}" if place in places else url
            for place, url in enumerate(urls)
        ]
        if places:
            mapped[places[0]] = self.world.upload(self.user)
        return mapped

    def _map_action(self, case: Case) -> None:
        mark = case.formatted_path, case.body
        if not case.path.endswith("/status") or not _number(mark) % 4:
            return
        data = (self._read(case).json or {}).get("data", {})
        actions = [action for action in data.get("allowedActions", ()) if action != "Comment"]
        if actions:
            action = _one_of(mark, actions)
            case.body = {"action": action, "assignedToUserId": _one_of(mark, self.staff)}

    def _map_conditions(self, case: Case) -> None:
        for name in ("If-Match", "If-None-Match"):
            given = case.headers.get(name)
            mark = case.formatted_path, given, case.query, case.body
            if given is not None and _number(mark) % 4:
                query = case.query if name == "If-None-Match" else None
                case.headers[name] = self._read(case, query).headers.get("ETag", given)

    def _read(self, case: Case, query: Any = None) -> TestResponse:
        """Read, as the user, what a request is about to read or to change."""
        path = case.formatted_path.removesuffix("/status")
        credentials = {"Authorization": f"Bearer {self.user}"}
        return self.world.client().get(path, query_string=query, headers=credentials)


def _is_valid(case: Case, place: Place) -> bool:
    assert case.meta is not None
    component = case.meta.components.get(place)
    return component is not None and component.mode.is_positive


def _number(value: Any) -> int:
    return crc32(repr(value).encode())


def _one_of(value: Any, choices: Sequence[T]) -> T:
    return choices[_number(value) // 4 % len(choices)]


def _accepted(file: str) -> str:
    """Return the file if it is of an accepted type, else one that is."""
    stream = io.BytesIO(file.encode())
    is_accepted = content_type_of(stream, "file", DEFAULT_TYPES) is not None
    return file if is_accepted and _number(file) % 4 else "%PDF-1.4\n%%EOF\n"


def _make_invalid_in_deed(values: dict[str, Any]) -> None:
    for name, limit in LIMITS.items():
        text = values.get(name)
        if isinstance(text, str) and len(text) > limit >= len(text.strip()):
            values[name] = "x" * len(text)
    if "file" in values and not isinstance(values["file"], str):
        values["file"] = ""
