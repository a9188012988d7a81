"""How long something takes, and days, in words: short enough for a table or a chart."""

from __future__ import annotations

from datetime import date

from ..i18n import gettext, ngettext

#: In seconds.
MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: From here on, nobody asks for the hours.
_LONG = 10 * DAY


def duration_text(seconds: float) -> str:
    """Return a duration in its two largest units: ``2 h 15 min``, ``3 days 4 h``, ``12 days``.

    No line breaks within it.
    """
    return _in_words(seconds).replace(" ", "\N{NO-BREAK SPACE}")


def _in_words(seconds: float) -> str:
    minutes = round(seconds / MINUTE)
    if minutes < 1:
        return gettext("under 1 min")
    if minutes < 60:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    if minutes < 24 * 60:
        return _hours(*divmod(minutes, 60))
    hours = round(seconds / HOUR)
    if seconds < _LONG and hours % 24:
        return _days_and_hours(*divmod(hours, 24))
    days = round(seconds / DAY)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _hours(hours: int, minutes: int) -> str:
    if not minutes:
        return gettext("%(hours)s h") % {"hours": hours}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def _days_and_hours(days: int, hours: int) -> str:
    text = ngettext("%(days)s day %(hours)s h", "%(days)s days %(hours)s h", days)
    return text % {"days": days, "hours": hours}


def day_text(day: date) -> str:
    """Return a day of the last twelve months: ``7 Sep``."""
    months = (
        gettext("Jan"), gettext("Feb"), gettext("Mar"), gettext("Apr"), gettext("May"),
        gettext("Jun"), gettext("Jul"), gettext("Aug"), gettext("Sep"), gettext("Oct"),
        gettext("Nov"), gettext("Dec"),
    )  # fmt: skip
    return gettext("%(day)s %(month)s") % {"day": day.day, "month": months[day.month - 1]}
