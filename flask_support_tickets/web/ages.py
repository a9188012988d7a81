"""How long ago something was, and how long something takes, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from gettext import NullTranslations

from ..i18n import catalog, decimal_text
from ..models import utc_now
from .durations import DAY, HOUR, MINUTE

_MONTH, _YEAR = 2_629_746, 31_556_952


def age_text(
    moment: datetime, now: datetime | None = None, words: NullTranslations | None = None
) -> str:
    """Return how long ago ``moment`` (aware) was: "just now", "3 hours ago"; whole units, down.

    What a clock that is ahead puts into the future is "just now". ``words`` is the `catalog`, for
    who has it at hand.
    """
    count, unit = _in_units((now or utc_now()) - moment)
    words = words or catalog()
    if unit == _YEAR:
        text = words.ngettext("%(count)s year ago", "%(count)s years ago", count)
    elif unit == _MONTH:
        text = words.ngettext("%(count)s month ago", "%(count)s months ago", count)
    elif unit == DAY:
        text = words.ngettext("%(count)s day ago", "%(count)s days ago", count)
    elif unit == HOUR:
        text = words.ngettext("%(count)s hour ago", "%(count)s hours ago", count)
    elif unit == MINUTE:
        text = words.ngettext("%(count)s minute ago", "%(count)s minutes ago", count)
    else:
        return words.gettext("just now")
    return text % {"count": decimal_text(count)}


def span_text(length: timedelta, words: NullTranslations | None = None) -> str:
    """Return how long something takes: "less than a minute", "3 hours"; whole units, down."""
    count, unit = _in_units(length)
    words = words or catalog()
    if unit == _YEAR:
        text = words.ngettext("%(count)s year", "%(count)s years", count)
    elif unit == _MONTH:
        text = words.ngettext("%(count)s month", "%(count)s months", count)
    elif unit == DAY:
        text = words.ngettext("%(count)s day", "%(count)s days", count)
    elif unit == HOUR:
        text = words.ngettext("%(count)s hour", "%(count)s hours", count)
    elif unit == MINUTE:
        text = words.ngettext("%(count)s minute", "%(count)s minutes", count)
    else:
        return words.gettext("less than a minute")
    return text % {"count": decimal_text(count)}


def _in_units(length: timedelta) -> tuple[int, int]:
    """Return a length as (count, unit in seconds), in the largest unit that it fills."""
    seconds = int(length.total_seconds())
    for unit in (_YEAR, _MONTH, DAY, HOUR, MINUTE):
        if seconds >= unit:
            return seconds // unit, unit
    return 0, 0
