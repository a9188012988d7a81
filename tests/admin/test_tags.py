"""The page of tags. Rule M2."""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import unit_of_work
from flask_support_tickets.admin import TicketView
from flask_support_tickets.services.tickets.tags import set_tags

from .conftest import token_of

URL = "/admin/ticket-tags/"


@pytest.fixture
def named(staff, make_ticket):
    """Give tags to two tickets, and return the ids of the tags by name."""
    for names in (["vpn", "<b>VPN client</b>"], ["vpn"]):
        unit_of_work(set_tags, make_ticket().id, names)
    page = staff.get(URL).text
    found = re.findall(r'action="/admin/ticket-tags/(\d+)">.*?name="name" value="([^"]*)"', page)
    return {name: number for number, name in found}


@pytest.fixture
def rename(staff):
    def post(number, name, **fields):
        data = {"csrf_token": token_of(staff), "name": name, **fields}
        return staff.post(f"{URL}{number}", data=data)

    return post


def listed(staff):
    return re.findall(r"<bdi>([^<]*)</bdi></a></th>\s*<td>(\d+)</td>", staff.get(URL).text)


def test_tags_are_listed_renamed_and_merged(staff, named, rename):
    assert listed(staff) == [("&lt;b&gt;VPN client&lt;/b&gt;", "1"), ("vpn", "2")]
    assert 'href="/admin/tickets/?tag=vpn"' in staff.get(URL).text
    client = named["&lt;b&gt;VPN client&lt;/b&gt;"]
    answer = rename(client, "VPN app")
    assert (answer.status_code, answer.location) == (303, URL)
    assert "The tag is now “VPN app”." in staff.get(URL).text
    asked = rename(client, "VPN")
    assert asked.status_code == 200
    assert "There is already a tag “vpn”. Merge the two tags?" in asked.text
    assert len(listed(staff)) == 2
    assert rename(client, "VPN", confirmed="yes").status_code == 303
    assert listed(staff) == [("vpn", "2")]


def test_wrong_name_is_explained(staff, named, rename, everything):
    before = everything()
    rename(named["vpn"], "x" * 41)
    assert "40" in staff.get(URL).text
    assert rename(987654, "x").status_code == 404
    staff.post(f"{URL}{named['vpn']}", data={"name": "x"})
    assert "expired" in staff.get(URL).text
    assert staff.get(f"{URL}{named['vpn']}").location == URL
    assert everything() == before


def test_page_of_tags_is_for_staff_of_the_desk(client_of, alice, named, make_desk):
    assert client_of(alice).get(URL).status_code == 403
    assert client_of(None).get(URL).status_code in (302, 401)

    class ClosedDesk(TicketView):
        category = "Customers"

        def is_accessible(self):
            return False

    desk = make_desk(ClosedDesk)
    assert desk.client().get(URL).status_code == 403
    assert "Ticket tags" not in desk.client().get("/admin/").text
    in_category = make_desk(type("OpenDesk", (TicketView,), {"category": "Customers"}))
    assert 'href="/admin/ticket-tags/"' in in_category.client().get("/admin/").text
    assert 'href="/admin/ticket-tags/"' in in_category.get().text
    alone = make_desk()
    assert "Ticket tags" not in alone.client().get("/admin/").text
    assert '<a href="/admin/ticket-tags/">Ticket tags</a>' in alone.get().text
