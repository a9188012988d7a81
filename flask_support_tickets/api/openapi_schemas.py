"""Name and complete the schemas of the OpenAPI document, for readable generated clients."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from ..current import current_tickets
from ..models import Action, TicketPriority, TicketStatus
from ..models.status import NOTE
from ..schemas.fields import ME, NOBODY, named_schema
from ..schemas.requests import StatusBody
from ..schemas.responses import OPTIONAL_KEYS
from ..services import TicketOrder
from ..services.attachments.previews import VARIANTS
from ..webhook_settings import EVENT_TYPES
from .openapi_responses import FILE, error_schemas, success_schemas

#: The enumerations of which responses contain both values and names.
_NUMBERS: Sequence[type[IntEnum]] = (TicketPriority, TicketStatus)
#: The schemas for enumerations of strings.
_ENUMS: dict[str, Sequence[str]] = {
    "AllowedAction": ("Comment", NOTE, "Edit", *Action),
    "AssigneeKeyword": (ME, NOBODY),
    "ImageVariant": tuple(VARIANTS),
    "TicketOrder": tuple(TicketOrder),
    "WebhookType": EVENT_TYPES,
}
_FIELD_CHANGE = {
    "type": "object",
    "properties": {"from": {}, "to": {}},
    "additionalProperties": False,
}
_NEW_ATTACHMENT = {
    "type": "object",
    "properties": {"file": {**FILE, "minLength": 1}},
    "required": ["file"],
    "additionalProperties": False,
}


def describe_field(_converter: Any, field: Any, ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Return the schema of a custom field, or the reference that a field has, or ``{}``."""
    if "schema" in field.metadata:
        for name in ("enum", "type", "additionalProperties"):  # the named schema has them
            ret.pop(name, None)
        return _optional(named_schema(field.metadata["schema"]), field.allow_none)
    if not hasattr(field, "openapi"):
        return {}
    described: dict[str, Any] = dict(field.openapi())
    if field.allow_none:
        if "enum" in described:
            described["enum"] = [*described["enum"], None]
        described["type"] = [described["type"], "null"]
    return described


def complete_schemas(schemas: dict[str, Any]) -> None:
    """Add what apispec does not derive from our marshmallow schemas."""
    schemas |= success_schemas() | error_schemas()
    hidden = {field.key for field in current_tickets.ticket_fields if field.requester is None}
    optional = OPTIONAL_KEYS | hidden
    for name, schema in schemas.items():
        if not name.endswith("Body"):  # responses have all declared keys and no others
            schema["required"] = sorted(schema["properties"].keys() - optional)
            schema["additionalProperties"] = False
    schemas |= {"NewAttachmentBody": _NEW_ATTACHMENT, "FieldChange": _FIELD_CHANGE}
    schemas["FieldChanges"] = {
        "type": "object",
        "additionalProperties": named_schema("FieldChange"),
    }
    schemas |= StatusBody.openapi() | _enum_schemas()


def _enum_schemas() -> dict[str, dict[str, Any]]:
    names = {f"{kind.__name__}Name": tuple(kind.__members__) for kind in _NUMBERS}
    numbers = {
        kind.__name__: {
            "type": "integer",
            "enum": [each.value for each in kind],
            "x-enum-varnames": list(kind.__members__),
        }
        for kind in _NUMBERS
    }
    texts = {name: {"type": "string", "enum": [*each]} for name, each in (_ENUMS | names).items()}
    return numbers | texts


def name_choices(document: dict[str, Any]) -> None:
    """Move the choices of ticket fields to schemas of their own, such as ``DepartmentChoice``."""
    schemas = document["components"]["schemas"]
    for body in (schemas[name]["properties"] for name in ("NewTicketBody", "EditTicketBody")):
        for key, schema in body.items():
            body[key] = _named_choices(key, schema, schemas)
    for each in document["paths"]["/api/tickets"]["get"]["parameters"]:
        each["schema"] = _named_choices(each["name"], each["schema"], schemas)


def _named_choices(key: str, schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "enum" not in schema:
        return schema
    name = f"{key[0].upper()}{key[1:]}Choice"
    kind, *null = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    schemas[name] = {"type": kind, "enum": [each for each in schema["enum"] if each is not None]}
    rest = {name: value for name, value in schema.items() if name not in ("type", "enum")}
    return rest | _optional(named_schema(name), bool(null))


def _optional(schema: dict[str, Any], is_optional: bool) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]} if is_optional else schema
