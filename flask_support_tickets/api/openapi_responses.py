"""Describe each operation's success and error responses in the OpenAPI document."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from marshmallow import Schema

from ..schemas.fields import named_schema
from ..services.attachments.previews import CONTENT_TYPE
from .errors import STATUS_BY_CODE, ApiError
from .operation import OPERATIONS, Operation

#: A file, for tools that read ``format`` and for tools that follow JSON Schema 2020-12.
FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}

#: Error codes that every operation can return.
_COMMON_CODES = (
    "not_authenticated", "feature_not_licensed", "invalid", "too_many_requests", "unavailable",
)  # fmt: skip
_WRITE_CODES = ("cross_site_request", "malformed_json", "too_large", "unsupported_media_type")
#: Error codes whose responses include the ticket's current status.
_CODES_WITH_STATUS = ("invalid_transition", "comments_not_allowed", "precondition_failed")
#: Descriptions for error codes whose messages come from use cases.
_DESCRIPTIONS = {
    "invalid": "Some values are invalid; `fields` has the messages.",
    "invalid_transition": "The ticket's status does not allow the action.",
    "comments_not_allowed": "The ticket's status does not allow comments.",
    "idempotency_conflict": "The key was used for a different request.",
    "precondition_failed": "The ticket does not match `If-Match`.",
    "storage_full": "There is no room for files.",
}
_HEADERS: dict[int, tuple[str, ...]] = {
    304: ("ETag",),
    401: ("WWW-Authenticate",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def name_of(schema: type[Schema] | Schema) -> str:
    """Return the name of a marshmallow schema in the document."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def responses_of(operation: Operation) -> dict[str, Any]:
    """Describe the possible responses for ``operation``, keyed by HTTP status."""
    responses: dict[str, Any] = {}
    if operation.response is None:
        responses |= _file_responses()
    else:
        names = ("ETag",) if operation.has_etag or operation.method in ("PUT", "PATCH") else ()
        schema = named_schema(_success_name(operation.response))
        responses[str(operation.status)] = _response("Success.", operation.status, schema, names)
    if operation.has_etag:
        responses["304"] = _response("The ETag in If-None-Match is current.", 304)
    codes = sorted(_codes(operation), key=lambda code: STATUS_BY_CODE[code])
    for status, same in groupby(codes, lambda code: STATUS_BY_CODE[code]):
        responses[str(status)] = _error_response(status, list(same))
    return dict(sorted(responses.items()))


def _error_response(status: int, codes: list[str]) -> dict[str, Any]:
    texts = [f"`{code}`: {_DESCRIPTIONS.get(code) or ApiError(code).message}" for code in codes]
    variants = [named_schema(_error_name(code)) for code in codes]
    schema = variants[0] if len(variants) == 1 else {"oneOf": variants}
    return _response(" ".join(texts), status, schema)


def _codes(operation: Operation) -> list[str]:
    codes = [*_COMMON_CODES, *operation.refusals]
    if operation.method != "GET":
        codes += _WRITE_CODES
    if "<" in operation.rule:
        codes.append("not_found")
    if operation.is_idempotent:
        codes.append("idempotency_conflict")
    if operation.takes_file:
        codes.append("storage_full")
    return list(dict.fromkeys(codes))


def _file_responses() -> dict[str, Any]:
    # Files have their own types. Generators look for the generic one.
    types = ("application/octet-stream", CONTENT_TYPE, "*/*")
    content: dict[str, Any] = {each: {"schema": FILE} for each in types}
    location = {
        "required": True,
        "description": "A signed URL of the object store.",
        "schema": {"type": "string", "format": "uri"},
    }
    redirect = {"description": "A temporary URL of the file.", "headers": {"Location": location}}
    return {
        "200": {"description": "The file.", "content": content},
        "206": {"description": "The requested range.", "content": content},
        "302": redirect,
    }


def success_schemas() -> dict[str, Any]:
    """Return the schemas for all successful responses, such as ``TicketResponse``."""
    data = {each.response for each in OPERATIONS if each.response is not None}
    success = {"type": "boolean", "const": True}
    return {
        _success_name(kind): _object({"success": success, "data": named_schema(name_of(kind))})
        for kind in data
    }


def _success_name(kind: type[Schema]) -> str:
    return f"{name_of(kind)}Response"


def error_schemas() -> dict[str, Any]:
    """Return the schemas for all error codes, such as ``InvalidError`` and its details."""
    schemas = {}
    for code in STATUS_BY_CODE:
        name, success = _error_name(code), {"type": "boolean", "const": False}
        schemas[name] = _object({"success": success, "error": named_schema(f"{name}Details")})
        schemas[f"{name}Details"] = _object(_error_details(code))
    return schemas


def _error_name(code: str) -> str:
    return "".join(word.capitalize() for word in code.removesuffix("_error").split("_")) + "Error"


def _error_details(code: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "code": {"type": "string", "const": code},
        "message": {"type": "string"},
    }
    if code == "invalid":
        texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        properties["fields"] = {"type": "object", "additionalProperties": texts}
    if code in _CODES_WITH_STATUS:
        properties["status"] = named_schema("TicketStatus")
    return properties


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _response(
    description: str, status: int, schema: Any = None, names: tuple[str, ...] = ()
) -> dict[str, Any]:
    response: dict[str, Any] = {"description": description}
    if schema is not None:
        response["content"] = {"application/json": {"schema": schema}}
    names = (*names, *_HEADERS.get(status, ()))
    if names:
        response["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    return response
