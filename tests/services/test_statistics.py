"""Statistics of the last weeks, and the newest tickets they are made of. Rules N2, N3."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flask_support_tickets import NotAllowed, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import StatisticsFilter, read_statistics, rebuild_counters
from flask_support_tickets.services.statistics import report
from flask_support_tickets.services.statistics.report import GROUPS_MAX
from flask_support_tickets.services.statistics.results import AGES, Figures, Times

from ..databases import every_database
from ..host import db, tickets

#: A Tuesday.
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(report, "utc_now", lambda: NOW)


@pytest.fixture
def add_ticket(alice):
    """Add a ticket as a host would import it: ``add_ticket(hours_ago, …)``; returns the row."""

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
def many(add_ticket, mona, adam):
    """Make two hundred tickets of the last half year: some never answered, some with odd times."""
    draw = random.Random(24)
    for number in range(200):
        status = draw.choice([0, 1, 1, 2, 3, 3])
        hours_ago = (200 - number) * 22 + draw.uniform(0, 20)
        add_ticket(
            hours_ago,
            status=status,
            reply=draw.choice([None, draw.uniform(-1, hours_ago)]),
            resolved=draw.uniform(0, hours_ago) if status > 1 else None,
            department=draw.choice(["Billing", "Abuse", "Ärger", None]),
            priority=draw.choice([0, 1, 1, 2, 3]),
            assigned_to_user_id=draw.choice([mona, adam]).id if status else None,
        )
    db.session.commit()


def read(user, zone=UTC, **criteria):
    return read_statistics(actor=actor_for(user), criteria=StatisticsFilter(**criteria), zone=zone)


def counted(rows, start, end):
    """Count as rule N2 says, one figure after the other."""

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


@every_database
def test_figures_are_those_of_a_count_by_hand(mona, adam, many):
    rows = db.session.scalars(db.select(tickets.Ticket)).all()
    for zone, criteria in (
        (NEW_YORK, {}),
        (UTC, {"weeks": 26, "department": "Billing"}),
        (UTC, {"assigned_to": mona.id}),
        (UTC, {"department": "Ärger", "assigned_to": adam.id}),
        (UTC, {"is_unassigned": True}),
        (UTC, {"department": "Nowhere"}),
        (UTC, {"priority": 3}),
        (UTC, {"priority": 1, "department": "Billing", "assigned_to": mona.id}),
    ):
        check_figures(read(mona, zone, **criteria), rows, zone, criteria)


def check_figures(found, rows, zone, criteria):
    here = {row for row in rows if criteria.get("department") in (None, row.department)}
    theirs = {
        row
        for row in rows
        if ("assigned_to" not in criteria and "is_unassigned" not in criteria)
        or row.assigned_to_user_id == criteria.get("assigned_to")
    }
    such = {row for row in rows if criteria.get("priority") in (None, row.priority)}
    chosen = here & theirs & such
    monday = datetime(2026, 11, 23, tzinfo=zone)
    starts = [monday - timedelta(weeks=back) for back in range(criteria.get("weeks", 12))][::-1]
    ends = [*starts[1:], NOW + timedelta(days=7)]
    assert [week.starts_on for week in found.weeks] == [start.date() for start in starts]
    by_week = [counted(chosen, *week) for week in zip(starts, ends, strict=True)]
    assert [week.figures for week in found.weeks] == [
        dataclasses.replace(figures, open=0) for figures in by_week
    ]
    assert found.whole == counted(chosen, starts[0], ends[-1])
    edges = [timedelta(0), *AGES, timedelta(days=999)]
    for age, (low, high) in zip(found.ages, itertools.pairwise(edges), strict=True):
        assert dict(age.by_status) == {
            status: sum(
                row.status == status and low <= NOW - row.created_at < high for row in chosen
            )
            for status in (TicketStatus.New, TicketStatus.InProgress)
        }
    for groups, of, column in (
        (found.departments, theirs & such, "department"),
        (found.assignees, here & such, "assigned_to_user_id"),
        (found.priorities, here & theirs, "priority"),
    ):
        for group in groups:
            own = [row for row in of if getattr(row, column) == group.key]
            assert group.figures == counted(own, starts[0], ends[-1])
    assert [group.name for group in found.priorities] == ["Urgent", "High", "Normal", "Low"]
    assert (found.examined, found.examined_since) == (None, None)


def test_groups_are_named_and_the_largest_comes_first(mona, adam, add_ticket):
    for _ in range(2):
        add_ticket(1, status=1, assigned_to_user_id=adam.id, department="B")
    add_ticket(1, status=1, assigned_to_user_id=mona.id, department="A")
    add_ticket(2)
    db.session.commit()
    found = read(mona)
    names = [(group.key, group.name) for group in found.departments]
    assert names == [("B", "B"), ("A", "A"), (None, None)]
    assert [group.name for group in found.assignees] == ["adam", "mona", None]


def test_twenty_groups_are_named_and_the_one_that_was_asked_for(mona, add_ticket):
    for number in range(GROUPS_MAX + 3):
        add_ticket(1, department=f"D{number:02}")
    db.session.commit()
    assert len(read(mona).departments) == GROUPS_MAX
    found = read(mona, department="D22")
    assert [group.key for group in found.departments][-2:] == ["D19", "D22"]
    assert found.departments[-1].figures.open == found.whole.open == 1


def test_assignee_without_a_ticket_is_named_if_asked_for(mona, adam):
    [group] = read(mona, assigned_to=adam.id).assignees
    assert (group.name, group.figures.created) == ("adam", 0)
    [gone] = read(mona, assigned_to=987_654).assignees
    assert gone.name == "Deleted user"


@every_database
def test_statistics_of_no_tickets_are_zeros(mona):
    found = read(mona)
    assert found.whole == Figures(0, 0, 0, Times(), Times())
    assert len(found.weeks) == 12
    assert found.departments == found.assignees == []


def test_statistics_are_for_staff_alone(alice):
    with pytest.raises(NotAllowed):
        read(alice)


@pytest.fixture
def few(monkeypatch, add_ticket, mona):
    """Make ten tickets, a day apart; statistics look at the newest six."""
    monkeypatch.setattr(report, "EXAMINED_MAX", 6)
    for number in range(10):
        department = "A" if number < 8 else "B"
        add_ticket((10 - number) * 24, status=number % 2, department=department)
    db.session.commit()
    unit_of_work(rebuild_counters)


@every_database
def test_only_the_newest_tickets_are_examined_and_older_open_ones_counted(mona, few):
    found = read(mona)
    assert found.examined == 6
    assert found.examined_since == NOW - timedelta(days=6)
    assert (found.whole.created, found.whole.open) == (6, 10)
    assert [sum(age.by_status.values()) for age in found.ages] == [0, 2, 4, 0, 4]
    assert found.ages[-1].by_status == {TicketStatus.New: 2, TicketStatus.InProgress: 2}
    assert sum(group.figures.open for group in found.departments) == 6
    assert read(mona, department="A").whole.open == 4
    assert read(mona, is_unassigned=True).whole.open == 6
