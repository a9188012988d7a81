"""What a run found out about one database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .http_client import Load
from .http_writes import Races
from .insert_cost import InsertCost
from .measure import Timing


@dataclass
class Results:
    """Everything measured on one database; what was left out is empty."""

    database: str
    version: str
    tickets: int
    #: Requests, by group and name.
    timings: dict[str, dict[str, Timing]] = field(default_factory=dict)
    #: Things that are right or wrong, by name.
    checks: dict[str, bool] = field(default_factory=dict)
    #: Statements of services, by name.
    statements: dict[str, int] = field(default_factory=dict)
    #: Writes over HTTP, by what was written and by whom.
    loads: dict[str, dict[str, Load]] = field(default_factory=dict)
    races: Races | None = None
    insert: InsertCost | None = None
    memory: dict[str, float] = field(default_factory=dict)
    #: Why something could not be measured, by what it is.
    left_out: dict[str, str] = field(default_factory=dict)
    #: What does not work, by part.
    failed: dict[str, str] = field(default_factory=dict)

    def timing(self, group: str, name: str) -> Timing | None:
        """Return a timing, or None when it was not taken."""
        return self.timings.get(group, {}).get(name)

    def named(self, group: str, start: str) -> dict[str, Any]:
        """Return the timings of a group whose names start so."""
        return {
            name: timing
            for name, timing in self.timings.get(group, {}).items()
            if name.startswith(start)
        }
