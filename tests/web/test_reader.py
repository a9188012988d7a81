"""Rule V2: times and numbers for who reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flask_support_tickets.i18n import decimal_text, use_language
from flask_support_tickets.time_zones import find_time_zone
from flask_support_tickets.web.ages import age_text, span_text
from flask_support_tickets.web.reader import Reader

from ..host import create_host

MOMENT = datetime(2026, 7, 5, 22, 4, 59, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "time", "exact"),
    [
        ("UTC", "2026-07-05 22:04 UTC", "2026-07-05 22:04:59 UTC"),
        ("Europe/Berlin", "2026-07-06 00:04 CEST", "2026-07-06 00:04:59 CEST"),
        ("America/Sao_Paulo", "2026-07-05 19:04 UTC-03", "2026-07-05 19:04:59 UTC-03"),
    ],
)
def test_times_are_told_in_the_configured_zone(zone, time, exact):
    app = create_host("sqlite://", SUPPORT_TICKETS_TIMEZONE=zone)
    with app.test_request_context():
        reader = Reader()
        assert (reader.time(MOMENT), reader.exact_time(MOMENT)) == (time, exact)
        assert reader.iso_time(MOMENT) == "2026-07-05T22:04:59Z"
        assert reader.time_direction == "ltr"


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 1_234_567, "1,234,567"), ("de", 1_234, "1.234"), ("fr", 1_234, "1\u202f234"),
        ("es", 12, "12"), ("ar", 1_234, "1,234"), ("en", 1.5, "1.5"), ("de", 1_234.56, "1.234,6"),
        ("fr", 2.0, "2"),
    ],
)  # fmt: skip
def test_numbers_have_the_marks_of_the_language(language, number, text):
    with use_language(language):
        assert decimal_text(number) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=59), "less than a minute"), (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=5), "5 hours"), (timedelta(days=1), "1 day"),
        (timedelta(days=31), "1 month"), (timedelta(days=800), "2 years"),
    ],
)  # fmt: skip
def test_lengths_of_time(length, text):
    assert span_text(length) == text


def test_ages_have_the_right_form_in_arabic():
    with use_language("ar"):
        ages = [age_text(MOMENT - timedelta(hours=n), MOMENT) for n in (1, 2, 3, 11)]
    assert ages == ["منذ ساعة", "منذ ساعتين", "منذ 3 ساعات", "منذ 11 ساعة"]


@pytest.mark.parametrize("name", ["", "Nowhere", "../UTC", "/etc/localtime", "\0", "a" * 999])
def test_what_is_no_zone_is_none(name):
    assert find_time_zone(name) is None
