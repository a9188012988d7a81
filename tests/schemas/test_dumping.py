"""Answers are dumped by prepared functions: the same as by the schemas they were prepared from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from marshmallow import Schema, fields

from flask_support_tickets.schemas import (
    CommentSchema,
    EventSchema,
    TicketSchema,
    UploadSchema,
)
from flask_support_tickets.schemas.dumping import prepare
from flask_support_tickets.schemas.fields import ByValue, UserId, UtcTime

AT = datetime(2026, 2, 3, 4, 5, 6, 70, tzinfo=UTC)
VALUES = {
    fields.Integer: [0, 1, 2**63 - 1],
    fields.String: ["", "Größe 🎫", None],
    fields.Boolean: [True, False],
    fields.List: [[], ["https://example.org/a", "/api/x"]],
    UserId: [1, "u-1", UUID("12345678-1234-5678-1234-567812345678"), None],
    UtcTime: [AT, AT.replace(microsecond=0), None],
}


@pytest.mark.parametrize("schema", [TicketSchema, CommentSchema, EventSchema, UploadSchema])
@pytest.mark.parametrize("turn", range(4))
def test_a_prepared_dump_is_the_schemas(schema, turn):
    one = schema()
    row = {
        name: VALUES[type(field)][turn % len(VALUES[type(field)])]
        for name, field in one.fields.items()
    }
    dumped = prepare(one)({**row, "something_else": 1})
    assert dumped == one.dump(row)
    assert list(dumped) == list(one.dump(row))
    json.dumps(dumped)


def test_another_kind_of_field_is_asked_itself():
    class Priced(Schema):
        price = fields.Decimal(as_string=True, data_key="Price")
        tags = fields.List(fields.UUID())

    row = {"price": 3, "tags": [UUID(int=1)]}
    assert prepare(Priced())(row) == Priced().dump(row) == {
        "Price": "3", "tags": [str(UUID(int=1))],
    }  # fmt: skip


def test_a_field_whose_value_is_all_may_leave_it_as_it_is():
    class Marked(Schema):
        mark = ByValue()
        text = fields.String()

    row = {"mark": [1], "text": "T"}
    assert prepare(Marked())(row) == Marked().dump(row) == row


def test_a_field_that_a_row_lacks_is_an_error():
    with pytest.raises(KeyError):
        prepare(TicketSchema())({"id": 1})
