"""The two ticket pages, and what a browser sends from them."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields


@pytest.fixture(params=["requester", "staff"])
def face(request, client_of, alice, mona, make_ticket):
    """Return who reads, who wrote, and the reader's page of a ticket in progress."""
    ticket = make_ticket(TicketStatus.InProgress)
    if request.param == "requester":
        reader, writer, url = alice, mona, f"/settings/ticket/{ticket.id}"
    else:
        reader, writer, url = mona, alice, f"/admin/tickets/{ticket.id}"
    return SimpleNamespace(
        client=client_of(reader), reader=reader, writer=writer, url=url, ticket=ticket
    )


class _Fields(HTMLParser):
    """Collects what a browser would send for the first multipart or ``st-form`` form."""

    def __init__(self):
        super().__init__()
        self.found, self.select, self.area = {}, None, None

    def handle_starttag(self, tag, attrs):
        each = dict(attrs)
        if tag == "input" and each.get("type") not in ("file", "checkbox") and "name" in each:
            self.found[each["name"]] = each.get("value", "")
        elif tag == "select":
            self.select = each.get("name")
            self.found[self.select] = ""
        elif tag == "option" and self.select and "selected" in each:
            self.found[self.select] = each["value"]
        elif tag == "textarea":
            self.area, self.found[each["name"]] = each["name"], ""

    def handle_data(self, data):
        if self.area:
            self.found[self.area] += data.removeprefix("\n")

    def handle_endtag(self, tag):
        if tag in ("select", "textarea"):
            self.select = self.area = None


def fill_whole_form(client, url, **fields):
    """Open the form at ``url`` and return all of its fields, with ``fields`` typed in."""
    page = client.get(url)
    assert page.status_code == 200
    parser = _Fields()
    parser.feed(
        page.text[page.text.index("<form", page.text.index("<h1")) :].partition("</form>")[0]
    )
    return {**parser.found, **fields}


def fill(client, url, **fields):
    """Open the form at ``url`` and return what a browser would send."""
    page = client.get(url)
    assert page.status_code == 200
    return {**form_fields(page.text), **fields}
