"""The figures that are asked for, and how each is worked out from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask_support_tickets import TicketStatus

from . import ours, overhead
from .measure import Ratio, Timing, ratio_of
from .results import Results

#: A number, a quotient with its spread, whether something holds; None: not measured.
Found = float | Ratio | bool | None
THREAD_STATEMENTS = "a page of 20 threads with 247 replies"
NO_ROWS, EXACT, CAPPED = "304 reads no row of a ticket", "totals are exact", "total is capped"


@dataclass(frozen=True)
class Figure:
    """One thing asked for: at most (or at least) so much."""

    key: str
    request: str
    measure: Callable[[Results], Found]
    #: The limit on SQLite and on PostgreSQL; None for something that must hold.
    limits: tuple[float, float] | None = None
    unit: str = "×"
    is_least: bool = False

    def limit_on(self, database: str) -> float | None:
        """Return the limit on a database."""
        if self.limits is None:
            return None
        return self.limits[database != "SQLite"]

    def is_reached(self, found: Found, database: str) -> bool:
        """Whether what was found is what is asked for."""
        if isinstance(found, bool):
            return found
        value = found.value if isinstance(found, Ratio) else found
        limit = self.limit_on(database)
        assert value is not None
        assert limit is not None
        return value >= limit if self.is_least else value <= limit


def quotient(group: str, above: str, below: str, *more: str) -> Callable[[Results], Found]:
    """Return the median of ``above`` by the medians of the others, which are summed."""
    return lambda results: _quotient(results, group, [above], [below, *more])


def _quotient(results: Results, group: str, above: list[str], below: list[str]) -> Ratio | None:
    found = [results.timing(group, name) for name in (*above, *below)]
    if not all(found):
        return None
    timings: list[Any] = found
    return ratio_of(timings[: len(above)], timings[len(above) :])


def _worst(ratios: Iterable[Ratio | None], *, least: bool = False) -> Ratio | None:
    known = [ratio for ratio in ratios if ratio is not None]
    pick = min if least else max
    return pick(known, key=lambda ratio: ratio.value) if known else None


def _any_page(results: Results) -> Found:
    left = {ours.CURSOR, ours.HUNDRED, ours.NOT_MODIFIED}
    ratios = []
    for group in ("lists", "statuses"):
        first = results.timing(group, ours.PAGE_1)
        pages = results.named(group, "API list")
        ratios += [_by(page, first) for name, page in pages.items() if name not in left]
    return _worst(ratios)


def _last_page(results: Results) -> Found:
    names = [ours.filtered(status, "last page") for status in TicketStatus]
    ratios = [_quotient(results, "statuses", [name], [ours.PAGE_1]) for name in names]
    return _worst([*ratios, _quotient(results, "lists", [ours.LAST], [ours.PAGE_1])])


def _filtered(results: Results) -> Found:
    names = [ours.filtered(status) for status in TicketStatus]
    return _worst(_quotient(results, "statuses", [name], [ours.PAGE_1]) for name in names)


def _admin_filtered(results: Results) -> Found:
    pairs = [
        (ours.admin_filtered(status, stock=True), ours.admin_filtered(status))
        for status in TicketStatus
    ]
    ratios = (_quotient(results, "staff pages", [stock], [own]) for stock, own in pairs)
    return _worst(ratios, least=True)


def _by(above: Timing, below: Timing | None) -> Ratio | None:
    return ratio_of([above], [below]) if below is not None else None


def _throughput(other: str) -> Callable[[Results], Found]:
    def measure(results: Results) -> Found:
        loads = results.loads.get("POST comment")
        if not loads or not loads[other].statuses[201]:
            return None
        return loads["ours"].per_second(201) / loads[other].per_second(201)

    return measure


def _p99(results: Results) -> Found:
    loads = results.loads.get("POST comment")
    return loads["ours"].percentile(0.99) if loads else None


def _errors(results: Results) -> Found:
    loads = results.loads.get("POST comment")
    if not loads:
        return None
    statuses = loads["ours"].statuses
    return float(statuses.total() - statuses[201])


def _counters(results: Results) -> Found:
    """The per cent of throughput that counters take: of filing or commenting, the larger."""
    shares = []
    for what in ("ticket", "comment"):
        if loads := results.loads.get(f"POST {what}, counters"):
            shares.append(1 - loads["with"].per_second(201) / loads["without"].per_second(201))
    return 100 * max(shares) if shares else None


def _index_size(results: Results) -> Found:
    insert = results.insert
    return None if insert is None else 100 * insert.index_size / insert.table_size


def _insert(results: Results) -> Found:
    insert = results.insert
    return None if insert is None else insert.ticket_with / insert.ticket_without


def _growth(results: Results) -> Found:
    memory = results.memory
    return memory["last"] - memory["first"] if memory else None


def _added(results: Results) -> Found:
    with_it = results.timing("host", overhead.WITH)
    without = results.timing("host", overhead.WITHOUT)
    if with_it is None or without is None:
        return None
    return (with_it.median - without.median) * 1000


def _host_statements(results: Results) -> Found:
    timing = results.timing("host", overhead.WITH)
    return None if timing is None else timing.statements == 0


def _thread_statements(results: Results) -> Found:
    found = results.statements.get(THREAD_STATEMENTS)
    return None if found is None else float(found)


def _holds(name: str) -> Callable[[Results], Found]:
    return lambda results: results.checks.get(name)


_LISTS, _STAFF, _SEARCH = "lists", "staff pages", "searches"

FIGURES = [
    Figure(
        "page-1",
        "API list page 1, signed in, by a bare signed-in route and the floor's page 1",
        quotient(_LISTS, ours.PAGE_1, ours.BARE, ours.FLOOR_LIST),
        (1.5, 1.5),
    ),
    Figure("any-page", "any page of any status (the slowest), by page 1", _any_page, (3, 3)),
    Figure("last-page", "last page, of all and of each status (the slowest), by page 1",
           _last_page, (1.2, 1.2)),
    Figure("cursor", "by cursor, by page 1",
           quotient(_LISTS, ours.CURSOR, ours.PAGE_1), (1.1, 1.1)),
    Figure("filtered", "list filtered by status (the slowest), by unfiltered",
           _filtered, (1.1, 1.1)),
    Figure("exact", "totals of all and of each status are exact", _holds(EXACT)),
    Figure("hundred", "100 rows, by 20 rows",
           quotient(_LISTS, ours.HUNDRED, ours.PAGE_1), (2.5, 2.5)),
    Figure("thread-statements", "thread of 20 comments with 247 replies", _thread_statements,
           (3, 3), " statements"),
    Figure("busy-thread", "first page of the 5,000-comment ticket, by that of a 20-comment one",
           quotient("threads", ours.BUSY, ours.PLAIN), (1.3, 1.3)),
    Figure("not-modified", "304 on a list, by its 200",
           quotient(_LISTS, ours.NOT_MODIFIED, ours.PAGE_1), (0.65, 0.65)),
    Figure("no-row-read", "304 on a list reads no row of a ticket", _holds(NO_ROWS)),
    Figure("admin-1", "stock Flask-Admin list by ours, page 1",
           quotient(_STAFF, ours.STOCK_1, ours.ADMIN_1), (8, 15), is_least=True),
    Figure("admin-last", "stock Flask-Admin list by ours, last page",
           quotient(_STAFF, ours.STOCK_LAST, ours.ADMIN_LAST), (16, 75), is_least=True),
    Figure("admin-filtered", "stock Flask-Admin list by ours, filtered (the smallest)",
           _admin_filtered, (3, 3), is_least=True),
    Figure("search-rare", "search for a rare word, by page 1",
           quotient(_SEARCH, ours.RARE, ours.PAGE_1), (2.5, 2.5)),
    Figure("search-common", "search for a 1 % word, by page 1",
           quotient(_SEARCH, ours.COMMON, ours.PAGE_1), (5, 25)),
    Figure("capped", "its total is exact up to 1,000, and capped beyond", _holds(CAPPED)),
    Figure("search-stock", "stock Flask-Admin search by ours, 1 % word",
           quotient(_STAFF, ours.STOCK_WORD, ours.ADMIN_WORD), (300, 150), is_least=True),
    Figure("index-size", "search index (FTS5, GIN), by the tables of tickets and comments",
           _index_size, (15, 35), " %"),
    Figure("insert", "filing a ticket with the search index, by without", _insert, (1.3, 2.2)),
    Figure("post-floor", "POST comment, 16 clients over HTTP, by the floor",
           _throughput("floor"), (0.6, 0.5), is_least=True),
    Figure("post-naive", "POST comment, 16 clients over HTTP, by the naive build",
           _throughput("naive"), (2, 4), is_least=True),
    Figure("post-p99", "POST comment, 16 clients over HTTP, p99", _p99, (60, 30), " ms"),
    Figure("post-errors", "POST comment, 16 clients over HTTP, errors", _errors, (0, 0), ""),
    Figure("counters", "share of throughput that counters cost 16 writers who file or comment",
           _counters, (25, 25), " %"),
    Figure("memory-growth", "memory growth from a tenth of the requests to all of them", _growth,
           (1, 1), " MB"),
    Figure("memory", "memory of the process",
           lambda results: results.memory.get("most"), (90, 90), " MB"),
    Figure("host-statements", "a request of the host that is not ours sends no statement",
           _host_statements),
    Figure("host-added", "a request of the host that is not ours, added", _added, (5, 5), " µs"),
]  # fmt: skip

RACES = Figure(
    "races",
    "Start Progress, 16 racers: exactly one 200, fifteen 409, one event each",
    lambda results: results.races.is_right if results.races else None,
)
