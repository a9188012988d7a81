"""Format times, durations and numbers for the user's locale with Babel (rules V1 and V2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_datetime_format,
)
from babel.numbers import format_decimal
from babel.units import format_unit
from markupsafe import Markup, escape

from ..i18n import catalog, current_language, current_locale
from ..models import utc_now
from ..services.read_models import TicketInfo
from .locale import current_time_zone

#: Lengths in seconds.
MINUTE, HOUR, DAY, YEAR = 60, 3_600, 86_400, 31_536_000
#: The units of the short format, which has no months: in English, "1m" is one minute.
_SHORT_UNITS = (("year", YEAR), ("day", DAY), ("hour", HOUR), ("minute", MINUTE))
#: Durations of at least this many seconds are shown in days only.
_DAYS_ONLY = 10 * DAY

# Each call to Babel takes 5 to 15 µs. Without the cache, the queue and the page for a ticket with
# 267 comments take about 13% longer to render.
_cached = lru_cache(maxsize=5_000)
_format_date, _format_time = _cached(format_date), _cached(format_time)
_format_decimal, _format_timedelta = _cached(format_decimal), _cached(format_timedelta)


@_cached
def _format_short(number: int, unit: str, locale: str) -> str:
    """Format a number of units in a few characters: ``3h``."""
    name = f"duration-{unit}"
    text = format_unit(number, name, "narrow", locale=locale)
    # Babel returns the name of the unit if the locale has no narrow format for it.
    return format_unit(number, name, "short", locale=locale) if name in text else text


def format_number(number: int) -> str:
    """Format a whole number in the current locale: ``1,234``."""
    return _format_decimal(number, locale=str(current_locale()))


class Formatter:
    """A formatter for the current language, and a time zone. Create one per page.

    By default, the time zone is the current user's.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.language = current_language()
        self.locale = current_locale()
        self.direction = self.locale.text_direction
        self.zone = zone or current_time_zone()
        self._now, self._catalog = utc_now(), catalog()
        self._tag = str(self.locale)
        self._pattern = str(get_datetime_format(locale=self.locale)).replace("'", "")

    def time(self, moment: datetime) -> str:
        """Format a date and time: ``Nov 24, 2026, 4:40 PM``."""
        local = moment.astimezone(self.zone)
        at = _format_time(time(local.hour, local.minute), "short", locale=self._tag)
        on = _format_date(local.date(), locale=self._tag)
        return self._pattern.replace("{0}", at).replace("{1}", on)

    def exact_time(self, moment: datetime) -> str:
        """Format a time with its seconds and time zone: ``2026-11-24 16:40:05 CET``."""
        local = moment.astimezone(self.zone)
        return f"{local.isoformat(' ', 'seconds')[:19]} {self._zone_name(local)}"

    def time_in_zone(self, moment: datetime) -> str:
        """Format a date and time with the time zone: ``Nov 24, 2026, 4:40 PM CET``."""
        return f"{self.time(moment)} {self._zone_name(moment.astimezone(self.zone))}"

    def iso_time(self, moment: datetime) -> str:
        """Convert a time to UTC and format it as ISO 8601, ending in ``Z``."""
        return f"{moment.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"

    def when(self, moment: datetime) -> Markup:
        """Return the result of `time` in a ``<time>`` element, with the exact time as its title."""
        return self._as_html(moment, self.time(moment))

    def ago(self, moment: datetime) -> Markup:
        """Return the result of `age` in a ``<time>`` element, with the exact time as its title."""
        return self._as_html(moment, self.age(self._now - moment))

    def waiting(self, since: datetime | None) -> Markup | None:
        """Return the result of `span` in a ``<time>`` element, or None if nobody is waiting."""
        return None if since is None else self._as_html(since, self.span(self._now - since))

    def short_age(self, moment: datetime) -> Markup:
        """Return the result of `ago` in a few characters, such as ``3h``."""
        return self._as_html(moment, self._shorten(self._now - moment))

    def age(self, length: timedelta) -> str:
        """Format how long ago something happened: "3 hours ago". Future times are "just now"."""
        seconds = _round_down(length)
        if not seconds:
            return self._catalog.gettext("just now")
        return _format_timedelta(-seconds, add_direction=True, threshold=1, locale=self._tag)

    def span(self, length: timedelta) -> str:
        """Format a length of time in one unit: "3 hours"."""
        seconds = _round_down(length)
        if not seconds:
            return self._catalog.gettext("less than a minute")
        return _format_timedelta(seconds, threshold=1, locale=self._tag)

    def duration(self, seconds: float) -> str:
        """Format a duration in its two largest units, with no-break spaces: ``2 hr 15 min``."""
        minutes, hours = round(seconds / MINUTE), round(seconds / HOUR)
        if seconds >= _DAYS_ONLY:
            parts = {"day": round(seconds / DAY)}
        elif minutes >= DAY // MINUTE:
            parts = {"day": hours // 24, "hour": hours % 24}
        else:
            parts = {"hour": minutes // 60, "minute": minutes % 60}
        # `babel.lists` has no pattern for lists of units in some languages.
        text = " ".join(
            format_unit(count, f"duration-{unit}", "short", locale=self.locale)
            for unit, count in parts.items()
            if count
        )
        text = text or self._catalog.gettext("under 1 min")
        return text.replace(" ", "\N{NO-BREAK SPACE}")

    def full_date(self, moment: datetime) -> str:
        """Format a date: ``Nov 24, 2026``."""
        return _format_date(moment.astimezone(self.zone).date(), locale=self._tag)

    def day(self, day: date) -> str:
        """Format a date without its year: ``Nov 24``."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def number(self, number: int) -> str:
        """Format a whole number: ``1,234``."""
        return _format_decimal(number, locale=self._tag)

    def replies(self, count: int) -> str:
        """Format a number of replies: ``3 replies``."""
        text = self._catalog.ngettext("%(count)s reply", "%(count)s replies", count)
        return text % {"count": self.number(count)}

    def new_replies(self, count: int) -> str:
        """Format a number of unread replies: ``3 new replies``."""
        text = self._catalog.ngettext("%(count)s new reply", "%(count)s new replies", count)
        return text % {"count": self.number(count)}

    @staticmethod
    def _zone_name(local: datetime) -> str:
        name = local.tzname() or ""
        return name if name[:1].isalpha() else f"UTC{name}"

    def _shorten(self, length: timedelta) -> str:
        """Format a length of time in its largest unit and in a few characters: ``3h``."""
        seconds = max(int(length.total_seconds()), 0)
        unit, size = next((each for each in _SHORT_UNITS if seconds >= each[1]), _SHORT_UNITS[-1])
        return _format_short(seconds // size, unit, self._tag)

    def _as_html(self, moment: datetime, text: str) -> Markup:
        exact = escape(self.exact_time(moment))
        return Markup(
            f'<time datetime="{self.iso_time(moment)}" title="{exact}">{escape(text)}</time>'
        )


def _round_down(length: timedelta) -> int:
    """Return the length in seconds, rounded down to whole days, hours or minutes."""
    seconds = int(length.total_seconds())
    return next((seconds - seconds % unit for unit in (DAY, HOUR, MINUTE) if seconds >= unit), 0)


def initials_of(tickets: Iterable[TicketInfo]) -> dict[str, str]:
    """Return the initials of each person's name, by name."""
    names = {name for each in tickets for name in (each.user_name, each.assigned_to_name)}
    return {name: initials(name) for name in names if name}


def initials(name: str) -> str:
    """Return the initials of the first and the last word of a name."""
    words = name.split()
    return "".join(word[0] for word in (*words[:1], *words[1:][-1:])).upper()
