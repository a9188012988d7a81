"""How long ago something was, and how long something takes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from gettext import NullTranslations

from ..i18n import catalog, decimal_text
from ..models import utc_now
from .durations import DAY, HOUR, MINUTE

_MONTH, _YEAR = 2_629_746, 31_556_952


def tn(singular: str, plural: str) -> tuple[str, str]:
    """Name a message with its two forms; the translators are told, and it is looked up later."""
    return singular, plural


_AGO = {
    _YEAR: tn("%(count)s year ago", "%(count)s years ago"),
    _MONTH: tn("%(count)s month ago", "%(count)s months ago"),
    DAY: tn("%(count)s day ago", "%(count)s days ago"),
    HOUR: tn("%(count)s hour ago", "%(count)s hours ago"),
    MINUTE: tn("%(count)s minute ago", "%(count)s minutes ago"),
}
_LONG = {
    _YEAR: tn("%(count)s year", "%(count)s years"),
    _MONTH: tn("%(count)s month", "%(count)s months"),
    DAY: tn("%(count)s day", "%(count)s days"),
    HOUR: tn("%(count)s hour", "%(count)s hours"),
    MINUTE: tn("%(count)s minute", "%(count)s minutes"),
}


def age_text(
    moment: datetime, now: datetime | None = None, words: NullTranslations | None = None
) -> str:
    """Return how long ago ``moment`` (aware) was: "just now", "3 hours ago"; whole units, down.

    What a clock that is ahead puts into the future is "just now". ``words`` is the `catalog`, for
    who has it at hand.
    """
    words = words or catalog()
    return _in_words((now or utc_now()) - moment, _AGO, words) or words.gettext("just now")


def span_text(length: timedelta, words: NullTranslations | None = None) -> str:
    """Return how long something takes: "less than a minute", "3 hours"; whole units, down."""
    words = words or catalog()
    return _in_words(length, _LONG, words) or words.gettext("less than a minute")


def _in_words(
    length: timedelta, forms: Mapping[int, tuple[str, str]], words: NullTranslations
) -> str:
    """Return a length in its unit of ``forms``, by seconds; "" where it fills none."""
    count, unit = _in_units(length)
    if not unit:
        return ""
    return words.ngettext(*forms[unit], count) % {"count": decimal_text(count)}


def _in_units(length: timedelta) -> tuple[int, int]:
    """Return a length as (count, unit in seconds), in the largest unit that it fills."""
    seconds = int(length.total_seconds())
    for unit in (_YEAR, _MONTH, DAY, HOUR, MINUTE):
        if seconds >= unit:
            return seconds // unit, unit
    return 0, 0
