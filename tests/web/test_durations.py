"""How long something takes, in words."""

from __future__ import annotations

from datetime import date

import pytest

from flask_support_tickets.web.durations import day_text, duration_text

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "under 1 min"),
        (29.9, "under 1 min"),
        (31, "1 min"),
        (59 * MINUTE, "59 min"),
        (HOUR - 1, "1 h"),
        (2 * HOUR + 15 * MINUTE, "2 h 15 min"),
        (DAY - 31, "23 h 59 min"),
        (DAY - 1, "1 day"),
        (DAY + 20 * MINUTE, "1 day"),
        (DAY + 4 * HOUR, "1 day 4 h"),
        (3 * DAY, "3 days"),
        (3 * DAY - 20 * MINUTE, "3 days"),
        (3 * DAY + 4 * HOUR, "3 days 4 h"),
        (10 * DAY + 4 * HOUR, "10 days"),
        (400 * DAY, "400 days"),
    ],
)
def test_two_units_at_most_and_no_line_break(seconds, text):
    assert duration_text(seconds).replace("\N{NO-BREAK SPACE}", "_") == text.replace(" ", "_")


def test_a_day_without_its_year():
    assert day_text(date(2026, 9, 7)) == "7 Sep"
    assert len({day_text(date(2026, month, 1)) for month in range(1, 13)}) == 12
