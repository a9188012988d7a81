"""Columns and filters of a host whose names meet those of our URLs, or each other."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask_admin.contrib.sqla.filters import FilterEqual
from marshmallow import fields
from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import ConfigurationError, TicketField
from flask_support_tickets.admin import TicketView
from flask_support_tickets.current import current_tickets

from .desks import ShopColumns

NAMES = ("endpoint", "to", "listPage", "ticket_id", "flt_kind", "values")


class AwkwardColumns(ShopColumns):
    endpoint: Mapped[str | None] = mapped_column(String(9), index=True)
    to: Mapped[str | None] = mapped_column(String(9), index=True)
    listPage: Mapped[str | None] = mapped_column(String(9), index=True)
    ticket_id: Mapped[str | None] = mapped_column(String(9), index=True)
    flt_kind: Mapped[str | None] = mapped_column(String(9), index=True)
    values: Mapped[str | None] = mapped_column(String(9), index=True)


def of_view(**attributes):
    return type("Named", (TicketView,), attributes)


@pytest.mark.parametrize("name", NAMES)
def test_filter_works_whatever_the_column_is_called(make_desk, name):
    view = of_view(column_filters=(name,), column_sortable_list=("created_at", name))
    desk = make_desk(view, mixin=AwkwardColumns)
    found, other = desk.open(columns={name: "x"}), desk.open(columns={name: "y"})
    query = f"flt0_{name}_equal=x"
    page = desk.get(f"?{query}&order={name}").text
    assert desk.listed(f"{query}&order={name}") == [found]
    [chip] = re.findall(r'<a class="st-chip" href="([^"]*)"', page)
    assert "flt0" not in chip
    assert desk.get(f"{found}?{query}").status_code == 200
    assert desk.get(f"export.csv?{query}").status_code == 200
    short = desk.get(f"?{name}=x")
    assert short.status_code == 200
    with desk.app.test_request_context():
        assert view.url_for_list(**{f"flt0_{name}_equal": "x"}) == f"/admin/tickets/?{query}"
    assert desk.status(other) == 0


@pytest.mark.parametrize("name", ["to", "endpoint"])
def test_field_named_like_a_part_of_our_urls_is_refused(make_desk, name):
    declared = TicketField(name, fields.String(allow_none=True), label="Awkward")
    with pytest.raises(ConfigurationError, match=f"TicketField '{name}': '{name}' is already"):
        make_desk(mixin=AwkwardColumns, ticket_fields=[declared])


def test_field_whose_name_begins_like_a_filter_is_a_filter(make_desk):
    declared = TicketField("flt_kind", fields.String(allow_none=True), label="Kind")
    desk = make_desk(mixin=AwkwardColumns, ticket_fields=[declared])
    found, _ = desk.open(columns={"flt_kind": "x"}), desk.open(columns={"flt_kind": "y"})
    assert desk.listed("fltKind=x") == [found]
    assert desk.get("?fltOther=x").status_code == 422


def test_filters_of_the_same_column_and_operation_both_work(make_desk):
    class Named(TicketView):
        def scaffold(self):
            model = self.model
            self.column_filters = (
                FilterEqual(model.note, "Note"),
                FilterEqual(model.note, "Common notes", options=[("x", "Ex"), ("y", "Why")]),
            )
            super().scaffold()

    desk = make_desk(Named)
    one, two = desk.open(columns={"note": "x"}), desk.open(columns={"note": "y"})
    page = desk.get("?flt0_note_equal_1=y").text
    assert "Common notes" in page
    assert desk.listed("flt0_note_equal_1=y") == desk.listed("note=y") == [two]
    assert desk.listed("flt0_note_equal=x") == [one]
    assert desk.listed("flt0_note_equal=x&flt1_note_equal_1=y") == []
    assert '<select class="st-input" id="st-filter-flt0_note_equal_1"' in page


@pytest.mark.parametrize(("sort", "removed"), [("awaiting_since", "?order=newest"), (None, "")])
def test_chip_of_the_waiting_order_can_be_removed(make_desk, sort, removed):
    desk = make_desk(of_view(column_default_sort=sort))
    desk.open()
    page = desk.get("" if sort else "?order=waiting").text
    [chip] = re.findall(r'<a class="st-chip" href="([^"]*)"', page)
    assert chip == f"/admin/tickets/{removed}"
    assert ("Clear filters" in page) is (sort is None)  # nothing to clear
    assert "Waiting only, longest first ×" not in unescape(desk.get(removed).text)
    assert "st-chip" not in desk.get(removed).text


def test_formatter_reads_a_ticket_that_was_deleted_after_the_list(make_desk):
    def delete_first(view, context, ticket, name):
        model = current_tickets.models.Ticket
        current_tickets.session.execute(delete(model).where(model.id.in_(gone)))
        return ticket.subject

    class Deleting(TicketView):
        column_list = ("subject", "parcels", "order_id")
        column_formatters = {
            "subject": delete_first,
            "parcels": lambda view, context, ticket, name: f"{len(ticket.parcels)} parcels",
            "order_id": lambda view, context, ticket, name: f"by {ticket.user}",
        }

    gone = []
    desk = make_desk(Deleting)
    kept, deleted = desk.open(), desk.open(subject="Gone")
    gone.append(deleted)
    page = desk.get()
    assert page.status_code == 200
    assert page.text.count("0 parcels") == 2
    assert "by None" in page.text
    assert f"#{kept}" in page.text
