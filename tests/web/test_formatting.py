"""Ages, durations, times and numbers as people read them. Rules V1, V2."""

from datetime import UTC, datetime, timedelta

import pytest

from flask_support_tickets.i18n import use_language
from flask_support_tickets.setting_parsers import find_time_zone
from flask_support_tickets.web.formatting import DAY, HOUR, MINUTE, Formatter

from ..host import create_host

MOMENT = datetime(2026, 7, 5, 22, 4, 59, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def formatter() -> Formatter:
    with create_host("sqlite://").test_request_context():
        return Formatter()


def formatter_for(language: str) -> Formatter:
    with create_host("sqlite://").test_request_context(), use_language(language):
        return Formatter()


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=-1), None), (timedelta(seconds=59.9), None),
        (timedelta(minutes=1), "1 minute"), (timedelta(minutes=59.9), "59 minutes"),
        (timedelta(hours=1), "1 hour"), (timedelta(hours=23.9), "23 hours"),
        (timedelta(days=1), "1 day"), (timedelta(days=6.9), "6 days"), (timedelta(7), "1 week"),
        (timedelta(days=31), "1 month"), (timedelta(days=366), "1 year"),
        (timedelta(days=800), "2 years"),
    ],
)  # fmt: skip
def test_age_and_length_of_time_are_in_one_unit(formatter, length, words):
    assert formatter.age(length) == (f"{words} ago" if words else "just now")
    assert formatter.span(length) == (words or "less than a minute")


@pytest.mark.parametrize(
    ("length", "english", "german"),
    [
        (timedelta(hours=-1), "0m", "0 Min."), (timedelta(seconds=59), "0m", "0 Min."),
        (timedelta(minutes=5), "5m", "5 Min."), (timedelta(hours=3.9), "3h", "3 Std."),
        (timedelta(days=40), "40d", "40 T"), (timedelta(days=800), "2y", "2 J"),
    ],
)  # fmt: skip
def test_short_age_has_the_exact_time_in_its_title(length, english, german):
    for language, text in (("en", english), ("de", german)):
        formatter = formatter_for(language)
        moment = formatter._now - length
        html = formatter.short_age(moment)
        assert f'title="{formatter.exact_time(moment)}"' in html
        assert f'datetime="{formatter.iso_time(moment)}"' in html
        assert f">{text}<" in html


def test_age_has_the_right_plural_in_arabic():
    formatter = formatter_for("ar")
    ages = [formatter.age(timedelta(hours=n)) for n in (1, 2, 3, 11)]
    assert ages == ["قبل ساعة واحدة", "قبل ساعتين", "قبل 3 ساعات", "قبل 11 ساعة"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "under 1 min"), (29.9, "under 1 min"), (31, "1 min"), (59 * MINUTE, "59 min"),
        (HOUR - 1, "1 hr"), (2 * HOUR + 15 * MINUTE, "2 hr 15 min"), (DAY - 31, "23 hr 59 min"),
        (DAY - 1, "1 day"), (DAY + 20 * MINUTE, "1 day"), (DAY + 4 * HOUR, "1 day 4 hr"),
        (3 * DAY - 20 * MINUTE, "3 days"), (3 * DAY + 4 * HOUR, "3 days 4 hr"),
        (10 * DAY + 4 * HOUR, "10 days"), (400 * DAY, "400 days"), (1_000 * DAY, "1,000 days"),
    ],
)  # fmt: skip
def test_duration_has_at_most_two_units_and_no_line_break(formatter, seconds, text):
    assert formatter.duration(seconds) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("language", "direction", "time", "day", "duration", "number"),
    [
        ("en", "ltr", "Jul 5, 2026, 10:04\u202fPM", "Jul 5", "2 hr 15 min", "1,234,567"),
        ("en-GB", "ltr", "5 Jul 2026, 22:04", "5 Jul", "2 hrs 15 mins", "1,234,567"),
        ("de", "ltr", "05.07.2026, 22:04", "5. Juli", "2 Std. 15 Min.", "1.234.567"),
        ("fr", "ltr", "5 juil. 2026, 22:04", "5 juil.", "2\u202fh 15 min", "1\u202f234\u202f567"),
        ("es", "ltr", "5 jul 2026, 22:04", "5 jul", "2 h 15 min", "1.234.567"),
        ("ar", "rtl", "05\u200f/07\u200f/2026، 10:04 م", "5 يوليو", "2 س 15 د", "1,234,567"),
    ],
)
def test_values_are_written_as_in_the_language(language, direction, time, day, duration, number):
    formatter = formatter_for(language)
    assert (formatter.direction, formatter.time(MOMENT)) == (direction, time)
    assert (formatter.day(MOMENT), formatter.number(1_234_567)) == (day, number)
    assert formatter.duration(2.25 * HOUR) == duration.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("zone", "time", "exact"),
    [
        ("UTC", "5 Jul 2026, 22:04", "2026-07-05 22:04:59 UTC"),
        ("Europe/Berlin", "6 Jul 2026, 00:04", "2026-07-06 00:04:59 CEST"),
        ("America/Sao_Paulo", "5 Jul 2026, 19:04", "2026-07-05 19:04:59 UTC-03"),
    ],
)
def test_time_is_shown_in_configured_zone_and_sent_as_utc(zone, time, exact):
    app = create_host("sqlite://", SUPPORT_TICKETS_TIMEZONE=zone, SUPPORT_TICKETS_LOCALE="en_GB")
    with app.test_request_context():
        formatter = Formatter()
        assert (formatter.time(MOMENT), formatter.exact_time(MOMENT)) == (time, exact)
        assert formatter.when(MOMENT) == (
            f'<time datetime="2026-07-05T22:04:59Z" title="{exact}">{time}</time>'
        )


@pytest.mark.parametrize("name", ["", "Nowhere", "../UTC", "/etc/localtime", "\0", "a" * 999])
def test_unknown_time_zone_is_not_found(name):
    assert find_time_zone(name) is None
