"""The responses in the OpenAPI document: the success and each error with its code."""

from __future__ import annotations

from typing import Any

from ..schemas.fields import complete
from ..services.attachments.previews import CONTENT_TYPE
from .errors import STATUS_BY_CODE, ApiError
from .operation import Operation

#: Any operation can be refused with these.
_EVERYWHERE = (
    "not_authenticated", "feature_not_licensed", "invalid", "too_many_requests", "unavailable",
)  # fmt: skip
_OF_WRITES = ("cross_site_request", "malformed_json", "too_large", "unsupported_media_type")
#: Codes that tell the ticket's current status.
_WITH_STATUS = frozenset({"invalid_transition", "comments_not_allowed", "precondition_failed"})
#: Sentences for codes whose message comes from the use case.
_OF_USE_CASES = {
    "invalid": "a value is not acceptable; `fields` says which and why.",
    "invalid_transition": "not in this status.",
    "comments_not_allowed": "no comment in this status.",
    "idempotency_conflict": "the key was used for another request.",
    "precondition_failed": "the ticket is not what `If-Match` names.",
    "storage_full": "there is no room for files.",
}
_HEADERS: dict[int, tuple[str, ...]] = {
    304: ("ETag",),
    401: ("WWW-Authenticate",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def answers_of(operation: Operation) -> dict[str, Any]:
    """Return the responses of ``operation``, by HTTP status."""
    answers: dict[str, Any] = {}
    if operation.answer is None:
        answers |= _file_answers()
    else:
        schema = {
            "type": "object",
            "properties": {"success": {"const": True}, "data": complete(operation.answer)},
            "required": ["success", "data"],
            "additionalProperties": False,
        }
        names = ("ETag",) if operation.has_etag or operation.method == "PUT" else ()
        answers[str(operation.status)] = _response("Success.", operation.status, schema, names)
    if operation.has_etag:
        answers["304"] = _response("What If-None-Match names is still current.", 304)
    for code in _codes(operation):
        status = STATUS_BY_CODE[code]
        known = answers.setdefault(str(status), _response("", status, {"oneOf": []}))
        variants = known["content"]["application/json"]["schema"]["oneOf"]
        variants.append({"$ref": f"#/components/schemas/{_name_of(code)}"})
        words = _OF_USE_CASES.get(code) or ApiError(code).message
        known["description"] = f"{known['description']} `{code}`: {words}".strip()
    return dict(sorted(answers.items()))


def _codes(operation: Operation) -> list[str]:
    codes = [*_EVERYWHERE, *operation.refusals]
    if operation.method != "GET":
        codes += _OF_WRITES
    if "<" in operation.rule:
        codes.append("not_found")
    if operation.is_idempotent:
        codes.append("idempotency_conflict")
    if operation.takes_file:
        codes.append("storage_full")
    return list(dict.fromkeys(codes))


def _file_answers() -> dict[str, Any]:
    content: dict[str, Any] = {"*/*": {"schema": {}}, CONTENT_TYPE: {"schema": {}}}
    return {
        "200": {"description": "The bytes.", "content": content},
        "206": {"description": "The part that was asked for.", "content": content},
        "302": {
            "description": "Where the bytes are, for a short time.",
            "headers": {
                "Location": {
                    "required": True,
                    "description": "A signed address of the object store.",
                    "schema": {"type": "string", "format": "uri"},
                }
            },
        },
    }


def error_schemas() -> dict[str, Any]:
    """Return the schema of each error code, by its name in the document."""
    return {_name_of(code): _error_schema(code) for code in STATUS_BY_CODE}


def _name_of(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_")) + "Error"


def _error_schema(code: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"code": {"const": code}, "message": {"type": "string"}}
    if code == "invalid":
        texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        properties["fields"] = {"type": "object", "additionalProperties": texts}
    if code in _WITH_STATUS:
        properties["status"] = {"type": "integer", "minimum": 0, "maximum": 3}
    return {
        "type": "object",
        "properties": {
            "success": {"const": False},
            "error": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }


def _response(
    words: str, status: int, schema: Any = None, names: tuple[str, ...] = ()
) -> dict[str, Any]:
    response: dict[str, Any] = {"description": words}
    if schema is not None:
        response["content"] = {"application/json": {"schema": schema}}
    names = (*names, *_HEADERS.get(status, ()))
    if names:
        response["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    return response
