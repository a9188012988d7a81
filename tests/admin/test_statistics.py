"""The page of statistics."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import update

from flask_support_tickets import TicketStatus
from flask_support_tickets.models import utc_now
from flask_support_tickets.services.statistics import reading, sample

from ..host import db, tickets
from ..test_architecture import inline_in

URL = "/admin/tickets/stats"


def words_of(page):
    """Return what a reader sees, with single spaces."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.S)
    return " ".join(unescape(text).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture
def busy(make_ticket, make_comment, mona):
    """A ticket in each status, the one in progress answered."""
    for status in TicketStatus:
        ticket = make_ticket(status, department="Sales" if status else None)
        if status == TicketStatus.InProgress:
            make_comment(ticket, mona)


class TestPage:
    def test_tells_the_figures(self, client_of, mona, busy):
        page = client_of(mona).get(URL)
        assert page.status_code == 200
        words = words_of(page.text)
        for sentence in (
            "Open now 2 1 new, 1 in progress",
            "Created this week 4 0 last week",
            "Resolved this week 2 0 last week",
            "First reply, median under 1 min 90 % within under 1 min",
            "4 created and 2 resolved in 12 weeks.",
            "Of 2 open tickets, 0 are older than 4 weeks.",
            "Under 1 day 1 1 2",
            "mona 1 3 2",
            "Unassigned 1 1 0 – – – –",
            "Sales 1 3 2",
            "No department 1 1 0",
        ):
            assert sentence in words
        assert page.text.count('role="img"') == 4
        assert page.text.count("<details") == 4

    def test_has_an_empty_state(self, client_of, mona):
        words = words_of(client_of(mona).get(URL).text)
        assert "No ticket is open." in words
        assert words.count("None in these weeks.") == 5  # two numbers, three charts
        assert "Median 90 %" in words

    def test_names_what_each_picture_shows(self, client_of, mona, busy):
        page = client_of(mona).get(URL).text
        ids = set(re.findall(r' id="([^"]+)"', page))
        pictures = re.findall(r'role="img" aria-labelledby="([^"]+)"', page)
        assert len(pictures) == 4
        assert all(set(names.split()) <= ids for names in pictures)

    def test_has_no_inline_script_or_style(self, client_of, mona, busy):
        page = client_of(mona).get(URL).text
        assert inline_in(page[page.index('class="st-root') :].partition("</main>")[0]) == []

    def test_escapes_departments_and_names(self, client_of, mona, make_user, make_ticket):
        evil = make_user("<img src=x>", role="moderator")
        make_ticket(TicketStatus.InProgress, staff=evil, department='"><script>x</script>')
        page = client_of(mona).get(URL).text
        assert "<img src=x" not in page
        assert "<script>x" not in page
        assert "&lt;img src=x&gt;" in page

    def test_is_linked_with_the_list(self, client_of, mona):
        client = client_of(mona)
        assert f'href="{URL}"' in client.get("/admin/tickets/").text
        assert 'href="/admin/tickets/"' in client.get(URL).text

    def test_says_when_it_is_of_the_newest_tickets(self, client_of, mona, monkeypatch, make_ticket):
        monkeypatch.setattr(sample, "EXAMINED_MAX", 2)
        for _ in range(3):
            make_ticket(department="Sales")
        client, today = client_of(mona), utc_now().date().isoformat()
        words = words_of(client.get(URL).text)
        assert f"These figures are of the newest 2 tickets, those filed since {today}." in words
        assert "Of older ones, only how many are open is counted." in words
        assert "choose a shorter period" in words
        assert "Open now 3" in words
        words = words_of(client.get(f"{URL}?department=Sales").text)
        assert "Older tickets are not counted." in words
        assert "Open now 2" in words

    def test_does_not_speak_of_weeks_that_are_whole(
        self, client_of, mona, monkeypatch, make_ticket
    ):
        monkeypatch.setattr(sample, "EXAMINED_MAX", 2)
        for _ in range(3):
            make_ticket()
        long_ago = utc_now().replace(year=utc_now().year - 1)
        db.session.execute(update(tickets.Ticket).values(created_at=long_ago))
        db.session.commit()
        assert "choose a shorter period" not in client_of(mona).get(URL).text


class TestFilter:
    def test_counts_what_was_asked_for_and_keeps_it_in_the_form(
        self, client_of, mona, adam, make_ticket
    ):
        make_ticket(TicketStatus.InProgress, department="Sales")
        make_ticket(TicketStatus.InProgress, department="Care", staff=adam)
        make_ticket()
        client = client_of(mona)

        def chosen(query):
            page = client.get(f"{URL}?{query}").text
            [total] = re.findall(r"<dt>Open now</dt><dd>(\d+)</dd>", page)
            return int(total), re.findall(r'<option value="([^"]*)" selected', page)

        assert chosen("") == (3, ["12"])
        assert chosen("weeks=4") == (3, ["4"])
        assert chosen("department=Sales") == (1, ["12", "Sales"])
        assert chosen("assignedTo=me") == (1, ["12", "me"])
        assert chosen(f"assignedTo={mona.id}") == (1, ["12", "me"])
        assert chosen(f"assignedTo={adam.id}") == (1, ["12", str(adam.id)])
        assert chosen("assignedTo=none") == (1, ["12", "none"])
        assert chosen("weeks=26&department=Sales&assignedTo=none") == (
            0,
            ["26", "Sales", "none"],
        )

    def test_leads_on_to_departments_and_assignees_of_the_same_view(
        self, client_of, mona, make_ticket
    ):
        make_ticket(TicketStatus.InProgress, department="R&D")
        page = client_of(mona).get(f"{URL}?weeks=4&department=R%26D").text
        assert f'href="{URL}?weeks=4&amp;department=R%26D" aria-current="true"' in page
        assert f'href="{URL}?weeks=4&amp;department=R%26D&amp;assignedTo={mona.id}"' in page
        assert f'href="{URL}?weeks=4">Show all tickets' in page

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("weeks=0", "Period:"),
            ("weeks=13", "Period:"),
            ("weeks=99999999999999999999", "Period:"),
            ("weeks=%D9%A4", "Period:"),
            ("weeks=4&weeks=12", "Send it once."),
            ("department=a%00", "Department:"),
            ("department=" + "x" * 101, "Department:"),
            ("assignedTo=you", "Assigned to:"),
            ("assignedTo=-1", "Assigned to:"),
            ("status=New", "Status:"),
        ],
    )
    def test_that_cannot_be_understood_is_422(self, client_of, mona, query, words):
        answer = client_of(mona).get(f"{URL}?{query}")
        assert answer.status_code == 422
        assert "This filter cannot be understood." in answer.text
        assert words in answer.text
        assert "Open now" not in answer.text

    def test_an_empty_one_counts_as_absent(self, client_of, mona):
        answer = client_of(mona).get(f"{URL}?weeks=&department=&assignedTo=")
        assert answer.status_code == 200


class TestDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ("Sales", "care")}

    def test_that_are_configured_can_be_chosen(self, client_of, mona):
        page = client_of(mona).get(URL).text
        assert re.findall(r'<option value="(\w+)">\1</option>', page) == ["care", "Sales"]


class TestZone:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_TIMEZONE": "Pacific/Auckland"}

    def test_weeks_are_those_of_the_reader(self, monkeypatch, client_of, mona):
        late_on_sunday = datetime(2026, 11, 22, 20, tzinfo=UTC)
        monkeypatch.setattr(reading, "utc_now", lambda: late_on_sunday)
        page = client_of(mona).get(f"{URL}?weeks=4").text
        assert "Weeks begin on Monday (Pacific/Auckland)." in page
        assert '<time datetime="2026-11-23">23 Nov</time>' in page
