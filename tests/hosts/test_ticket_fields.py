"""A host declares fields of its own; they are on every face."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from marshmallow import fields, validate
from sqlalchemy import Boolean, Date, Integer, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import ConfigurationError, SupportTickets, TicketField
from flask_support_tickets.cli import support_tickets_cli

from ..conftest import form_fields
from ..databases import every_database
from .small import declare_users, dispose, make_app, new_admin, settle, sign_in


class OrderColumns:
    """Columns that a shop adds to tickets."""

    order_id: Mapped[int | None] = mapped_column("order_number", Integer, index=True)
    app_version: Mapped[str | None] = mapped_column(String(10))
    is_gift: Mapped[bool | None] = mapped_column(Boolean)
    deliver_on: Mapped[object | None] = mapped_column(Date)
    margin: Mapped[int | None] = mapped_column(Integer)


FIELDS = [
    TicketField("order_id", fields.Integer(strict=True, allow_none=True), label="Order",
                in_queue=True),
    TicketField("app_version", fields.String(allow_none=True,
                                             validate=validate.OneOf(["1.0", "2.0"])),
                label="App version", choice_labels={"2.0": "2.0 (beta)"}),
    TicketField("is_gift", fields.Boolean(), label="Gift", description="Is it a present?"),
    TicketField("deliver_on", fields.Date(allow_none=True), label="Deliver on"),
    TicketField("margin", fields.Integer(allow_none=True), label="Margin", requester=None),
]  # fmt: skip
SENT = {"order_id": 17, "app_version": "2.0", "is_gift": True, "deliver_on": "2026-12-24"}
ANSWER = {"orderId": 17, "appVersion": "2.0", "isGift": True, "deliverOn": "2026-12-24"}
CONTENT = {"subject": "S", "description": "D"}


@pytest.fixture
def shop(database_uri):
    users = declare_users()
    tickets = SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": OrderColumns},
        ticket_fields=FIELDS,
    )  # fmt: skip
    app = make_app(users, database_uri, SUPPORT_TICKETS_API_DOCS=True)
    tickets.init_app(app, admin=new_admin(app))
    settle(app, users)
    yield SimpleNamespace(
        app=app, alice=sign_in(app, "alice"), mona=sign_in(app, "mona"), tickets=tickets
    )
    dispose(app, users)


def open_ticket(shop, **values):
    answer = shop.alice.post("/api/tickets", json={**CONTENT, **values})
    assert answer.status_code == 201, answer.json
    return answer.json["data"]


@every_database
def test_api_takes_returns_and_filters_by_fields(shop):
    ticket = open_ticket(shop, **ANSWER)
    assert {name: ticket[name] for name in ANSWER} == ANSWER
    assert "margin" not in ticket
    other = open_ticket(shop)
    assert other["orderId"] is other["isGift"] is None
    staff = shop.mona.get(f"/api/tickets/{ticket['id']}").json["data"]
    assert (staff["orderId"], staff["margin"]) == (17, None)
    for query, ids in (("orderId=17", [ticket["id"]]), ("orderId=18", []), ("orderId=9" * 1, [])):
        found = shop.mona.get(f"/api/tickets?{query}").json["data"]
        assert [each["id"] for each in found["tickets"]] == ids
    searched = shop.mona.get("/api/tickets?search=S&orderId=17").json["data"]
    assert searched["totalCount"] == 1
    assert shop.mona.get("/api/tickets?orderId=99999999999999999999").status_code == 422
    assert shop.mona.get("/api/tickets?appVersion=2.0").status_code == 422  # has no index


@pytest.mark.parametrize(
    ("name", "value"),
    [("orderId", "17"), ("orderId", 1.5), ("appVersion", "3.0"), ("isGift", "perhaps"),
     ("deliverOn", "tomorrow"), ("margin", 3), ("order_id", 17)],
)  # fmt: skip
def test_invalid_value_is_422_at_its_field(shop, name, value):
    answer = shop.alice.post("/api/tickets", json={**CONTENT, name: value})
    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, [name])


@every_database
def test_form_shows_a_widget_for_each_field(shop):
    page = shop.alice.get("/settings/ticket/new").text
    assert re.search(r'<input id="orderId" name="orderId" type="number"', page)
    assert re.search(r'<select id="appVersion" name="appVersion"', page)
    assert '<option value="2.0">2.0 (beta)</option>' in page
    assert re.search(r'<input id="isGift" name="isGift" type="checkbox"', page)
    assert re.search(r'<input id="deliverOn" name="deliverOn" type="date"', page)
    assert "Is it a present?" in page
    assert "Margin" not in page
    typed = {**form_fields(page), **CONTENT, **ANSWER, "isGift": "true"}
    wrong = shop.alice.post("/settings/ticket/new", data={**typed, "orderId": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert " checked" in wrong.text
    assert "Order: Not a valid integer." in wrong.text
    sent = shop.alice.post("/settings/ticket/new", data=typed)
    assert sent.status_code == 303
    again = shop.alice.post("/settings/ticket/new", data=typed)
    assert again.location == sent.location
    ticket = shop.mona.get(f"/api/tickets/{sent.location.rsplit('/', 1)[1]}").json["data"]
    assert {name: ticket[name] for name in ANSWER} == ANSWER
    unticked = {name: value for name, value in typed.items() if name != "isGift"}
    plain = shop.alice.post("/settings/ticket/new", data={**unticked, "orderId": ""})
    stored = shop.mona.get(f"/api/tickets/{plain.location.rsplit('/', 1)[1]}").json["data"]
    assert (stored["orderId"], stored["isGift"]) == (None, False)


def test_pages_file_and_command_show_fields(shop):
    ticket = open_ticket(shop, **ANSWER)
    page = shop.alice.get(f"/settings/ticket/{ticket['id']}").text
    assert "2.0 (beta)" in page
    detail = shop.mona.get(f"/admin/tickets/{ticket['id']}").text
    for label, text in (("Order", "17"), ("Gift", "Yes"), ("Deliver on", "2026-12-24")):
        assert re.search(rf"<dt>{label}</dt><dd><bdi>{text}</bdi>", detail), label
    assert "<dt>Margin</dt><dd>–</dd>" in detail
    queue = shop.mona.get("/admin/tickets/?orderId=17").text
    assert '<th scope="col" class="st-col-order_id">Order</th>' in queue
    assert '<td class="st-cell st-col-order_id"><bdi>17</bdi></td>' in queue
    assert re.search(r'name="orderId" type="number"[^>]* value="17"', queue)
    assert 'name="appVersion"' not in queue
    export = shop.mona.get("/admin/tickets/export.csv").text
    assert "Order,App version,Gift,Deliver on,Margin" in export
    assert "17,2.0 (beta),Yes,2026-12-24," in export
    shown = shop.app.test_cli_runner().invoke(support_tickets_cli, ["show", str(ticket["id"])])
    assert "Order: 17" in shown.output


def test_document_describes_fields(shop):
    document = shop.alice.get("/api/tickets/openapi.json").json
    schemas = document["components"]["schemas"]
    assert schemas["AppVersionChoice"] == {"type": "string", "enum": ["1.0", "2.0"]}
    assert schemas["NewTicketBody"]["properties"]["appVersion"]["anyOf"] == [
        {"$ref": "#/components/schemas/AppVersionChoice"}, {"type": "null"},
    ]  # fmt: skip
    assert schemas["Ticket"]["properties"]["isGift"]["type"] == ["boolean", "null"]
    assert "margin" not in schemas["NewTicketBody"]["properties"]
    assert "margin" not in schemas["Ticket"]["required"]
    assert "orderId" in schemas["Ticket"]["required"]
    names = [each["name"] for each in document["paths"]["/api/tickets"]["get"]["parameters"]]
    assert "orderId" in names


class ParcelColumns:
    """Columns with an index, so that each of them is a filter."""

    is_gift: Mapped[bool | None] = mapped_column(Boolean, index=True)
    deliver_on: Mapped[object | None] = mapped_column(Date, index=True)
    price: Mapped[object | None] = mapped_column(Numeric(10, 2), index=True)
    size: Mapped[str | None] = mapped_column(String(3), index=True)
    level: Mapped[int | None] = mapped_column(Integer, index=True)


PARCEL_FIELDS = [
    TicketField("is_gift", fields.Boolean(), label="Gift"),
    TicketField("deliver_on", fields.Date(), label="Deliver on"),
    TicketField("price", fields.Decimal(2), label="Price"),
    TicketField("size", fields.String(validate=validate.OneOf(["S", "M"])), label="Size"),
    TicketField("level", fields.Integer(validate=validate.Range(1, 5)), label="Level"),
]
PARCEL = {"isGift": True, "deliverOn": "2026-01-05", "price": 1.5, "size": "S", "level": 2}


@every_database
def test_filters_of_fields_take_what_the_document_says(database_uri):
    """Rule J4. A price is a number, on the way in and on the way out."""
    users = declare_users()
    tickets = SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": ParcelColumns},
        ticket_fields=PARCEL_FIELDS,
    )  # fmt: skip
    app = make_app(users, database_uri, SUPPORT_TICKETS_API_DOCS=True)
    tickets.init_app(app, admin=new_admin(app))
    settle(app, users)
    mona = sign_in(app, "mona")
    sent = mona.post("/api/tickets", json={**CONTENT, **PARCEL})
    assert sent.status_code == 201
    assert {name: sent.json["data"][name] for name in PARCEL} == PARCEL
    document = mona.get("/api/tickets/openapi.json").json
    parameters = document["paths"]["/api/tickets"]["get"]["parameters"]
    assert {each["name"]: each["schema"] for each in parameters if each["name"] in PARCEL} == {
        "isGift": {"type": "boolean"}, "deliverOn": {"type": "string", "format": "date"},
        "price": {"type": "number"}, "size": {"$ref": "#/components/schemas/SizeChoice"},
        "level": {"type": "integer", "minimum": 1, "maximum": 5},
    }  # fmt: skip
    for query, count in {
        "isGift=true": 1, "isGift=True": 1, "isGift=false": 0, "deliverOn=2026-01-05": 1,
        "deliverOn=2026-01-06": 0, "price=1.5": 1, "price=1.50": 1, "size=S": 1, "level=2": 1,
    }.items():  # fmt: skip
        found = mona.get(f"/api/tickets?{query}").json["data"]
        assert found["totalCount"] == count, query
    for query in (
        "isGift=yes", "isGift=1", "deliverOn=2026-1-5", "deliverOn=20260105", "price=NaN",
        "price=1_0", "size=X", "level=9", "level=1_0", "level=१",
    ):  # fmt: skip
        refused = mona.get(f"/api/tickets?{query}")
        assert (refused.status_code, [*refused.json["error"]["fields"]]) == (
            422, [query.partition("=")[0]],
        )  # fmt: skip
    dispose(app, users)


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (TicketField("colour", fields.String(), label="Colour"), "'colour' has no column"),
        (TicketField("order_id", fields.List(fields.String()), label="Order"), "a List field"),
    ],
)
def test_field_without_column_or_widget_is_refused(field, sentence):
    users = declare_users()
    app = make_app(users)
    tickets = SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": OrderColumns},
        ticket_fields=[field],
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match=sentence):
        tickets.init_app(app)


def test_reserved_and_repeated_names_are_refused():
    class Reserved:
        page: Mapped[int | None] = mapped_column(Integer)
        size: Mapped[int | None] = mapped_column(Integer)

    number = fields.Integer(allow_none=True)
    for names, taken in ((["page"], "page"), (["size", "size"], "size")):
        users = declare_users()
        app = make_app(users)
        tickets = SupportTickets(
            db=users.db, user_model=users.User, model_mixins={"Ticket": Reserved},
            ticket_fields=[TicketField(name, number, label=name) for name in names],
        )  # fmt: skip
        with pytest.raises(ConfigurationError, match=f"'{taken}' is already used"):
            tickets.init_app(app)
