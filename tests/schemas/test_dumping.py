"""Prepared serializers give the same result as the schemas they are made from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from marshmallow import Schema, fields

from flask_support_tickets.schemas import CommentSchema, EventSchema, TicketSchema, UploadSchema
from flask_support_tickets.schemas.fields import ByValue, UserId, UtcTime
from flask_support_tickets.schemas.serialization import prepare

AT = datetime(2026, 2, 3, 4, 5, 6, 70, tzinfo=UTC)
VALUES = {
    fields.Integer: [0, 1, 2**63 - 1],
    fields.String: ["", "Größe 🎫", None],
    fields.Boolean: [True, False],
    fields.List: [[], ["https://example.org/a", "/api/x"]],
    UserId: [1, "u-1", UUID("12345678-1234-5678-1234-567812345678"), None],
    UtcTime: [AT, AT.replace(microsecond=0), None],
}


class Other(Schema):
    """A kind of field that the package does not use, and one that is left as it is."""

    price = fields.Decimal(as_string=True, data_key="Price")
    mark = ByValue()


VALUES |= {fields.Decimal: [3], ByValue: [[1]]}


@pytest.mark.parametrize("schema", [TicketSchema, CommentSchema, EventSchema, UploadSchema, Other])
def test_prepared_serializer_equals_its_schema(schema):
    one = schema()
    for turn in range(4):
        kinds = {name: VALUES[type(field)] for name, field in one.fields.items()}
        row = {name: values[turn % len(values)] for name, values in kinds.items()}
        dumped = prepare(one)({**row, "something_else": 1})
        assert list(dumped.items()) == list(one.dump(row).items())
        json.dumps(dumped)
    with pytest.raises(KeyError):
        prepare(one)({"id": 1})
