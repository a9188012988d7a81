"""Generate the OpenAPI 3.1 document from the declared operations and schemas (rule J4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app
from marshmallow import missing

from ..i18n import SOURCE, use_language
from ..models.attachment import KEY_PATTERN
from ..schemas.fields import ID_MAX, complete, named_schema
from ..schemas.webhooks import WebhookPayloadSchema
from ..ticket_field import FilterValue
from ..webhook_settings import EVENT_TYPES
from .openapi_responses import name_of, responses_of
from .openapi_schemas import complete_schemas, describe_field, name_choices
from .operation import OPERATIONS, Operation

_PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "ticket_id": {"type": "integer", "minimum": 1, "maximum": ID_MAX},
    "comment_id": {"type": "integer", "minimum": 1, "maximum": ID_MAX},
    "key": {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
    "filename": {"type": "string", "pattern": "^[^/]+$"},
}


@use_language(SOURCE)  # because the descriptions are in English
def make_document(*, script_root: str = "") -> dict[str, Any]:
    """Return the current app's OpenAPI document, with ``script_root`` as the server URL."""
    plugin = MarshmallowPlugin(schema_name_resolver=name_of)
    spec = APISpec(
        title="Support Tickets",
        version=version("flask_support_tickets"),
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "Open, follow and resolve support tickets."},
        servers=[{"url": script_root or "/"}],
        security=[{"session": []}, {"token": []}],
    )
    plugin.converter.add_attribute_function(describe_field)  # type: ignore[union-attr]
    session_cookie = current_app.session_interface.get_cookie_name(current_app)
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": session_cookie},
        "token": {"type": "http", "scheme": "bearer"},
    }
    for name, scheme in schemes.items():
        spec.components.security_scheme(name, scheme)
    for operation in OPERATIONS:
        path = "/api" + re.sub(r"<(\w+)>", r"{\1}", operation.rule)
        described = _describe(operation, plugin.converter)
        spec.path(path=path, operations={operation.method.lower(): described})
    for kind in dict.fromkeys(each.response for each in OPERATIONS if each.response is not None):
        if name_of(kind) not in spec.components.schemas:  # a nested schema is already there
            spec.components.schema(name_of(kind), schema=complete(kind))
    spec.components.schema(name_of(WebhookPayloadSchema), schema=WebhookPayloadSchema)
    document: dict[str, Any] = spec.to_dict()
    complete_schemas(document["components"]["schemas"])
    document["webhooks"] = {name: _describe_webhook() for name in EVENT_TYPES}
    name_choices(document)
    return document


def _describe(operation: Operation, converter: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": (operation.view.__doc__ or "").rstrip(".").replace("``", ""),
        "tags": [operation.rule.split("/")[1]],
        "parameters": [
            *_path_parameters(operation),
            *_queries(operation, converter),
            *_headers(operation),
        ],
        "responses": responses_of(operation),
    }
    content: dict[str, Any] = {}
    if operation.takes_file:
        content = {"multipart/form-data": {"schema": named_schema("NewAttachmentBody")}}
    elif operation.body is not None:
        content = {"application/json": {"schema": complete(operation.body)}}
    return described | ({"requestBody": {"required": True, "content": content}} if content else {})


def _describe_webhook() -> dict[str, Any]:
    content = {"application/json": {"schema": named_schema(name_of(WebhookPayloadSchema))}}
    done = {"2XX": {"description": "Any other status is repeated later, except for 410."}}
    body = {"required": True, "content": content}
    return {"post": {"requestBody": body, "responses": done, "security": []}}


def _path_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"<(\w+)>", operation.rule):
        yield {"name": name, "in": "path", "required": True, "schema": _PATH_PARAMETERS[name]}


def _queries(operation: Operation, converter: Any) -> Iterable[dict[str, Any]]:
    for name, field in complete(operation.query)().fields.items():
        declared = copy(field.declared.field if isinstance(field, FilterValue) else field)
        declared.allow_none, declared.load_default = False, missing
        schema = converter.field2property(declared)
        description = schema.pop("description", None)
        if field.load_default is not None and field.load_default != ():
            schema["default"] = field.load_default
        parameter = {"name": field.data_key or name, "in": "query", "allowEmptyValue": True}
        yield parameter | ({"description": description} if description else {}) | {"schema": schema}


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
