"""The columns of `TicketView`: each supported attribute of Flask-Admin."""

from __future__ import annotations

import csv
import re
from io import StringIO

import pytest
from flask_admin.model.template import EndpointLinkRowAction, LinkRowAction, TemplateLinkRowAction
from jinja2 import DictLoader
from markupsafe import Markup

from flask_support_tickets.admin import TicketView

from .desks import Plan, cells, fields_of, headings, rows, text_of


@pytest.fixture
def open_desk(make_desk):
    """Return a desk whose view has ``attributes``, and the id of a ticket on it."""

    def make(**attributes):
        desk = make_desk(type("Attributed", (TicketView,), attributes))
        columns = {"order_id": 7, "note": "fragile", "is_gift": True, "plan": Plan.GOLD}
        return desk, desk.open(subject="The lamp", department="IT", columns=columns)

    return make


def row_of(desk, number):
    """Return the text of the cells of a row, without the link to the ticket in the first one."""
    found = cells(rows(desk.get().text)[number])
    return {name: text.removeprefix(f"View #{number} ") for name, text in found.items()}


def exported(desk, query=""):
    """Return the lines of the CSV file."""
    answer = desk.get(f"export.csv{query}")
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def test_column_list_chooses_columns_and_their_order(open_desk):
    names = ("order_id", "subject", "user.username", "is_gift", "plan")
    desk, ticket = open_desk(column_list=names)
    found = row_of(desk, ticket)
    assert list(found) == [name.replace(".", "-") for name in names]
    assert (found["order_id"], found["user-username"]) == ("7", "alice")
    assert found["plan"] in ("gold", "GOLD")
    assert exported(desk)[1][:3] == ["7", "The lamp", "alice"]


def test_defaults_can_be_extended(open_desk):
    """Flask-Admin's own defaults can be read from instances only."""
    desk, ticket = open_desk(
        column_list=(*TicketView.column_list, "order_id"),
        column_exclude_list=(*TicketView.column_exclude_list, "user"),
        column_labels={**TicketView.column_labels, "order_id": "Order no."},
        column_formatters={**TicketView.column_formatters, "order_id": lambda *_: "A-7"},
        action_disallowed_list=[*TicketView.action_disallowed_list, "Close"],
    )
    found = row_of(desk, ticket)
    assert list(found) == [
        "id", "subject", "status", "assigned_to", "priority", "created_at", "awaiting_since",
        "order_id",
    ]  # fmt: skip
    assert found["order_id"] == "A-7"
    assert "Order no." in headings(desk.get().text)
    assert exported(desk)[0][-1] == "Order no."


def test_column_exclude_list_leaves_columns_out(open_desk):
    desk, ticket = open_desk(column_exclude_list=("user", "awaiting_since"))
    assert list(row_of(desk, ticket)) == [
        "id", "subject", "status", "assigned_to", "priority", "created_at",
    ]  # fmt: skip


def test_column_labels_are_on_every_page_and_in_the_file(open_desk):
    names = ("id", "subject", "order_id", "created_at")
    labels = {"order_id": "Order no.", "subject": "Topic", "created_at": "Since"}
    desk, ticket = open_desk(
        column_list=names, column_details_list=names, column_labels=labels,
        column_filters=("order_id",),
    )  # fmt: skip
    page = desk.get().text
    assert [each.split(" ▼")[0] for each in headings(page)] == ["ID", "Topic", "Order no.", "Since"]
    assert "Order no. equals" in page
    assert list(fields_of(desk.get(f"{ticket}").text)) == ["ID", "Topic", "Order no.", "Since"]
    assert exported(desk)[0] == ["ID", "Topic", "Order no.", "Since"]


def test_columns_without_a_label_get_flask_admins(open_desk):
    desk, _ = open_desk(column_list=("order_id", "user.username"))
    assert headings(desk.get().text) == ["Order Id", "User.Username"]


def test_column_descriptions_explain_headings(open_desk):
    desk, _ = open_desk(column_descriptions={"subject": "In <one> line"})
    page = desk.get().text
    assert 'title="In &lt;one&gt; line"' in page
    assert "Subject (In <one> line)" in headings(page)


def test_column_formatters_fill_cells_of_queue_and_ticket_but_not_of_the_file(open_desk):
    formatters = {
        "order_id": lambda view, context, ticket, name: Markup("<b>A-%s</b>") % ticket.order_id,
        "subject": lambda view, context, ticket, name: f"<{ticket.subject}>",
        "virtual": lambda view, context, ticket, name: f"{name} of {ticket.user.username}",
    }
    desk, ticket = open_desk(
        column_list=("order_id", "subject", "virtual"),
        column_details_list=("order_id", "virtual"),
        column_export_list=("order_id", "subject"),
        column_formatters=formatters,
    )
    assert "<b>A-7</b>" in rows(desk.get().text)[ticket]
    expected = {"order_id": "A-7", "subject": "<The lamp>", "virtual": "virtual of alice"}
    assert row_of(desk, ticket) == expected
    page = desk.get(f"{ticket}").text
    assert fields_of(page) == {"Order Id": "A-7", "Virtual": "virtual of alice"}
    assert exported(desk)[1] == ["7", "The lamp"]


def test_column_type_formatters_fill_cells_by_type(open_desk):
    desk, ticket = open_desk(
        column_list=("order_id", "subject", "comment_count"),
        column_type_formatters={int: lambda view, value, name: f"int {value}"},
    )
    expected = {"order_id": "int 7", "subject": "The lamp IT The lamp D", "comment_count": "int 0"}
    found = row_of(desk, ticket)
    assert (found["order_id"], found["comment_count"]) == ("int 7", "int 0")
    assert found["subject"].startswith("The lamp"), expected


def test_column_choices_name_values_in_cells_and_filters(open_desk):
    desk, ticket = open_desk(
        column_list=("note", "status"),
        column_choices={"note": [("fragile", "Handle with care")], "status": [(0, "Fresh")]},
        column_filters=("note",),
    )
    assert row_of(desk, ticket) == {"note": "Handle with care", "status": "Fresh"}
    page = desk.get("?addFilter=note_equal").text
    assert '<option value="fragile">Handle with care</option>' in page
    assert desk.listed("note=fragile") == [ticket]


def test_column_details_list_and_its_formatters_fill_the_tickets_page(open_desk):
    desk, ticket = open_desk(
        column_details_list=("note", "order_id", "user.email", "created_at"),
        column_formatters={"note": lambda *arguments: "not here"},
        column_formatters_detail={
            "note": lambda view, context, ticket, name: ticket.note.upper(),
            "created_at": lambda view, context, ticket, name: f"{ticket.created_at:%Y}!",
        },
    )
    page = desk.get(f"{ticket}").text
    year = f"{desk.stored(ticket, 'created_at'):%Y}!"
    assert list(fields_of(page).values()) == ["FRAGILE", "7", "alice@acme.example", year]
    assert "More details" not in page


def test_column_formatters_detail_fill_collapsed_fields_as_well(open_desk):
    desk, ticket = open_desk(
        column_formatters_detail={"created_at": lambda *arguments: "long ago"},
        column_details_exclude_list=("updated_at", "assigned_to"),
    )
    found = fields_of(desk.get(f"{ticket}").text)
    assert found["Opened"] == "long ago"
    assert not {"Last activity", "Assigned to"} & set(found)


def test_column_extra_row_actions_are_in_the_row_and_on_the_tickets_page(open_desk):
    def url_of_order(action, key, row):
        return f"/orders/{row.order_id}?t={key}"

    desk, ticket = open_desk(
        column_extra_row_actions=[
            LinkRowAction("fa fa-bolt", "https://shop.example/{row_id}", "Shop"),
            LinkRowAction("fa", url_of_order, "Order"),
            EndpointLinkRowAction("fa", "home", "Home", id_arg="about", url_args={"a": "b"}),
        ]
    )  # fmt: skip
    for page in (rows(desk.get().text)[ticket], desk.get(f"{ticket}").text):
        for url in (
            f"https://shop.example/{ticket}", f"/orders/7?t={ticket}", f"/?a=b&amp;about={ticket}"
        ):  # fmt: skip
            assert f'href="{url}"' in page


def test_template_row_action_renders_a_macro_of_the_hosts_template(open_desk):
    desk, ticket = open_desk(
        list_template="shop/list.html",
        details_template="shop/detail.html",
        column_extra_row_actions=[TemplateLinkRowAction("shop_row", "Print")],
    )
    macro = (
        "{% macro shop_row(action, row_id, row) %}[{{ action.title }} {{ row_id }}]{% endmacro %}"
    )
    desk.app.jinja_loader = DictLoader(
        {
            f"shop/{name}.html": f'{{% extends "support_tickets/admin/{name}.html" %}}{macro}'
            for name in ("list", "detail")
        }
    )
    assert f"[Print {ticket}]" in rows(desk.get().text)[ticket]
    assert f"[Print {ticket}]" in desk.get(f"{ticket}").text


def test_export_has_its_own_columns_and_formatters(open_desk):
    desk, _ = open_desk(
        column_list=("id", "subject"),
        column_export_list=("order_id", "user", "note", "user.email"),
        column_formatters={"note": lambda *arguments: "not here"},
        column_formatters_export={"order_id": lambda v, c, ticket, n: f"=A{ticket.order_id}"},
    )
    lines = exported(desk)
    assert lines[0] == ["Order Id", "Requester", "Note", "User.Email"]
    assert lines[1] == ["'=A7", "alice", "fragile", "alice@acme.example"]


def test_can_export_switches_link_and_file_off(open_desk):
    desk, _ = open_desk(can_export=False)
    assert "export.csv" not in desk.get().text
    assert desk.get("export.csv").status_code == 403


def test_export_max_rows_limits_the_file(open_desk):
    desk, ticket = open_desk(export_max_rows=2)
    assert len(exported(desk)) == 2
    desk.open()
    assert len(exported(desk)) == 3
    third = desk.open()
    lines = exported(desk)
    assert [line[0] for line in lines[1:3]] == [str(third), str(third - 1)]
    assert lines[3][0].startswith("This file stops at 2 tickets")
    assert ticket not in [line[0] for line in lines]
    assert "up to 2 tickets" in text_of(desk.get().text)


def test_page_size_and_its_options_divide_the_queue(open_desk):
    desk, first = open_desk(page_size=2, can_set_page_size=True, page_size_options=(2, 3))
    ids = [first, *(desk.open() for _ in range(3))][::-1]
    assert desk.listed() == ids[:2]
    assert desk.listed("page=2") == ids[2:]
    assert desk.listed("pageSize=3") == ids[:3]
    for wrong in ("4", "x", "2 3"):
        refused = desk.get(f"?pageSize={wrong}")
        assert refused.status_code == 422
        assert "Tickets per page" in refused.text
    page = desk.get("?pageSize=3&status=New").text
    assert 'href="/admin/tickets/?status=New&amp;pageSize=2"' in page
    assert 'href="/admin/tickets/?status=New&amp;pageSize=3" aria-current="true"' in page
    assert re.search(r'href="[^"]*\?[^"]*pageSize=3[^"]*page=2|page=2[^"]*pageSize=3', page)


def test_page_size_can_be_chosen_only_if_the_view_allows_it(open_desk):
    desk, first = open_desk(page_size=2, page_size_options=(2, 3))
    ids = [first, *(desk.open() for _ in range(3))][::-1]
    assert desk.listed("pageSize=3") == ids[:2]
    assert "Tickets per page" not in desk.get().text


def test_templates_of_the_host_extend_ours_and_fill_blocks(open_desk):
    desk, ticket = open_desk(list_template="shop/list.html", details_template="shop/detail.html")
    list_page = (
        '{% extends "support_tickets/admin/list.html" %}'
        "{% block model_menu_bar_before_filters %}[bar]{% endblock %}"
        "{% block list_row_actions %}{{ super() }}[row {{ row.id }}]{% endblock %}"
        "{% block list_row_actions_header %}{{ super() }}<th>[head]</th>{% endblock %}"
    )
    detail_page = (
        '{% extends "support_tickets/admin/detail.html" %}'
        "{% block st_body %}[before {{ model.order_id }}]{{ super() }}{% endblock %}"
    )
    desk.app.jinja_loader = DictLoader(
        {"shop/list.html": list_page, "shop/detail.html": detail_page}
    )
    page = desk.get().text
    assert "[bar]" in page
    assert "[head]" in page
    assert f"[row {ticket}]" in rows(page)[ticket]
    assert "The lamp" in rows(page)[ticket]
    page = desk.get(f"{ticket}").text
    assert "[before 7]" in page
    assert "The lamp" in page
