"""Declare API operations once, both for request handling and for the OpenAPI document."""

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
    method: str
    #: The URL rule, relative to ``/api``.
    rule: str
    view: Callable[..., Any]
    #: The schema for ``data`` in a successful response, or None if the response is a file.
    response: type[Schema] | None
    status: int = 200
    query: type[Schema] = NoQuery
    body: type[Schema] | None = None
    #: Error codes in addition to those that every operation can return.
    refusals: tuple[str, ...] = ()
    #: Whether the body is a multipart form with one file.
    takes_file: bool = False
    #: Whether the operation supports ``If-None-Match``.
    has_etag: bool = False

    @property
    def is_idempotent(self) -> bool:
        """Whether the operation supports ``Idempotency-Key``."""
        return self.method == "POST"


#: All operations, in order of declaration.
OPERATIONS: list[Operation] = []


def operation(
    method: str, rule: str, response: type[Schema] | None, **options: Any
) -> Callable[[V], V]:
    """Register a view that returns JSON-serializable data or a `Response`.

    The user is identified and the request is parsed before the view is called.
    """

    def register(view: V) -> V:
        declared = Operation(method, rule, view, response, **options)

        @wraps(view)
        def serve(**path: str) -> Response:
            actor = require_actor()
            # Parse the body first, so that 415, 413 and 400 take precedence over 422.
            body = parse(declared.body, "json") if declared.body else {}
            if declared.takes_file:
                body = {"uploads": [read_upload("file")]}
            query = parse(declared.query, "query")
            result = view(actor=actor, **path, **body, **query)
            return result if isinstance(result, Response) else success(result, declared.status)

        if declared.takes_file:
            accepts_files(serve)
        api.add_url_rule(rule, view_func=serve, methods=[method])
        OPERATIONS.append(declared)
        return view

    return register


def success(data: Any, status: int = 200) -> Response:
    """Return a successful JSON response with ``data``."""
    return json_response({"success": True, "data": data}, status)
