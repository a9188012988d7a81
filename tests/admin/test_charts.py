"""Where things stand in the charts of the statistics."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.admin.charts import HEIGHT, TOP, columns_of, points_of, rows_of
from flask_support_tickets.services.statistics import Age, Figures, Times, Week

DAY = 86_400


def week(number, created=0, resolved=0, median=None, ninetieth=None):
    times = Times(1, median, ninetieth)
    figures = Figures(created, resolved, 0, times, Times())
    return Week(date(2026, 6, 1) + timedelta(weeks=number), figures)


class TestColumns:
    @pytest.mark.parametrize(
        ("highest", "lines"),
        [
            (0, ["0", "1"]),
            (1, ["0", "1"]),
            (4, ["0", "1", "2", "3", "4"]),
            (5, ["0", "2", "4", "6"]),
            (11, ["0", "5", "10", "15"]),
            (80, ["0", "20", "40", "60", "80"]),
            (6_412, ["0", "2000", "4000", "6000", "8000"]),
        ],
    )
    def test_the_lines_are_round_numbers_up_to_the_highest(self, highest, lines):
        chart = columns_of([week(0, created=highest), week(1)])
        assert [line.text for line in chart.lines] == lines
        assert (chart.lines[0].y, chart.lines[-1].y) == (TOP + HEIGHT, TOP)

    def test_are_as_high_as_they_count_and_stand_in_their_week(self):
        chart = columns_of([week(0, created=10, resolved=5), week(1, created=0)])
        created, resolved, *rest = chart.bars
        assert (created.height, resolved.height) == (HEIGHT, HEIGHT / 2)
        assert 0 < created.x < created.x + created.width < resolved.x < 50
        assert [bar.height for bar in rest] == [0, 0]

    @pytest.mark.parametrize(
        ("weeks", "numbers"),
        [
            (4, {"l": 4, "m": 4, "s": 4}),
            (12, {"l": 12, "m": 6, "s": 4}),
            (26, {"l": 13, "m": 6, "s": 4}),
        ],
    )
    def test_there_are_as_many_weeks_as_there_is_room_for(self, weeks, numbers):
        labels = columns_of([week(number) for number in range(weeks)]).labels
        assert {size: sum(size in label.sizes for label in labels) for size in numbers} == numbers
        assert labels[0].sizes == ["l", "m", "s"]
        assert labels[0].x == 100 - 50 / weeks


class TestPoints:
    def test_are_joined_where_weeks_follow_each_other(self):
        weeks = [week(0, median=1, ninetieth=2), week(1, median=1, ninetieth=1), week(2), week(3)]
        weeks[3] = week(3, median=4, ninetieth=8)
        points = points_of(weeks, lambda each: each.figures.first_reply).points
        medians = [point for point in points if point.kind == "median"]
        assert [point.value for point in medians] == [1, 1, 4]
        assert [point.before for point in medians] == [None, medians[0], None]

    @pytest.mark.parametrize(
        ("longest", "lines"),
        [
            (None, ["0", "1 min"]),
            (50, ["0", "1 min"]),
            (60.5, ["0", "1 min", "2 min"]),
            (5 * 3_600, ["0", "2 h", "4 h", "6 h"]),
            (1.3 * DAY, ["0", "12 h", "1 day", "1 day 12 h"]),
            (9 * DAY, ["0", "5 days", "10 days"]),
            (700 * DAY, ["0", "200 days", "400 days", "600 days", "800 days"]),
        ],
    )
    def test_the_lines_are_round_durations(self, longest, lines):
        chart = points_of([week(0, ninetieth=longest)], lambda each: each.figures.first_reply)
        assert [line.text.replace("\N{NO-BREAK SPACE}", " ") for line in chart.lines] == lines


class TestRows:
    def test_the_longest_leaves_room_for_its_number(self):
        new, started = TicketStatus.New, TicketStatus.InProgress
        ages = [
            Age(timedelta(days=1), {new: 3, started: 1}),
            Age(None, {new: 0, started: 2}),
        ]
        first, last = rows_of(ages)
        assert (first.total, first.end) == (4, 85)
        assert [(bar.kind, bar.x) for bar in first.bars] == [("New", 0), ("InProgress", 63.75)]
        assert [(bar.kind, bar.width) for bar in last.bars] == [("InProgress", 42.5)]

    def test_nothing_is_open(self):
        assert [row.total for row in rows_of([Age(None, {TicketStatus.New: 0})] * 2)] == [0, 0]
