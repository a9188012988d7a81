"""The queue: one row a ticket with its buttons, filters in the address, orders and search."""

import re
from html import unescape

import pytest

from flask_support_tickets import TicketStatus

from .conftest import buttons, press, rows


@pytest.fixture
def queue(staff):
    """Return the queue's HTML: ``queue("status=New")``."""
    return lambda query="": staff.get(f"/admin/tickets/?{query}").text


def hidden_inputs(html):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


def links(page):
    """Return ``{text of a link: its address}``."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(?:<bdi>)?([^<]+)', page)
    return {text.strip(): address.replace("&amp;", "&") for address, text in found}


def chips(page):
    """Return ``{label: text}`` of the active filters."""
    return dict(re.findall(r'st-chip-label">([^<]+)</span> <bdi>([^<]+)', page))


def test_queue_has_a_row_per_ticket_with_exactly_the_allowed_buttons(queue, make_ticket):
    """Rule W1."""
    tickets = {status: make_ticket(status) for status in TicketStatus}
    page = queue()
    found = rows(page)
    assert page.count("<table") == 1
    allowed = ({"Start Progress"}, {"Mark Resolved"}, {"Close"}, set())
    for status, ticket in tickets.items():
        row = found[ticket.id]
        assert buttons(row) == allowed[status]
        assert row.count('method="post"') == row.count('name="csrf_token"') == len(buttons(row))
        assert f"More actions for #{ticket.id}" in row
        assert f'href="/admin/tickets/{ticket.id}"' in row
        assert f"st-badge-{status.name}" in row


def test_queue_has_empty_states_and_pages(queue, make_ticket):
    assert "No tickets yet. New ones will show up here." in queue()
    ids = [make_ticket().id for _ in range(21)]
    assert list(rows(queue("page=1"))) == ids[:0:-1]
    assert list(rows(queue("page=2"))) == ids[:1]
    assert "nothing on this page" in queue("page=1000000000")
    assert "No tickets match your search or filters." in queue("status=Closed")


def test_queue_filters_by_status_department_and_assignee(queue, make_ticket, adam):
    new = make_ticket(department="Sales").id
    mine = make_ticket(TicketStatus.InProgress, department="Sales").id
    adams = make_ticket(TicketStatus.InProgress, staff=adam).id
    for query, tickets, assignee in (
        ("order=", [adams, mine, new], []),
        ("status=New", [new], []),
        ("status=open", [adams, mine, new], []),
        ("assignedTo=none", [new], ["Unassigned"]),
        ("assignedTo=me", [mine], ["Me"]),
        (f"assignedTo={adam.id}", [adams], ["adam"]),
        ("assignedTo=987654", [], ["Someone else"]),
        ("department=Sales&status=InProgress", [mine], []),
        ("department=Sales&assignedTo=none&order=oldest", [new], ["Unassigned"]),
    ):
        page = queue(query)
        assert list(rows(page)) == tickets, query
        form = page.partition('name="assignedTo"')[2].partition("</select>")[0]
        assert re.findall(r'value="[^"]+" selected>([^<]+)', form) == assignee, query
        assert chips(page).get("Assigned to") == (assignee[0] if assignee else None), query


def test_each_active_filter_is_a_link_without_it(queue, make_ticket):
    make_ticket(department="Sales")
    page = queue("status=open&department=Sales&assignedTo=none&search=work&page=1")
    url, rest = "/admin/tickets/", "status=open"
    removed = re.findall(r'class="st-chip" href="([^"]*)"', page)
    assert [unescape(each) for each in removed] == [
        f"{url}?{rest}&department=Sales&assignedTo=none",
        f"{url}?{rest}&search=work&department=Sales",
        f"{url}?{rest}&search=work&assignedTo=none",
    ]
    assert chips(page) == {"Search": "work", "Assigned to": "Unassigned", "Department": "Sales"}
    assert links(page)["Clear filters"] == url
    assert "Filter by status" in page
    assert "st-chip" not in queue("status=open")


def test_tabs_mark_the_current_status_and_count_tickets(queue, make_ticket):
    for status in TicketStatus:
        make_ticket(status)
    current = r'aria-current="page">([\w ]+) <span class="st-count">(\d)<'
    for query, tab in (
        ("", [("All", "4")]),
        ("status=open", [("Open", "2")]),
        ("status=InProgress,New", [("Open", "2")]),
        ("status=New", [("New", "1")]),
        ("status=New,Closed", [("New", "1"), ("Closed", "1")]),
    ):
        assert re.findall(current, queue(query)) == tab, query
    assert links(queue())["Open"] == "/admin/tickets/?status=open"


def test_links_and_form_of_queue_keep_its_filters(queue, make_ticket):
    make_ticket(department="Sales")
    page = queue("status=New&department=Sales&assignedTo=none&order=oldest&page=1")
    url, found = "/admin/tickets/", links(page)
    assert found["All"] == f"{url}?department=Sales&assignedTo=none&order=oldest"
    kept = "status=New&department=Sales&assignedTo=none"
    assert found["Waiting only, longest first"] == f"{url}?{kept}&order=waiting"
    assert found["Clear"] == f"{url}?status=New&order=oldest"
    search, _, menu = page.partition('role="search"')[2].partition("st-filters")
    kept = {"status": "New", "order": "oldest"}
    assert hidden_inputs(menu.partition("</form>")[0]) == kept
    assert hidden_inputs(search) == {**kept, "department": "Sales", "assignedTo": "none"}
    assert re.search(r'name="department"[^>]* value="Sales"', menu)


def test_invalid_filter_is_422_without_rows(staff, make_ticket):
    """Cases 84, 86, 87."""
    make_ticket()
    for query in (
        "page=-1", "page=0", "page=x", f"page={'9' * 40}", "status=Nope", f"search={'x' * 201}",
        "status=New&status=Closed", "order=id", "assignedTo=None", "department=%00",
    ):  # fmt: skip
        answer = staff.get(f"/admin/tickets/?{query}")
        assert answer.status_code == 422, query
        assert "This filter isn't valid." in unescape(answer.text), query
        assert rows(answer.text) == {}, query


def test_invalid_filter_is_explained_at_its_field(staff):
    page = unescape(staff.get("/admin/tickets/?assignedTo=None").text)
    assert re.search(r'<details class="st-menu" name="st-menu" open>', page)
    assert 'name="assignedTo" aria-invalid="true" aria-describedby="st-error-assignedTo"' in page
    assert 'id="st-error-assignedTo">Use “me”, “none” or a user ID.<' in page
    page = unescape(staff.get(f"/admin/tickets/?search={'x' * 201}").text)
    assert page.count("st-error-search") == 2


def test_script_is_told_whether_the_queue_has_changed(staff, make_ticket, mona):
    make_ticket(TicketStatus.InProgress)
    url = "/admin/tickets/?status=open"
    headers = {"X-Requested-With": "XMLHttpRequest"}

    def etag_of(answer):
        return re.search(r'data-etag="(\w+)"', answer.text)[1]

    etag = etag_of(staff.get(url))
    same = staff.get(url, headers={**headers, "If-None-Match": f'"{etag}"'})
    assert (same.status_code, same.text) == (304, "")
    assert staff.get(url, headers={"If-None-Match": f'"{etag}"'}).status_code == 200
    press(staff, make_ticket(TicketStatus.InProgress).id, "MarkAsResolved", query="?from=list")
    changed = staff.get(url, headers={**headers, "If-None-Match": f'"{etag}"'})
    assert changed.status_code == 200
    assert etag_of(changed) != etag
    assert "Undo" not in changed.text
    page = staff.get(url).text  # polling has not consumed the flashed message
    assert "is now “Resolved”" in page
    assert "Undo" in page


class TestConfiguredDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ("Sales", "IT")}

    def test_queue_filters_by_configured_and_former_departments(self, queue, make_ticket):
        """Rule T5."""
        make_ticket(department="IT")
        page = queue("department=IT")
        options = re.findall(r'<option value="\w+"( selected)?>(Sales|IT)</option>', page)
        assert options == [("", "Sales"), (" selected", "IT")]
        assert len(rows(page)) == 1
        assert '<option value="Gone" selected>Gone</option>' in queue("department=Gone")


def test_queue_sorts_by_age_and_waiting(queue, make_ticket, make_comment, mona):
    """Rules R2, S1."""
    first, answered, last = make_ticket().id, make_ticket(TicketStatus.InProgress), make_ticket().id
    make_comment(answered, mona)
    oldest, waiting = "/admin/tickets/?order=oldest", "/admin/tickets/?order=waiting"
    for query, tickets, sorted_by, link in (
        ("", [last, answered.id, first], [("descending", "Opened")], oldest),
        ("order=oldest", [first, answered.id, last], [("ascending", "Opened")], "/admin/tickets/"),
        ("order=waiting", [first, last], [("descending", "Waiting")], "/admin/tickets/"),
        ("search=WORK&order=oldest", [last, answered.id, first], [], None),
    ):
        page = queue(query)
        assert list(rows(page)) == tickets, query
        assert re.findall(r'aria-sort="(\w+)"><a [^>]*>(\w+)', page) == sorted_by, query
        assert links(page).get("Opened") == link, query
        assert links(page).get("Waiting") == (waiting if link else None), query


def test_queue_marks_what_search_found(queue, make_ticket, make_comment, alice):
    """Rule S2."""
    ticket = make_ticket(TicketStatus.InProgress, subject="Engine <b> Größe")
    make_comment(ticket, alice, "Zebra")
    make_ticket(description=f"{'before ' * 40}<i>Brake</i>\nfluid {'after ' * 40}")
    found = re.compile(r'<bdi class="st-found">(.*?)</bdi>')
    page = queue("search=grösse engine")
    assert "<bdi><mark>Engine</mark> &lt;b&gt; <mark>Größe</mark></bdi>" in page
    assert found.findall(page) == []
    page = queue(f"search=%23{ticket.id}")
    assert f'"><mark>#{ticket.id}</mark></td>' in page
    assert found.findall(page) == []
    assert found.findall(queue("search=zebra")) == ["Found in the replies."]
    [part] = found.findall(queue("search=brake"))
    assert "before &lt;i&gt;<mark>Brake</mark>&lt;/i&gt; fluid after" in part


def test_queue_counts_unread_comments(queue, make_ticket, make_comment, alice, mona):
    """Rule R1."""
    ticket = make_ticket(TicketStatus.InProgress)
    make_comment(ticket, mona)
    assert 'class="st-unread"' not in queue()
    for words in ("1 new reply", "2 new replies"):
        make_comment(ticket, alice)
        assert f'<span class="st-unread" title="{words}"><span class="sr-only">{words}</' in queue()
