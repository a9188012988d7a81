"""One operation of the API, declared once for its requests and for the OpenAPI document.

Identifying the user, parsing the request and making the response happen here; a view does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Response
from marshmallow import Schema

from ..schemas.queries import NoQuery
from ..web.identity import require_actor
from ..web.request_limits import accepts_files
from .blueprint import api
from .json_response import json_response
from .request_parsing import parse, read_upload

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """What an address takes and answers."""

    method: str
    #: Flask's rule, below ``/api``.
    rule: str
    view: Callable[..., Any]
    #: What ``data`` of a success is; None where the answer is no JSON of ours.
    answer: type[Schema] | None
    status: int = 200
    query: type[Schema] = NoQuery
    body: type[Schema] | None = None
    #: Error codes beyond those that every operation has.
    refusals: tuple[str, ...] = ()
    #: Whether the body is one file.
    takes_file: bool = False
    #: Whether ``If-None-Match`` is answered by 304.
    has_etag: bool = False

    @property
    def is_idempotent(self) -> bool:
        """Whether an ``Idempotency-Key`` is heeded."""
        return self.method == "POST"


#: Every operation, in the order of declaration.
OPERATIONS: list[Operation] = []


def operation(
    method: str, rule: str, answer: type[Schema] | None, **declared: Any
) -> Callable[[V], V]:
    """Serve a view at ``rule``; it returns JSON-ready data, or a response of its own."""

    def register(view: V) -> V:
        declaration = Operation(method, rule, view, answer, **declared)

        @wraps(view)
        def serve(**path: str) -> Response:
            actor = require_actor()
            # The body goes first: 415, 413 and 400 come before 422 in the order of checks.
            body = parse(declaration.body, "json") if declaration.body else {}
            if declaration.takes_file:
                body = {"uploads": [read_upload("file")]}
            query = parse(declaration.query, "query")
            answered = view(actor=actor, **path, **body, **query)
            if isinstance(answered, Response):
                return answered
            return success(answered, declaration.status)

        if declaration.takes_file:
            accepts_files(serve)
        api.add_url_rule(rule, view_func=serve, methods=[method])
        OPERATIONS.append(declaration)
        return view

    return register


def success(data: Any, status: int = 200) -> Response:
    """Return ``data`` in the one shape of a success."""
    return json_response({"success": True, "data": data}, status)
