"""The built-in filters, tabs and URLs of `TicketView`, and all attributes at once."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from flask_admin.actions import action
from flask_admin.model.template import LinkRowAction
from jinja2 import DictLoader

from flask_support_tickets import Policy, TicketStatus
from flask_support_tickets.admin import TicketView, row_action

from ..databases import every_database
from .desks import cells, counts, fields_of, headings, rows


@every_database
def test_requester_is_found_by_name_address_and_id(make_desk, database_uri):
    desk = make_desk(uri=database_uri)
    alice, bob, mona = desk.open("alice"), desk.open("bob"), desk.open("mona")
    for text, found in (
        ("alice", [alice]), ("ALICE", [alice]), ("lic", [alice]), ("bob@globex.example", [bob]),
        ("@acme", [alice]), ("2", [bob]), ("o", [mona, bob]), ("%25", []), ("_", []), ("*", []),
        ("nobody", []), ("'", []), ("%F0%9F%98%80", []), ("99999999999999999999999", []),
        ("%20alice%20", [alice]), ("alice%09", [alice]),
    ):  # fmt: skip
        assert desk.listed(f"requester={text}") == found, text
    for text in ("%00", "x" * 2000):
        assert desk.get(f"?requester={text}").status_code == 422, text[:5]
    page = desk.get("?requester=alice").text
    assert 'name="requester"' in page
    assert 'value="alice"' in page
    assert counts(page)["All"] == "1"
    lines = desk.get("export.csv?requester=alice").get_data(as_text=True).splitlines()
    assert len(lines) == 2
    assert desk.listed("requester=alice&status=Closed") == []


class Kiribati(Policy):
    """A policy with a time zone 14 hours ahead of UTC."""

    def time_zone(self, user):
        return "Pacific/Kiritimati" if user.username == "mona" else "UTC"


@every_database
def test_days_begin_in_the_time_zone_of_the_reader(make_desk, database_uri):
    desk = make_desk(policy=Kiribati(), uri=database_uri)
    late, early = desk.open(), desk.open()
    desk.set(late, created_at=datetime(2026, 3, 1, 9, 59, 59, tzinfo=UTC))
    desk.set(early, created_at=datetime(2026, 3, 1, 10, tzinfo=UTC))
    for name, query, found in (
        ("mona", "createdFrom=2026-03-02", [early]), ("mona", "createdBefore=2026-03-02", [late]),
        ("mona", "createdFrom=2026-03-01&createdBefore=2026-03-02", [late]),
        ("adam", "createdFrom=2026-03-02", []),
        ("adam", "createdFrom=2026-03-01&createdBefore=2026-03-02", [early, late]),
        ("mona", "createdFrom=2026-03-01T10:00:00Z", [early]),
        ("mona", "createdFrom=2026-03-02&createdBefore=2026-03-01", []),
    ):  # fmt: skip
        assert desk.listed(query, name) == found, (name, query)
        lines = desk.get(f"export.csv?{query}", name).get_data(as_text=True).splitlines()
        assert len(lines) == len(found) + 1, query
    for text in ("2026-02-30", "yesterday", "2026", "%00", "-1", "2026-03-01T25:00:00Z"):
        answer = desk.get(f"?createdFrom={text}")
        assert (answer.status_code, rows(answer.text)) == (422, {}), text


def test_open_stands_for_new_and_in_progress(make_desk):
    desk = make_desk()
    ids = [desk.open(status=status) for status in range(4)]
    assert desk.listed("status=open") == ids[1::-1]
    assert desk.listed("status=New,InProgress") == ids[1::-1]
    assert 'aria-current="page">Open' in desk.get("?status=open").text
    for text in ("OPEN", "nothing", "open,", "open,Closed", "4"):
        assert desk.get(f"?status={text}").status_code == 422, text


def test_tabs_count_what_the_other_filters_leave(make_desk):
    desk = make_desk(type("Filtered", (TicketView,), {"column_filters": (
        *TicketView.column_filters, "order_id"
    )}))  # fmt: skip
    for number in range(6):
        owner = "alice" if number % 2 else "bob"
        content = {"department": "IT" if number < 3 else "Sales", "status": number % 4}
        desk.open(owner, columns={"order_id": number}, **content)
    for query, found in (
        ("", "2 2 1 1"), ("requester=alice", "0 2 0 1"), ("department=IT", "1 1 1 0"),
        ("order_id=3", "0 0 0 1"), ("flt0_order_id_greater=3", "1 1 0 0"),
        ("createdBefore=2020-01-01", "0 0 0 0"), ("assignedTo=none", "2 0 0 0"),
        ("userId=1&flt0_order_id_smaller=2", "0 1 0 0"), ("order=waiting", "2 2 0 0"),
    ):  # fmt: skip
        for status in ("", "&status=New", "&status=open", "&page=2"):
            numbers = counts(desk.get(f"?{query}{status}").text)
            names = ("New", "In progress", "Resolved", "Closed")
            assert " ".join(numbers[name] for name in names) == found, query
            new, started, *_ = map(int, found.split())
            assert numbers["Open"] == str(new + started), query
            assert numbers["All"] == str(sum(map(int, found.split()))), query


def test_counts_of_filtered_lists_stop_at_the_limit(make_desk, monkeypatch):
    for name in ("services.pagination", "services.tickets.listing", "services.tickets.counters",
                 "admin.toolbar", "admin.menu"):  # fmt: skip
        monkeypatch.setattr(f"flask_support_tickets.{name}.COUNT_MAX", 3, raising=False)
    desk = make_desk(type("Filtered", (TicketView,), {"column_filters": ("status", "note")}))
    for more, count in ((5, 5), (11, 16)):  # counted together, and one status after the other
        for _ in range(more):
            desk.open(columns={"note": "x"})
        page = desk.get("?note=x").text
        assert counts(page)["New"] == counts(page)["All"] == "3+"
        assert counts(page)["Closed"] == "0"
        assert counts(desk.get().text)["New"] == str(count)


def test_addresses_are_built_in_code(make_desk):
    class Filtered(TicketView):
        column_filters = (*TicketView.column_filters, "order_id")

    desk = make_desk(Filtered)
    with desk.app.test_request_context("/"):
        for filters, query in (
            ({}, ""), ({"status": "New", "assignedTo": "me"}, "?status=New&assignedTo=me"),
            ({"status": [TicketStatus.New, TicketStatus.Closed]}, "?status=New,Closed"),
            ({"createdFrom": date(2026, 1, 2), "search": None}, "?createdFrom=2026-01-02"),
            ({"order_id": 7}, "?order_id=7"), ({"flt0_order_id_greater": 7},
                                               "?flt0_order_id_greater=7"),
            ({"requester": "a&b"}, "?requester=a%26b"),
        ):  # fmt: skip
            assert Filtered.url_for_list(**filters).replace("%2C", ",") == f"/admin/tickets/{query}"
            assert TicketView.url_for_list(**filters) == Filtered.url_for_list(**filters)
        for name in ("nothing", "flt0_nothing_equal"):
            with pytest.raises(TypeError, match=name):
                Filtered.url_for_list(**{name: 1})
        with pytest.raises(RuntimeError, match="not in an Admin"):
            type("Other", (TicketView,), {}).url_for_list()
    assert desk.get("?status=New,Closed").status_code == 200


class Everything(TicketView):
    """A view that sets every supported attribute of Flask-Admin."""

    name = "Help desk"
    category = "Shop"
    menu_icon_type = "fa"
    menu_icon_value = "fa-phone"
    column_list = ("id", "subject", "status", "order_id", "note", "user.email", "created_at")
    column_exclude_list = ("created_at",)
    column_labels = {"order_id": "Order"}
    column_descriptions = {"order_id": "From the shop"}
    column_formatters = {"order_id": lambda view, context, ticket, name: f"A-{ticket.order_id}"}
    column_type_formatters = {type(None): lambda view, value, name: "nothing"}
    column_choices = {"note": [("f", "fragile")]}
    column_filters = (*TicketView.column_filters, "order_id", "user.email")
    column_sortable_list = ("created_at", "order_id")
    column_default_sort = ("order_id", True)
    column_details_list = ("status", "order_id", "note")
    column_formatters_detail = {"order_id": lambda view, context, ticket, name: f"O {ticket.id}"}
    column_extra_row_actions = [LinkRowAction("fa", "https://shop.example/{row_id}")]
    action_disallowed_list = ("Close",)
    column_export_list = ("id", "order_id")
    column_formatters_export = {"order_id": lambda view, context, ticket, name: ticket.order_id * 2}
    export_max_rows = 2
    page_size = 2
    can_set_page_size = True
    page_size_options = (2, 4)
    list_template = "shop/list.html"
    details_template = "shop/detail.html"

    @row_action("ping", "Ping")
    def ping(self, ticket):
        ticket.note = "f"

    @action("flag", "Flag")
    def flag(self, ids):
        """Do nothing."""

    def is_accessible(self):
        return super().is_accessible()

    def is_row_action_allowed(self, name, ticket):
        return ticket.user.email.startswith("alice")

    def get_query(self):
        return super().get_query().join(self.model.user).filter(self.model.department == "IT")


@every_database
def test_all_attributes_work_together(make_desk, database_uri):
    desk = make_desk(Everything, uri=database_uri)
    desk.app.jinja_loader = DictLoader({
        "shop/list.html": '{% extends "support_tickets/admin/list.html" %}'
        "{% block list_row_actions %}{{ super() }}[{{ row.note }}]{% endblock %}",
        "shop/detail.html": '{% extends "support_tickets/admin/detail.html" %}'
        "{% block st_body %}[{{ model.order_id }}]{{ super() }}{% endblock %}",
    })  # fmt: skip
    it = {"department": "IT"}
    ids = [
        desk.open("bob" if number == 3 else "alice", columns={"order_id": number}, **it)
        for number in (1, 2, 3)
    ]
    desk.open(department="Sales", columns={"order_id": 9})
    desk.post(f"{ids[1]}/action/ping")
    assert desk.post(f"{ids[2]}/action/ping").status_code == 403
    page = desk.get("?status=New&flt0_order_id_greater=0").text
    assert list(rows(page)) == [ids[2], ids[1]]
    assert counts(page)["All"] == "3"
    found = cells(rows(page)[ids[1]])
    assert (found["order_id"], found["note"], found["user-email"]) == (
        "A-2", "fragile", "alice@acme.example"
    )  # fmt: skip
    assert headings(page)[3].startswith("Order")
    assert "[f]" in rows(page)[ids[1]]
    assert f"https://shop.example/{ids[1]}" in rows(page)[ids[1]]
    assert "/action/ping" not in rows(page)[ids[2]]
    assert desk.listed("pageSize=4&order=order_id") == ids
    detail = desk.get(f"{ids[1]}").text
    assert "[2]" in detail
    assert fields_of(detail)["Order"] == f"O {ids[1]}"
    lines = list(csv.reader(StringIO(desk.get("export.csv").get_data(as_text=True)[1:])))
    assert lines[1:3] == [[str(ids[2]), "6"], [str(ids[1]), "4"]]
    desk.bulk("flag", ids[0], ids[2])
    assert "1 of 2 tickets updated" in desk.messages()
    assert desk.get(f"{ids[2] + 1}").status_code == 404
