"""Generate the OpenAPI 3.1 document from the declared operations and schemas (rule J4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app
from marshmallow import Schema

from ..i18n import SOURCE, use_language
from ..models.attachment import KEY_PATTERN
from ..schemas.fields import ID_MAX, complete
from ..schemas.requests import StatusBody
from ..schemas.responses import OPTIONAL_KEYS
from .openapi_responses import answers_of, error_schemas
from .operation import OPERATIONS, Operation

_PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "ticket_id": {"type": "integer", "minimum": 1, "maximum": ID_MAX},
    "comment_id": {"type": "integer", "minimum": 1, "maximum": ID_MAX},
    "key": {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
    "filename": {"type": "string", "pattern": "^[^/]+$"},
}
_FILE_FORM = {
    "type": "object",
    "properties": {
        "file": {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "minLength": 1,
        }
    },
    "required": ["file"],
    "additionalProperties": False,
}


@use_language(SOURCE)  # as all the rest of it is
def make_document(*, script_root: str = "") -> dict[str, Any]:
    """Return the OpenAPI document of the current app, with ``script_root`` as its server."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec(
        title="Support Tickets",
        version=version("flask_support_tickets"),
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "File support tickets, follow them, and work on them."},
        servers=[{"url": script_root or "/"}],
        security=[{"session": []}, {"token": []}],
    )
    plugin.converter.add_attribute_function(_own_field)  # type: ignore[union-attr]
    session_cookie = current_app.session_interface.get_cookie_name(current_app)
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": session_cookie},
        "token": {"type": "http", "scheme": "bearer"},
    }
    for name, scheme in schemes.items():
        spec.components.security_scheme(name, scheme)
    for name, schema in error_schemas().items():
        spec.components.schema(name, schema)
    for operation in OPERATIONS:
        path = "/api" + re.sub(r"<(\w+)>", r"{\1}", operation.rule)
        spec.path(path=path, operations={operation.method.lower(): _describe(operation)})
    document: dict[str, Any] = spec.to_dict()
    schemas = document["components"]["schemas"]
    schemas["StatusBody"] = StatusBody.openapi()
    for name, schema in schemas.items():
        if not name.endswith("Body"):  # an answer has each of its keys, and no other
            schema["required"] = sorted(schema["properties"].keys() - OPTIONAL_KEYS)
            schema["additionalProperties"] = False
    return document


def _describe(operation: Operation) -> dict[str, Any]:
    words = (operation.view.__doc__ or "").strip().splitlines()
    described: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": words[0].rstrip(".").replace("``", ""),
        "tags": [operation.rule.split("/")[1]],
        "parameters": [*_path_parameters(operation), *_queries(operation), *_headers(operation)],
        "responses": answers_of(operation),
    }
    if operation.takes_file:
        content: dict[str, Any] = {"multipart/form-data": {"schema": _FILE_FORM}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.body is not None:
        content = {"application/json": {"schema": complete(operation.body)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"<(\w+)>", operation.rule):
        yield {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMETERS[name]}


def _queries(operation: Operation) -> list[dict[str, Any]]:
    """Return the query parameters; an empty one counts as absent."""
    found = []
    for name, field in complete(operation.query)().fields.items():
        describe = getattr(field, "openapi", None)
        schema = describe() if describe else _choice(field)
        if field.load_default is not None and field.load_default != ():
            schema = {**schema, "default": field.load_default}
        place = {"name": field.data_key or name, "in": "query", "allowEmptyValue": True}
        found.append({**place, "schema": schema})
    return found


def _choice(field: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(field.validate.choices)}


def _headers(operation: Operation) -> list[dict[str, Any]]:
    text: dict[str, Any] = {"type": "string"}
    found = []
    if operation.has_etag:
        found.append(("If-None-Match", "Answer 304 when nothing changed.", text))
    if "precondition_failed" in operation.refusals:
        found.append(("If-Match", "Refuse when the ticket changed meanwhile.", text))
    if operation.is_idempotent:
        key = {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"}
        found.append(("Idempotency-Key", "Give the first answer to it again.", key))
    return [
        {"name": name, "in": "header", "description": words, "schema": schema}
        for name, words, schema in found
    ]


def _own_field(
    _converter: Any, field: Any, ret: dict[str, Any] | None = None, **_: Any
) -> dict[str, Any]:
    """Let fields of our own say what they are."""
    describe = getattr(field, "openapi", None)
    if describe is None:
        return {}
    described: dict[str, Any] = dict(describe())
    if field.allow_none:  # of our fields in bodies, each has one type
        if "enum" in described:
            described["enum"] = [*described["enum"], None]
        described["type"] = [described["type"], "null"]
    return described


def _name_of(schema: type[Schema] | Schema) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")
