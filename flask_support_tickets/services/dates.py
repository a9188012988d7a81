"""Convert dates to times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the UTC time at which ``day`` starts in ``zone``, which may come from pytz."""
    midnight = moment = datetime.combine(day, time(), UTC)
    for _ in range(2):
        moment = midnight - (moment.astimezone(zone).utcoffset() or timedelta())
    return moment
