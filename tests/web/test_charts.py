"""Where the marks of the statistics' charts are. Rule N2."""

from datetime import date, timedelta

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.services.statistics.results import Age, Figures, Times, Week
from flask_support_tickets.web.charts import HEIGHT, TOP, columns_of, points_of, rows_of
from flask_support_tickets.web.formatting import Formatter

from ..host import create_host

DAY = 86_400


def week(number, created=0, resolved=0, median=None, ninetieth=None):
    figures = Figures(created, resolved, 0, Times(1, median, ninetieth), Times())
    return Week(date(2026, 6, 1) + timedelta(weeks=number), figures)


@pytest.fixture(scope="module")
def formatter():
    with create_host("sqlite://").test_request_context():
        return Formatter()


def points(formatter, *weeks):
    return points_of(list(weeks), lambda each: each.figures.first_reply, formatter)


@pytest.mark.parametrize(
    ("highest", "lines"),
    [(0, "0 1"), (4, "0 1 2 3 4"), (5, "0 2 4 6"), (11, "0 5 10 15"), (640, "0 200 400 600 800")],
)
def test_column_chart_has_lines_at_round_numbers(formatter, highest, lines):
    chart = columns_of([week(0, created=highest), week(1)], formatter)
    assert " ".join(line.text for line in chart.lines) == lines
    assert (chart.lines[0].y, chart.lines[-1].y) == (TOP + HEIGHT, TOP)


def test_columns_are_as_high_as_their_number_and_within_their_week(formatter):
    chart = columns_of([week(0, created=10, resolved=5), week(1)], formatter)
    created, resolved, *rest = chart.bars
    assert [bar.height for bar in chart.bars] == [HEIGHT, HEIGHT / 2, 0, 0]
    assert 0 < created.x < created.x + created.width < resolved.x < 50 < rest[0].x
    names = columns_of([week(number) for number in range(26)], formatter).labels
    assert [sum(size in name.sizes for name in names) for size in "lms"] == [13, 6, 4]


def test_points_are_joined_only_across_adjacent_weeks(formatter):
    chart = points(formatter, week(0, median=1), week(1, median=1), week(2), week(3, median=4))
    medians = [point for point in chart.points if point.kind == "median"]
    assert [point.value for point in medians] == [1, 1, 4]
    assert [point.before for point in medians] == [None, medians[0], None]


@pytest.mark.parametrize(
    ("longest", "lines"),
    [
        (None, ["0", "1 min"]),
        (60.5, ["0", "1 min", "2 min"]),
        (5 * 3_600, ["0", "2 hr", "4 hr", "6 hr"]),
        (1.3 * DAY, ["0", "12 hr", "1 day", "1 day 12 hr"]),
        (700 * DAY, ["0", "200 days", "400 days", "600 days", "800 days"]),
    ],
)
def test_point_chart_has_lines_at_round_durations(formatter, longest, lines):
    chart = points(formatter, week(0, ninetieth=longest))
    assert [line.text.replace("\N{NO-BREAK SPACE}", " ") for line in chart.lines] == lines


def test_longest_row_leaves_room_for_its_number():
    new, started = TicketStatus.New, TicketStatus.InProgress
    ages = [Age(timedelta(days=1), {new: 3, started: 1}), Age(None, {new: 0, started: 2})]
    first, last = rows_of(ages)
    assert (first.total, first.end) == (4, 85)
    assert [(bar.kind, bar.x) for bar in first.bars] == [("New", 0), ("InProgress", 63.75)]
    assert [(bar.kind, bar.width) for bar in last.bars] == [("InProgress", 42.5)]
    assert [row.total for row in rows_of([Age(None, {new: 0})])] == [0]
