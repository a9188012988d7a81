"""Time zones by IANA name, such as ``Europe/Berlin``."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo


def find_time_zone(name: str) -> tzinfo | None:
    """Return the zone of this name; None when the system knows none.

    UTC is always there; for the others Python asks the system, or the package tzdata.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown; no name; too long for a file, a folder
        return None
