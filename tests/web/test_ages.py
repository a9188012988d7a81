"""How long ago, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flask_support_tickets.web.ages import age_text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(hours=-1), "just now"), (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"), (timedelta(minutes=59.9), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"), (timedelta(hours=23.9), "23 hours ago"),
        (timedelta(days=1), "1 day ago"), (timedelta(days=30), "30 days ago"),
        (timedelta(days=31), "1 month ago"), (timedelta(days=364), "11 months ago"),
        (timedelta(days=366), "1 year ago"), (timedelta(days=800), "2 years ago"),
    ],
)  # fmt: skip
def test_an_age_in_words(ago: timedelta, words: str) -> None:
    assert age_text(NOW - ago, NOW) == words


def test_now_is_now() -> None:
    assert age_text(datetime.now(UTC) - timedelta(minutes=2, seconds=1)) == "2 minutes ago"
