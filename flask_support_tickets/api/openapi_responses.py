"""Describe each operation's success and error responses in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from ..schemas.fields import complete
from ..services.attachments.previews import CONTENT_TYPE
from .errors import STATUS_BY_CODE, ApiError
from .operation import Operation

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


def responses_of(operation: Operation) -> dict[str, Any]:
    """Describe the possible responses for ``operation``, keyed by HTTP status."""
    responses: dict[str, Any] = {}
    if operation.response is None:
        responses |= _file_responses()
    else:
        properties = {"success": {"const": True}, "data": complete(operation.response)}
        names = ("ETag",) if operation.has_etag or operation.method == "PUT" else ()
        status, schema = operation.status, _object(properties)
        responses[str(status)] = _response("Success.", status, schema, names)
    if operation.has_etag:
        responses["304"] = _response("The ETag in If-None-Match is current.", 304)
    for code in _codes(operation):
        status = STATUS_BY_CODE[code]
        response = responses.setdefault(str(status), _response("", status, {"oneOf": []}))
        variants = response["content"]["application/json"]["schema"]["oneOf"]
        variants.append({"$ref": f"#/components/schemas/{_name_of(code)}"})
        text = _DESCRIPTIONS.get(code) or ApiError(code).message
        response["description"] = f"{response['description']} `{code}`: {text}".strip()
    return dict(sorted(responses.items()))


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
    content: dict[str, Any] = {"*/*": {"schema": {}}, CONTENT_TYPE: {"schema": {}}}
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


def error_schemas() -> dict[str, Any]:
    """Return the schemas for all error codes, keyed by the schemas' names in the document."""
    return {_name_of(code): _error_schema(code) for code in STATUS_BY_CODE}


def _name_of(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_")) + "Error"


def _error_schema(code: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"code": {"const": code}, "message": {"type": "string"}}
    if code == "invalid":
        texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        properties["fields"] = {"type": "object", "additionalProperties": texts}
    if code in _CODES_WITH_STATUS:
        properties["status"] = {"type": "integer", "minimum": 0, "maximum": 3}
    error = {"success": {"const": False}, "error": _object(properties)}
    return {"type": "object", "properties": error}


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
