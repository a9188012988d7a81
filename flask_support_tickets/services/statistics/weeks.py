"""Weeks from Monday to Sunday in a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class Weeks:
    """``count`` weeks up to the one that ``now`` is in; they begin on Monday in ``zone``."""

    now: datetime
    count: int
    zone: tzinfo

    @property
    def days(self) -> list[date]:
        """The Mondays, the oldest first."""
        today = self.now.astimezone(self.zone).date()
        monday = today - timedelta(days=today.weekday())
        return [monday - timedelta(weeks=back) for back in reversed(range(self.count))]

    @property
    def starts(self) -> list[datetime]:
        """The moments, in UTC, at which the weeks begin."""
        return [_midnight(day, self.zone) for day in self.days]


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, at which a day begins. Works with the zones of pytz as well."""
    midnight = datetime.combine(day, time(), UTC)
    near = midnight - _offset(midnight, zone)
    return midnight - _offset(near, zone)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
