"""The queue as a CSV file (rule X1)."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy.exc import OperationalError

from flask_support_tickets import TicketStatus
from flask_support_tickets.admin import export
from flask_support_tickets.services import list_tickets

from ..host import db


@pytest.fixture
def client(client_of, mona):
    return client_of(mona)


def read(answer):
    """Return the lines below the heading."""
    assert answer.status_code == 200
    data = answer.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    heading, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert heading[:3] == ["ID", "Subject", "Status"]
    assert {len(line) for line in lines} <= {len(heading)}
    return lines


class TestFile:
    def test_has_a_line_for_each_ticket_with_what_the_list_shows(
        self, client, make_ticket, make_comment, mona
    ):
        ticket = make_ticket(TicketStatus.InProgress, subject='A "b", c', department="Sales")
        make_comment(ticket, mona)
        [line] = read(client.get("/admin/tickets/export.csv"))
        assert line[:6] == [str(ticket.id), 'A "b", c', "In progress", "alice", "mona", "Sales"]
        assert line[6] == f"{ticket.created_at:%Y-%m-%d %H:%M:%S}"
        assert line[8:] == ["", "", "1"]

    def test_is_a_download_that_nobody_keeps(self, client, make_ticket):
        make_ticket()
        answer = client.get("/admin/tickets/export.csv")
        assert answer.content_type == "text/csv; charset=utf-8; header=present"
        assert answer.headers["Content-Disposition"].startswith(
            "attachment; filename=support-tickets-2"
        )
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\u3000=1", "＝1", "a;=1", "'=1"]
    )
    def test_holds_no_formula(self, client, make_ticket, text):
        make_ticket(subject=text, department=text)
        [line] = read(client.get("/admin/tickets/export.csv"))
        assert line[1] == line[5]
        assert "'" in line[1]
        assert line[1].replace("'", "") == text.strip("\u3000").replace("'", "")

    def test_with_nothing_in_it_has_a_heading(self, client):
        assert read(client.get("/admin/tickets/export.csv?status=New&page=7")) == []


class TestLists:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(export, "_BATCH_SIZE", 2)

    @pytest.mark.parametrize("order", ["", "newest", "oldest", "waiting"])
    @pytest.mark.parametrize("query", ["", "search=work", "department=Sales"])
    def test_are_whole_and_in_their_order(self, client, make_ticket, order, query):
        for number in range(7):
            make_ticket(TicketStatus(number % 2), department=("Sales", None)[number % 3 == 0])
        address = f"?{query}&order={order}"
        data = client.get(f"/api/tickets{address}&pageSize=100").json["data"]
        expected = [str(ticket["id"]) for ticket in data["tickets"]]
        found = read(client.get(f"/admin/tickets/export.csv{address}"))
        assert [line[0] for line in found] == expected
        assert len(expected) > 2

    def test_are_cut_where_they_say_so(self, client, make_ticket, monkeypatch):
        monkeypatch.setattr(export, "EXPORT_MAX", 3)
        ids = [str(make_ticket().id) for _ in range(3)]
        assert [line[0] for line in read(client.get("/admin/tickets/export.csv"))] == ids[::-1]
        make_ticket()
        *lines, last = read(client.get("/admin/tickets/export.csv"))
        assert len(lines) == 3
        assert last[0] == "There are more. This file ends after 3 tickets."

    def test_are_read_as_they_are_sent(self, client, make_ticket, monkeypatch):
        for _ in range(5):
            make_ticket()
        reads = []

        def count(**arguments):
            reads.append(arguments["after_id"])
            return list_tickets(**arguments)

        monkeypatch.setattr(export.services, "list_tickets", count)
        answer = client.get("/admin/tickets/export.csv", buffered=False)
        lines = iter(answer.response)
        next(lines), next(lines)
        assert len(reads) == 1
        list(lines)
        assert len(reads) == 3
        answer.close()

    def test_that_end_early_say_so_and_break_off(self, client, make_ticket, monkeypatch):
        for _ in range(5):
            make_ticket()

        def fail_later(**arguments):
            if arguments["after_id"]:
                raise OperationalError("SELECT", {}, Exception("gone"))
            return list_tickets(**arguments)

        monkeypatch.setattr(export.services, "list_tickets", fail_later)
        answer = client.get("/admin/tickets/export.csv", buffered=False)
        lines = iter(answer.response)
        sent = [next(lines) for _ in range(5)]
        assert sent[-1].startswith(b"INCOMPLETE. An error ended this file after 2 tickets.,")
        with pytest.raises(OperationalError):
            next(lines)
        answer.close()

    def test_that_cannot_begin_are_503(self, client, make_ticket, monkeypatch):
        def fail(**arguments):
            raise OperationalError("SELECT", {}, Exception("gone"))

        monkeypatch.setattr(export.services, "list_tickets", fail)
        assert client.get("/admin/tickets/export.csv").status_code == 503


def test_a_filter_that_cannot_be_understood_is_422(client):
    assert client.get("/admin/tickets/export.csv?order=id").status_code == 422


def test_the_page_leads_to_it_and_says_how_much_it_takes(client, make_ticket, monkeypatch):
    assert "export.csv" not in client.get("/admin/tickets/").text
    for _ in range(2):
        make_ticket(department="Sales")
    page = client.get("/admin/tickets/?department=Sales&page=1").text
    assert 'href="/admin/tickets/export.csv?department=Sales"' in page
    assert "at most" not in page
    from flask_support_tickets.admin import queue

    monkeypatch.setattr(queue, "EXPORT_MAX", 1)
    assert "at most 1" in client.get("/admin/tickets/").text


def test_nothing_is_held_while_somebody_reads_slowly(app, client, make_ticket, monkeypatch):
    monkeypatch.setattr(export, "_BATCH_SIZE", 1)
    make_ticket(), make_ticket()
    answer = client.get("/admin/tickets/export.csv", buffered=False)
    lines = iter(answer.response)
    next(lines), next(lines)
    db.session.rollback()
    assert db.engine.pool.checkedout() == 0
    answer.close()
