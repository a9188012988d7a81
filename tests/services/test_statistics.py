"""Statistics say what a reader would count (rule N2), and read no more than they must (rule N3)."""

from __future__ import annotations

import itertools
import math
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flask_support_tickets import NotAllowed, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import StatisticsFilter, read_statistics, rebuild_counters
from flask_support_tickets.services.statistics import (
    AGES,
    GROUPS_MAX,
    Figures,
    Times,
    reading,
    sample,
)
from flask_support_tickets.services.statistics.figures import times_of
from flask_support_tickets.services.statistics.weeks import Weeks

from ..host import db, tickets

#: A Tuesday.
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(reading, "utc_now", lambda: NOW)


@pytest.fixture
def file(alice):
    """Write tickets as a host would import them: ``file(hours_ago, …)``; returns the row."""

    def write(hours_ago, *, status=0, reply=None, resolved=None, **columns):
        created = NOW - timedelta(hours=hours_ago)
        ticket = tickets.Ticket(
            subject="S",
            description="D",
            status=status,
            user_id=alice.id,
            created_at=created,
            updated_at=created,
            first_reply_at=None if reply is None else created + timedelta(hours=reply),
            resolved_at=None if resolved is None else created + timedelta(hours=resolved),
            **columns,
        )
        db.session.add(ticket)
        return ticket

    return write


@pytest.fixture
def many(file, mona, adam):
    """Two hundred tickets of the last half year: some never answered, some with odd times."""
    draw = random.Random(24)
    for number in range(200):
        status = draw.choice([0, 1, 1, 2, 3, 3])
        hours_ago = (200 - number) * 22 + draw.uniform(0, 20)
        file(
            hours_ago,
            status=status,
            reply=draw.choice([None, draw.uniform(-1, hours_ago)]),
            resolved=draw.uniform(0, hours_ago) if status > 1 else None,
            department=draw.choice(["Billing", "Abuse", "Ärger", None]),
            assigned_to_user_id=draw.choice([mona, adam]).id if status else None,
        )
    db.session.commit()


def read(user, zone=UTC, **criteria):
    return read_statistics(actor=actor_for(user), criteria=StatisticsFilter(**criteria), zone=zone)


def counted(rows, start, end):
    """Count by the words of rule N2, one figure after the other."""

    def within(moment):
        return moment is not None and start <= moment < end

    def times(name):
        took = sorted(
            max((getattr(row, name) - row.created_at).total_seconds(), 0)
            for row in rows
            if within(getattr(row, name))
        )
        ranks = [math.ceil(len(took) * share) for share in (0.5, 0.9)]
        return Times(len(took), *(took[rank - 1] for rank in ranks)) if took else Times()

    return Figures(
        created=sum(within(row.created_at) for row in rows),
        resolved=sum(within(row.resolved_at) for row in rows),
        open=sum(row.status < 2 for row in rows),
        first_reply=times("first_reply_at"),
        resolution=times("resolved_at"),
    )


def without_open(figures):
    return Figures(figures.created, figures.resolved, 0, figures.first_reply, figures.resolution)


class TestFigures:
    @pytest.mark.parametrize(
        ("zone", "criteria"),
        [
            (UTC, {}),
            (NEW_YORK, {}),
            (NEW_YORK, {"weeks": 4}),
            (UTC, {"weeks": 26, "department": "Billing"}),
            (UTC, {"assigned_to": "mona"}),
            (UTC, {"department": "Ärger", "assigned_to": "adam"}),
            (UTC, {"is_unassigned": True}),
            (UTC, {"department": "Nowhere"}),
        ],
    )
    def test_are_those_of_a_count_by_hand(self, mona, adam, many, zone, criteria):
        people = {"mona": mona.id, "adam": adam.id}
        if "assigned_to" in criteria:
            criteria = {**criteria, "assigned_to": people[criteria["assigned_to"]]}
        found = read(mona, zone, **criteria)
        rows = db.session.scalars(db.select(tickets.Ticket)).all()
        here = [row for row in rows if criteria.get("department") in (None, row.department)]
        theirs = [
            row
            for row in rows
            if ("assigned_to" not in criteria and "is_unassigned" not in criteria)
            or row.assigned_to_user_id == criteria.get("assigned_to")
        ]
        chosen = [row for row in here if row in theirs]
        weeks = criteria.get("weeks", 12)
        monday = datetime(2026, 11, 23, tzinfo=zone)
        starts = [monday - timedelta(weeks=back) for back in range(weeks)][::-1]
        ends = [*starts[1:], NOW + timedelta(days=7)]
        assert [week.starts_on for week in found.weeks] == [start.date() for start in starts]
        assert [week.figures for week in found.weeks] == [
            without_open(counted(chosen, start, end))
            for start, end in zip(starts, ends, strict=True)
        ]
        assert found.whole == counted(chosen, starts[0], ends[-1])
        edges = [timedelta(0), *AGES, timedelta(days=999)]
        assert [dict(age.by_status) for age in found.ages] == [
            {
                status: sum(
                    row.status == status and low <= NOW - row.created_at < high for row in chosen
                )
                for status in (TicketStatus.New, TicketStatus.InProgress)
            }
            for low, high in itertools.pairwise(edges)
        ]
        for groups, of, column in (
            (found.departments, theirs, "department"),
            (found.assignees, here, "assigned_to_user_id"),
        ):
            for group in groups:
                own = [row for row in of if getattr(row, column) == group.key]
                assert group.figures == counted(own, starts[0], ends[-1])
        assert (found.examined, found.examined_since) == (None, None)

    def test_name_the_groups_the_largest_first(self, mona, adam, file):
        for _ in range(2):
            file(1, status=1, assigned_to_user_id=adam.id, department="B")
        file(1, status=1, assigned_to_user_id=mona.id, department="A")
        file(2)
        db.session.commit()
        found = read(mona)
        assert [(group.key, group.name) for group in found.departments] == [
            ("B", "B"),
            ("A", "A"),
            (None, None),
        ]
        assert [group.name for group in found.assignees] == ["adam", "mona", None]

    def test_name_twenty_groups_and_the_one_that_was_asked_for(self, mona, file):
        for number in range(GROUPS_MAX + 3):
            file(1, department=f"D{number:02}")
        db.session.commit()
        assert len(read(mona).departments) == GROUPS_MAX
        found = read(mona, department="D22")
        assert [group.key for group in found.departments][-2:] == ["D19", "D22"]
        assert found.departments[-1].figures.open == found.whole.open == 1

    def test_an_assignee_without_a_ticket_is_there_when_asked_for(self, mona, adam):
        [group] = read(mona, assigned_to=adam.id).assignees
        assert (group.name, group.figures.created) == ("adam", 0)
        [gone] = read(mona, assigned_to=987_654).assignees
        assert gone.name == "Deleted user"

    def test_a_reopened_ticket_counts_again_when_it_is_resolved_again(self, mona, file):
        ticket = file(24 * 7, status=2, resolved=1)
        db.session.commit()
        assert [week.figures.resolved for week in read(mona, weeks=4).weeks] == [0, 0, 1, 0]
        ticket.status, ticket.resolved_at = 1, None
        db.session.commit()
        assert read(mona, weeks=4).whole.resolved == 0
        ticket.status, ticket.resolved_at = 2, NOW
        db.session.commit()
        assert [week.figures.resolved for week in read(mona, weeks=4).weeks] == [0, 0, 0, 1]

    def test_the_use_cases_leave_what_is_counted(
        self, monkeypatch, mona, make_ticket, make_comment
    ):
        monkeypatch.undo()
        make_comment(make_ticket(TicketStatus.InProgress), mona)
        make_ticket(TicketStatus.Resolved)
        whole = read(mona).whole
        assert (whole.created, whole.resolved, whole.open) == (2, 1, 1)
        assert (whole.first_reply.count, whole.resolution.count) == (1, 1)

    def test_without_any_ticket_there_are_zeros(self, mona):
        found = read(mona)
        assert found.whole == Figures(0, 0, 0, Times(), Times())
        assert len(found.weeks) == 12
        assert found.departments == found.assignees == []

    def test_are_for_staff_alone(self, alice):
        with pytest.raises(NotAllowed):
            read(alice)


class TestPercentiles:
    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [
            ([], Times(0, None, None)),
            ([5.0], Times(1, 5.0, 5.0)),
            ([9.0, 5.0], Times(2, 5.0, 9.0)),
            ([3.0, 1.0, 2.0], Times(3, 2.0, 3.0)),
            ([float(number) for number in range(1, 11)], Times(10, 5.0, 9.0)),
            ([float(number) for number in range(1, 12)], Times(11, 6.0, 10.0)),
        ],
    )
    def test_are_by_nearest_rank(self, seconds, expected):
        assert times_of(seconds) == expected


class TestWeeks:
    def test_begin_on_monday_where_the_reader_is(self):
        weeks = Weeks(datetime(2026, 11, 2, 3, tzinfo=UTC), 2, NEW_YORK)  # Sunday evening there
        assert weeks.days == [date(2026, 10, 19), date(2026, 10, 26)]
        assert weeks.starts[1] == datetime(2026, 10, 26, 4, tzinfo=UTC)

    def test_are_an_hour_longer_when_clocks_go_back(self):
        weeks = Weeks(datetime(2026, 11, 3, tzinfo=UTC), 2, NEW_YORK)
        assert weeks.starts[1] - weeks.starts[0] == timedelta(weeks=1, hours=1)


class TestBound:
    @pytest.fixture
    def few(self, monkeypatch, file, mona):
        """Ten tickets, a day apart, of which the newest six are looked at."""
        monkeypatch.setattr(sample, "EXAMINED_MAX", 6)
        for number in range(10):
            file((10 - number) * 24, status=number % 2, department="A" if number < 8 else "B")
        db.session.commit()
        unit_of_work(rebuild_counters)

    def test_the_newest_are_counted_and_of_older_ones_how_many_are_open(self, mona, few):
        found = read(mona)
        assert found.examined == 6
        assert found.examined_since == NOW - timedelta(days=6)
        assert (found.whole.created, found.whole.open) == (6, 10)
        assert [sum(age.by_status.values()) for age in found.ages] == [0, 2, 4, 0, 4]
        assert found.ages[-1].by_status == {TicketStatus.New: 2, TicketStatus.InProgress: 2}
        assert sum(group.figures.open for group in found.departments) == 6

    def test_with_a_filter_older_ones_are_not_counted(self, mona, few):
        assert read(mona, department="A").whole.open == 4
        assert read(mona, is_unassigned=True).whole.open == 6

    def test_it_does_not_hold_at_the_number_itself(self, monkeypatch, mona, few):
        monkeypatch.setattr(sample, "EXAMINED_MAX", 10)
        assert read(mona).examined is None

    @pytest.mark.parametrize(("limit", "expected"), [(6, 4), (100, 3)])
    def test_the_statements_are_few(self, monkeypatch, mona, few, statements, limit, expected):
        monkeypatch.setattr(sample, "EXAMINED_MAX", limit)
        read(mona)
        with statements() as said:
            read(mona)
        # totals, where it starts, rows, names; the reader's own name is known
        assert len([one for one in said if one.startswith("SELECT")]) <= expected
