"""How long ago something was, in words: what lists and threads say in place of a date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..i18n import gettext
from ..models import utc_now

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_MONTH = 30.44 * _DAY
_YEAR = 365.25 * _DAY


def age_text(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago ``moment`` (aware) was: "just now", "3 hours ago"; whole units, down.

    What a clock that is ahead puts into the future is "just now".
    """
    seconds = ((now or utc_now()) - moment).total_seconds()
    for unit_seconds, one, many in _sentences():
        count = int(seconds / unit_seconds)
        if count > 0:
            return one if count == 1 else many % {"count": count}
    return gettext("just now")


def _sentences() -> Iterator[tuple[float, str, str]]:
    """From the longest unit down: its seconds, the sentence for one and that for several."""
    yield _YEAR, gettext("1 year ago"), gettext("%(count)d years ago")
    yield _MONTH, gettext("1 month ago"), gettext("%(count)d months ago")
    yield _DAY, gettext("1 day ago"), gettext("%(count)d days ago")
    yield _HOUR, gettext("1 hour ago"), gettext("%(count)d hours ago")
    yield _MINUTE, gettext("1 minute ago"), gettext("%(count)d minutes ago")
