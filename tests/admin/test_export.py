"""The queue as a CSV file. Rule X1."""

import csv
import io
from html import unescape
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from flask_support_tickets import TicketStatus, unit_of_work
from flask_support_tickets.admin import base_view
from flask_support_tickets.services import list_tickets
from flask_support_tickets.services.tickets import listing
from flask_support_tickets.services.tickets.tags import set_tags

from ..host import db

URL = "/admin/tickets/export.csv"


def read(answer):
    """Return the lines below the heading."""
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    heading, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert heading[:3] == ["ID", "Subject", "Status"]
    assert {len(line) for line in lines} <= {len(heading)}
    return lines


@pytest.fixture
def parts(monkeypatch):
    """Read two tickets at a time; count the reads, and let the one numbered ``fail_at`` fail."""
    parts = SimpleNamespace(count=0, fail_at=0)

    def read_part(**arguments):
        parts.count += 1
        if parts.count == parts.fail_at:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return list_tickets(**arguments)

    monkeypatch.setattr(listing, "BATCH_SIZE", 2)
    monkeypatch.setattr(listing, "list_tickets", read_part)
    return parts


def test_export_is_a_download_with_a_line_per_ticket(staff, make_ticket, make_comment, mona):
    ticket = make_ticket(TicketStatus.InProgress, subject='A "b", c', department="Sales")
    make_comment(ticket, mona)
    unit_of_work(set_tags, ticket.id, ["b", "a"])
    answer = staff.get(URL)
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=support-tickets-2")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    [line] = read(answer)
    assert line[:6] == [str(ticket.id), 'A "b", c', "In progress", "alice", "mona", "Sales"]
    assert line[6:8] == ["Normal", "a, b"]
    assert line[8] == f"{ticket.created_at:%Y-%m-%d %H:%M:%S}"
    assert line[10:] == ["", "", "1"]
    assert read(staff.get(f"{URL}?status=New&page=7")) == []
    assert staff.get(f"{URL}?order=id").status_code == 422


def test_export_has_no_formula(staff, make_ticket):
    """Case 95."""
    for text in ("=1+1", "@SUM(A1)", "＝1"):
        make_ticket(subject=text, department=text)
    for line in read(staff.get(URL)):
        assert line[1] == line[5]
        assert line[1][:2] in ("'=", "'@", "'＝")


@pytest.mark.parametrize("query", ["", "search=work", "department=Sales"])
def test_export_has_whole_list_in_its_order(staff, make_ticket, parts, query):
    for number in range(7):
        make_ticket(
            TicketStatus(number % 2),
            department=("Sales", None)[number % 3 == 0],
            priority=number % 4,
        )
    for order in ("newest", "oldest", "waiting", "priority"):
        data = staff.get(f"/api/tickets?{query}&order={order}&pageSize=100").json["data"]
        expected = [str(ticket["id"]) for ticket in data["tickets"]]
        lines = read(staff.get(f"{URL}?{query}&order={order}"))
        assert [line[0] for line in lines] == expected
        assert len(expected) > 2


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_LOCALE": "auto"}])
@pytest.mark.parametrize(
    ("language", "separator"),
    [
        ("de", ";"),
        ("de-CH", ","),
        ("fr", ";"),
        ("es-MX", ","),
        ("es", ";"),
        ("en", ","),
        ("ar", ","),
    ],
)
def test_columns_are_separated_as_in_the_readers_locale(staff, make_ticket, language, separator):
    make_ticket(subject="a,b;c")
    headers = {"Accept-Language": language}

    def lines(**query):
        answer = staff.get(URL, query_string=query, headers=headers)
        assert answer.status_code == 200
        given = {"tab": "\t"}.get(query.get("separator"), query.get("separator") or separator)
        text = answer.data.decode("utf-8-sig")
        return [*csv.reader(io.StringIO(text, newline=""), delimiter=given)]

    for query in (
        {},
        {"separator": ""},
        *({"separator": each} for each in (",", ";", "\t", "tab")),
    ):
        heading, line = lines(**query)
        assert len(heading) == len(line) > 8
        assert line[1] == "a,b;c"


@pytest.mark.parametrize("query", ["separator=x", "separator=,,", "separator=,&separator=;"])
def test_export_with_another_separator_is_refused(staff, make_ticket, query):
    make_ticket()
    answer = staff.get(f"{URL}?{query}")
    assert answer.status_code == 422
    assert "Use a comma, a semicolon or “tab” as the separator." in unescape(answer.text)


def test_menu_offers_each_separator(staff, make_ticket):
    make_ticket(department="Sales")
    page = unescape(staff.get("/admin/tickets/?department=Sales").text)
    for separator, text in (("%2C", "Commas"), ("%3B", "Semicolons"), ("tab", "Tabs")):
        link = f'href="{URL}?department=Sales&separator={separator}" download>{text}</a>'
        assert link in page


def test_export_says_where_it_is_cut(staff, make_ticket, parts, monkeypatch):
    monkeypatch.setattr(base_view, "EXPORT_MAX", 3)
    ids = [str(make_ticket().id) for _ in range(3)]
    assert [line[0] for line in read(staff.get(URL))] == ids[::-1]
    make_ticket()
    *lines, last = read(staff.get(URL))
    assert len(lines) == 3
    assert last[0] == (
        "This file stops at 3 tickets, but there are more. Narrow your filters to export the rest."
    )


def test_export_that_fails_says_so_and_breaks_off(staff, make_ticket, parts):
    for _ in range(5):
        make_ticket()
    parts.fail_at = 2
    answer = staff.get(URL, buffered=False)
    lines = iter(answer.response)
    sent = [next(lines) for _ in range(5)]
    assert sent[-1].startswith(
        b"INCOMPLETE: an error stopped the export. Tickets in this file: 2. Please export again.,"
    )
    with pytest.raises(OperationalError):
        next(lines)
    answer.close()
    parts.fail_at = parts.count + 1
    assert staff.get(URL).status_code == 503


def test_export_is_read_as_it_is_sent_and_holds_no_connection(staff, make_ticket, parts):
    for _ in range(5):
        make_ticket()
    answer = staff.get(URL, buffered=False)
    lines = iter(answer.response)
    next(lines), next(lines)
    assert parts.count == 1
    db.session.rollback()
    assert db.engine.pool.checkedout() == 0
    list(lines)
    assert parts.count == 3
    answer.close()


def test_queue_links_to_export_of_its_filter_and_names_the_limit(staff, make_ticket, monkeypatch):
    assert "export.csv" not in staff.get("/admin/tickets/").text
    for _ in range(2):
        make_ticket(department="Sales")
    page = staff.get("/admin/tickets/?department=Sales&page=1").text
    assert f'href="{URL}?department=Sales"' in page
    assert "up to" not in page
    monkeypatch.setattr(base_view, "EXPORT_MAX", 1)
    assert "up to 1 tickets" in staff.get("/admin/tickets/").text
