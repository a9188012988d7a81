"""The page of statistics. Rules N2, N3."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import update

from flask_support_tickets import TicketStatus
from flask_support_tickets.models import utc_now
from flask_support_tickets.services.statistics import report

from ..host import db, tickets

URL = "/admin/tickets/stats"


def text_of(page):
    """Return what a reader sees, with single spaces."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.S)
    return " ".join(unescape(text).replace("\N{NO-BREAK SPACE}", " ").split())


def test_statistics_show_figures_and_charts_escaped(staff, make_user, make_ticket, make_comment):
    """Case 51."""
    empty = text_of(staff.get(URL).text)
    assert "No open tickets right now." in empty
    assert empty.count("None in this period.") == 5  # two numbers, three charts
    assert f'href="{URL}"' in staff.get("/admin/tickets/").text
    evil = make_user("<img src=x>", role="moderator")
    for status in TicketStatus:
        ticket = make_ticket(status, staff=evil, department="<script>x" if status else None)
        if status == TicketStatus.InProgress:
            make_comment(ticket, evil)
    page = staff.get(URL).text
    text = text_of(page)
    for sentence in (
        "Open now 2 1 new, 1 in progress",
        "Opened this week 4 0 last week",
        "Resolved this week 2 0 last week",
        "Median time to first reply under 1 min 90th percentile: under 1 min",
        "4 opened and 2 resolved in the last 12 weeks, including this week so far.",
        "0 of 2 open tickets are more than 4 weeks old.",
        "Under 1 day 1 1 2",
        "<img src=x> 1 3 2",
        "Unassigned 1 1 0 – – – –",
        "<script>x 1 3 2",
        "No department 1 1 0",
        "Normal 2 4 2",
        "Urgent 0 0 0",
    ):
        assert sentence in text
    assert "<img src=x" not in page
    assert "<script>x" not in page
    ids = set(re.findall(r' id="([^"]+)"', page))
    charts = re.findall(r'role="img" aria-labelledby="([^"]+)"', page)
    assert len(charts) == page.count("<details") == 4
    assert all(set(names.split()) <= ids for names in charts)


def test_statistics_say_when_they_cover_only_newest_tickets(staff, monkeypatch, make_ticket):
    monkeypatch.setattr(report, "EXAMINED_MAX", 2)
    for _ in range(3):
        make_ticket(department="Sales")
    text = text_of(staff.get(URL).text)
    today = utc_now().date().isoformat()
    assert f"Based on the newest 2 tickets, opened since {today}." in text
    assert "Older tickets are only included in the number of open tickets." in text
    assert "Choose a shorter period." in text
    assert "Open now 3" in text
    text = text_of(staff.get(f"{URL}?department=Sales").text)
    assert "Older tickets aren't included." in text
    assert "Open now 2" in text
    long_ago = utc_now().replace(year=utc_now().year - 1, day=1)
    db.session.execute(update(tickets.Ticket).values(created_at=long_ago))
    db.session.commit()
    assert "Choose a shorter period." not in staff.get(URL).text


def test_statistics_filter_by_period_department_and_assignee(staff, mona, adam, make_ticket):
    make_ticket(TicketStatus.InProgress, department="R&D")
    make_ticket(TicketStatus.InProgress, department="Care", staff=adam)
    make_ticket()
    for query, total, chosen in (
        ("weeks=&department=&assignedTo=", 3, ["12"]),
        ("weeks=4&department=R%26D", 1, ["4", "R&amp;D"]),
        (f"assignedTo={mona.id}", 1, ["12", "me"]),
        (f"assignedTo={adam.id}", 1, ["12", str(adam.id)]),
        ("assignedTo=none", 1, ["12", "none"]),
        ("weeks=26&department=Care&assignedTo=none", 0, ["26", "Care", "none"]),
        ("priority=1", 3, ["12", "1"]),
        ("priority=3", 0, ["12", "3"]),
    ):
        page = staff.get(f"{URL}?{query}").text
        assert f"<dt>Open now</dt><dd>{total}</dd>" in page, query
        assert re.findall(r'<option value="([^"]*)" selected', page) == chosen, query
    page = staff.get(f"{URL}?weeks=4&department=R%26D").text
    assert f'href="{URL}?weeks=4&amp;department=R%26D" aria-current="true"' in page
    assert f'href="{URL}?weeks=4&amp;department=R%26D&amp;assignedTo={mona.id}"' in page
    assert f'href="{URL}?weeks=4">Show all tickets' in page


def test_invalid_filter_of_statistics_is_422(staff):
    """Rule J3."""
    for query, problem in (
        ("weeks=13", "Period:"), ("weeks=%D9%A4", "Period:"),
        ("weeks=4&weeks=12", "Use this filter only once."),
        ("department=a%00", "Department:"), ("assignedTo=-1", "Assigned to:"),
    ):  # fmt: skip
        answer = staff.get(f"{URL}?{query}")
        assert answer.status_code == 422, query
        assert "This filter isn't valid." in unescape(answer.text)
        assert problem in answer.text, query
        assert "Open now" not in answer.text
    assert staff.get(f"{URL}?lang=de").status_code == 200  # a parameter of the host


class TestConfigured:
    @pytest.fixture
    def host_config(self):
        return {
            "SUPPORT_TICKETS_DEPARTMENTS": ("Sales", "care"),
            "SUPPORT_TICKETS_TIMEZONE": "Pacific/Auckland",
        }

    def test_statistics_use_configured_departments_and_weeks_of_time_zone(self, monkeypatch, staff):
        """Rules T5, V2."""
        late_on_sunday = datetime(2026, 11, 22, 20, tzinfo=UTC)
        monkeypatch.setattr(report, "utc_now", lambda: late_on_sunday)
        page = staff.get(f"{URL}?weeks=4").text
        assert re.findall(r'<option value="(\w+)">\1</option>', page) == ["care", "Sales"]
        assert "Weeks start on Monday (Pacific/Auckland)." in page
        assert '<time datetime="2026-11-23">Nov 23</time>' in page
