"""Ages, durations, times and numbers as people read them. Rules V1, V2."""

from datetime import UTC, datetime, timedelta

import pytest

from flask_support_tickets.i18n import decimal_text, use_language
from flask_support_tickets.time_zones import find_time_zone
from flask_support_tickets.web.durations import DAY, HOUR, MINUTE, duration_text
from flask_support_tickets.web.formatting import Reader
from flask_support_tickets.web.relative_time import age_text, span_text

from ..host import create_host

MOMENT = datetime(2026, 7, 5, 22, 4, 59, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=-1), None), (timedelta(seconds=59), None),
        (timedelta(minutes=1), "1 minute"), (timedelta(minutes=59.9), "59 minutes"),
        (timedelta(hours=1), "1 hour"), (timedelta(hours=23.9), "23 hours"),
        (timedelta(days=1), "1 day"), (timedelta(days=30), "30 days"),
        (timedelta(days=31), "1 month"), (timedelta(days=364), "11 months"),
        (timedelta(days=366), "1 year"), (timedelta(days=800), "2 years"),
    ],
)  # fmt: skip
def test_age_and_length_of_time_are_in_largest_whole_unit(length, words):
    assert age_text(MOMENT - length, MOMENT) == (f"{words} ago" if words else "just now")
    assert span_text(length) == (words or "less than a minute")


def test_age_has_the_right_plural_in_arabic():
    with use_language("ar"):
        ages = [age_text(MOMENT - timedelta(hours=n), MOMENT) for n in (1, 2, 3, 11)]
    assert ages == ["منذ ساعة", "منذ ساعتين", "منذ 3 ساعات", "منذ 11 ساعة"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "under 1 min"), (29.9, "under 1 min"), (31, "1 min"), (59 * MINUTE, "59 min"),
        (HOUR - 1, "1 h"), (2 * HOUR + 15 * MINUTE, "2 h 15 min"), (DAY - 31, "23 h 59 min"),
        (DAY - 1, "1 day"), (DAY + 20 * MINUTE, "1 day"), (DAY + 4 * HOUR, "1 day 4 h"),
        (3 * DAY - 20 * MINUTE, "3 days"), (3 * DAY + 4 * HOUR, "3 days 4 h"),
        (10 * DAY + 4 * HOUR, "10 days"), (400 * DAY, "400 days"),
    ],
)  # fmt: skip
def test_duration_has_at_most_two_units_and_no_line_break(seconds, text):
    assert duration_text(seconds) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("zone", "time", "offset"),
    [
        ("UTC", "2026-07-05 22:04", "UTC"),
        ("Europe/Berlin", "2026-07-06 00:04", "CEST"),
        ("America/Sao_Paulo", "2026-07-05 19:04", "UTC-03"),
    ],
)
def test_time_is_shown_in_configured_zone_and_sent_as_utc(zone, time, offset):
    app = create_host("sqlite://", SUPPORT_TICKETS_TIMEZONE=zone)
    with app.test_request_context():
        reader = Reader()
        assert reader.time(MOMENT) == f"{time} {offset}"
        assert reader.exact_time(MOMENT) == f"{time}:59 {offset}"
        assert reader.iso_time(MOMENT) == "2026-07-05T22:04:59Z"
        assert reader.time_direction == "ltr"


@pytest.mark.parametrize("name", ["", "Nowhere", "../UTC", "/etc/localtime", "\0", "a" * 999])
def test_unknown_time_zone_is_not_found(name):
    assert find_time_zone(name) is None


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 1_234_567, "1,234,567"), ("de", 1_234, "1.234"), ("fr", 1_234, "1\u202f234"),
        ("es", 12, "12"), ("ar", 1_234, "1,234"), ("en", 1.5, "1.5"), ("de", 1_234.56, "1.234,6"),
        ("fr", 2.0, "2"),
    ],
)  # fmt: skip
def test_number_has_separators_of_its_language(language, number, text):
    with use_language(language):
        assert decimal_text(number) == text
