"""Priorities and tags on the staff pages. Rules M1, M2."""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import unit_of_work
from flask_support_tickets.admin import TicketView
from flask_support_tickets.services.tickets.tags import set_tags

from .desks import cells, rows

URL = "/admin/tickets/"


@pytest.fixture
def made(make_ticket):
    """Return the ids of a Normal, a tagged Urgent and a Low ticket."""
    ids = [make_ticket(priority=priority).id for priority in (1, 3, 0)]
    unit_of_work(set_tags, ids[1], ["vpn", "<b>Berlin</b>"])
    return ids


def ids_in(page):
    """Return the ids of the rows in their order."""
    return [int(number) for number in re.findall(r'data-ticket-id="(\d+)"', page.text)]


def test_queue_shows_filters_and_sorts_by_priority(staff, made):
    normal, urgent, low = made
    page = staff.get(URL)
    cells = re.findall(
        r'st-col-priority"><span class="st-badge st-priority-(\d)">(\w+)<', page.text
    )
    assert cells == [("0", "Low"), ("3", "Urgent"), ("1", "Normal")]
    assert ids_in(staff.get(f"{URL}?order=priority")) == [urgent, normal, low]
    filtered = staff.get(f"{URL}?priority=Low,3")
    assert ids_in(filtered) == [low, urgent]
    assert '<span class="st-chip-label">Priority</span> <bdi>Low, Urgent</bdi>' in filtered.text
    assert '<option value="0,3" selected>Low, Urgent</option>' in filtered.text
    one = staff.get(f"{URL}?priority=Urgent").text
    assert '<option value="3" selected>Urgent</option>' in one
    refused = staff.get(f"{URL}?priority=5")
    assert refused.status_code == 422
    assert ids_in(refused) == []


def test_queue_shows_and_filters_tags(staff, made):
    page = staff.get(URL).text
    assert (
        '<bdi class="st-tag">&lt;b&gt;Berlin&lt;/b&gt;</bdi><bdi class="st-tag">vpn</bdi>' in page
    )
    filtered = staff.get(f"{URL}?tag=VPN")
    assert ids_in(filtered) == [made[1]]
    assert '<span class="st-chip-label">Tag</span> <bdi>VPN</bdi>' in filtered.text
    refused = staff.get(f"{URL}?tag={'x' * 41}")
    assert refused.status_code == 422
    assert 'id="st-error-tag"' in refused.text


def test_page_of_a_ticket_shows_priority_and_tags(staff, made):
    page = staff.get(f"{URL}{made[1]}").text
    assert '<dt>Priority</dt><dd><span class="st-badge st-priority-3">Urgent</span></dd>' in page
    assert f'href="{URL}?tag=vpn"><bdi>vpn</bdi></a>' in page
    assert "<dt>Tags</dt><dd>–</dd>" in staff.get(f"{URL}{made[0]}").text


def test_tags_are_read_only_for_a_list_that_shows_them(make_desk):
    for columns, more in ((("id", "status"), 0), (("id", "tags"), 1), (("id", "subject"), 1)):
        desk = make_desk(type("HelpDesk", (TicketView,), {"column_list": columns}))
        number = desk.open()
        desk.get()  # fills the caches
        untagged = desk.count_statements(desk.get)
        with desk.app.app_context():
            unit_of_work(set_tags, number, ["vpn"])
        assert desk.count_statements(desk.get) == untagged + more


def test_view_can_have_a_column_of_tags_and_no_filter_for_them(make_desk):
    class HelpDesk(TicketView):
        column_list = ("id", "tags", "priority")
        column_filters = ("status",)

    desk = make_desk(HelpDesk)
    number = desk.open(priority=2)
    with desk.app.app_context():
        unit_of_work(set_tags, number, ["b", "A"])
    page = desk.get().text
    assert cells(rows(page)[number]) == {"id": f"#{number}", "tags": "A, b", "priority": "High"}
    assert page.count('name="tag"') == 1  # of the bulk action
    assert 'name="priority"' not in page
