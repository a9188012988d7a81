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

from ..current import current_tickets
from ..i18n import SOURCE, use_language
from ..models.attachment import KEY_PATTERN
from ..schemas.fields import ID_MAX, complete
from ..schemas.requests import StatusBody
from ..schemas.responses import OPTIONAL_KEYS
from .openapi_responses import error_schemas, responses_of
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


@use_language(SOURCE)  # because the descriptions are in English
def make_document(*, script_root: str = "") -> dict[str, Any]:
    """Return the current app's OpenAPI document, with ``script_root`` as the server URL."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name_of)
    spec = APISpec(
        title="Support Tickets",
        version=version("flask_support_tickets"),
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "Open, follow and resolve support tickets."},
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
    hidden = {field.key for field in current_tickets.ticket_fields if field.requester is None}
    optional = OPTIONAL_KEYS | hidden
    for name, schema in schemas.items():
        if not name.endswith("Body"):  # responses have all declared keys and no others
            schema["required"] = sorted(schema["properties"].keys() - optional)
            schema["additionalProperties"] = False
    return document


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": (operation.view.__doc__ or "").rstrip(".").replace("``", ""),
        "tags": [operation.rule.split("/")[1]],
        "parameters": [*_path_parameters(operation), *_queries(operation), *_headers(operation)],
        "responses": responses_of(operation),
    }
    content: dict[str, Any] = {}
    if operation.takes_file:
        content = {"multipart/form-data": {"schema": _FILE_FORM}}
    elif operation.body is not None:
        content = {"application/json": {"schema": complete(operation.body)}}
    return described | ({"requestBody": {"required": True, "content": content}} if content else {})


def _path_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"<(\w+)>", operation.rule):
        yield {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMETERS[name]}


def _queries(operation: Operation) -> list[dict[str, Any]]:
    parameters = []
    for name, field in complete(operation.query)().fields.items():
        if hasattr(field, "openapi"):
            schema = field.openapi()
        else:
            schema = {"type": "string", "enum": list(field.validate.choices)}  # type: ignore[union-attr]
        if field.load_default is not None and field.load_default != ():
            schema = {**schema, "default": field.load_default}
        location = {"name": field.data_key or name, "in": "query", "allowEmptyValue": True}
        parameters.append({**location, "schema": schema})
    return parameters


def _headers(operation: Operation) -> Iterable[dict[str, Any]]:
    def header(name: str, description: str, **schema: str) -> dict[str, Any]:
        schema = {"type": "string", **schema}
        return {"name": name, "in": "header", "description": description, "schema": schema}

    if operation.has_etag:
        yield header("If-None-Match", "Respond with 304 if nothing has changed.")
    if "precondition_failed" in operation.refusals:
        yield header("If-Match", "Refuse the request if the ticket has changed.")
    if operation.is_idempotent:
        pattern = "^[!-~]([ -~]{0,253}[!-~])?$"
        yield header("Idempotency-Key", "Repeat the first response to this key.", pattern=pattern)


def _own_field(
    _converter: Any, field: Any, ret: dict[str, Any] | None = None, **_: Any
) -> dict[str, Any]:
    """Return the JSON Schema for a custom marshmallow field; empty for other fields."""
    if not hasattr(field, "openapi"):
        return {}
    described: dict[str, Any] = dict(field.openapi())
    if field.allow_none:
        if "enum" in described:
            described["enum"] = [*described["enum"], None]
        described["type"] = [described["type"], "null"]
    return described


def _name_of(schema: type[Schema] | Schema) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")
