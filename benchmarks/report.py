"""Write what was measured as Markdown."""

from __future__ import annotations

import os
import platform
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .figures import FIGURES, RACES, Figure, Found
from .measure import Ratio
from .results import Results

NOTES = Path(__file__).with_name("notes.toml")
_PACKAGES = (
    *("Flask", "Werkzeug", "Flask-SQLAlchemy", "SQLAlchemy", "Flask-Admin", "Flask-Login"),
    *("marshmallow", "orjson", "psycopg", "PyMySQL", "gunicorn", "Django", "django-helpdesk"),
)


def write_report(results: Sequence[Results], command: str, effort: str) -> str:
    """Return the whole report."""
    parts = [
        "# Results",
        "Written by `python -m benchmarks.run`; see `docs/benchmarks.md` for what is compared and "
        "how to read it.",
        _header(results, effort),
        "## Figures",
        figure_table(results),
        *_misses(results),
        *(_raw(each) for each in results),
        "## Commands",
        f"```sh\n{command}\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def figure_table(results: Sequence[Results]) -> str:
    """Return the table of what is asked for and what was measured."""
    names = [each.database for each in results]
    rows = [
        "| figure | asked | " + " | ".join(names) + " |",
        "|---|---|" + "---|" * len(names),
    ]
    for figure in (*FIGURES, RACES):
        cells = [_cell(figure, each) for each in results]
        rows.append(f"| {figure.request} | {_asked(figure)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def misses(results: Sequence[Results]) -> list[tuple[Figure, Results, Found]]:
    """Return every figure that was measured and not reached."""
    return [
        (figure, each, found)
        for figure in (*FIGURES, RACES)
        for each in results
        if (found := figure.measure(each)) is not None
        and not figure.is_reached(found, each.database)
    ]


def _header(results: Sequence[Results], effort: str) -> str:
    packages = []
    for name in _PACKAGES:
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"without {name}")
    databases = ", ".join(
        f"{each.database} {each.version} ({each.tickets:,} tickets)" for each in results
    )
    facts = {
        "date": datetime.now(UTC).date().isoformat(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(packages),
        "databases": databases,
        "cores": str(os.cpu_count()),
        "effort": effort,
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in facts.items())])


def _asked(figure: Figure) -> str:
    if figure.limits is None:
        return "yes"
    sign = "≥" if figure.is_least else "≤"
    first, second = figure.limits
    amounts = f"{first:g}" if first == second else f"{first:g} / {second:g}"
    return f"{sign} {amounts}{_unit(figure)}"


def _unit(figure: Figure) -> str:
    return " ×" if figure.unit == "×" else figure.unit


def _cell(figure: Figure, results: Results) -> str:
    found = figure.measure(results)
    if found is None:
        return "–"
    amount = amount_of(figure, found)
    return amount if figure.is_reached(found, results.database) else f"**missed:** {amount}"


def amount_of(figure: Figure, found: Found) -> str:
    """Return what was found, with its spread."""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, Ratio):
        return f"{found.value:.3g} × ({found.low:.3g}–{found.high:.3g})"
    return f"{found:.3g}{_unit(figure)}"


def _misses(results: Sequence[Results]) -> list[str]:
    found = misses(results)
    if not found:
        return ["Every figure that was measured is reached."]
    notes = tomllib.loads(NOTES.read_text(encoding="utf-8"))
    lines = []
    for figure, each, amount in found:
        line = f"* **{figure.request}**, {each.database}: {amount_of(figure, amount)}"
        limit = figure.limit_on(each.database)
        if limit is not None and not isinstance(amount, bool):
            value = amount.value if isinstance(amount, Ratio) else amount
            assert value is not None
            line += f" instead of {limit:g}{_unit(figure)}, {abs(value - limit):.3g} off"
        reasons = notes.get(figure.key, {})
        if why := reasons.get(each.database) or reasons.get("all"):
            line += f". {why}"
        lines.append(line)
    return ["### Missed", "\n".join(lines)]


def _raw(results: Results) -> str:
    parts = [f"## {results.database}: raw numbers"]
    for group, timings in results.timings.items():
        rows = [
            f"| {group} | median ms | quartiles | rounds | statements | bytes |",
            "|---|---:|---|---:|---:|---:|",
        ]
        for name, timing in timings.items():
            low, high = timing.spread
            statements = "–" if timing.statements is None else timing.statements
            rows.append(
                f"| {name} | {timing.median:.3f} | {low:.3f}–{high:.3f} | {len(timing.seconds)} "
                f"| {statements} | {timing.size} |"
            )
        parts.append("\n".join(rows))
    parts += [_loads(results), _others(results)]
    return "\n\n".join(part for part in parts if part)


def _loads(results: Results) -> str:
    if not results.loads:
        return ""
    rows = [
        "| 16 clients over HTTP | by | a second | p50 ms | p99 ms | statuses |",
        "|---|---|---:|---:|---:|---|",
    ]
    for what, loads in results.loads.items():
        for name, load in loads.items():
            statuses = ", ".join(f"{key}: {count}" for key, count in load.statuses.items())
            rows.append(
                f"| {what} | {name} | {load.per_second(201):.0f} | {load.percentile(0.5):.1f} "
                f"| {load.percentile(0.99):.1f} | {statuses} |"
            )
    return "\n".join(rows)


def _others(results: Results) -> str:
    rows = []
    if (races := results.races) is not None:
        statuses = ", ".join(f"{key}: {count}" for key, count in races.statuses.items())
        rows.append(f"* 16 racers for each of {races.tickets} tickets: {statuses}.")
    if (insert := results.insert) is not None:
        rows += [
            f"* Filing a ticket: {insert.ticket_with:.3f} ms with the search index, "
            f"{insert.ticket_without:.3f} ms without (averages).",
            f"* Writing a comment: {insert.comment_with:.3f} ms with the search index, "
            f"{insert.comment_without:.3f} ms without (averages).",
            f"* The search index is {insert.index_size:.1f} MB, the words stored for it are "
            f"{insert.words_size:.1f} MB, the tables of tickets and comments are "
            f"{insert.table_size:.1f} MB.",
        ]
    if memory := results.memory:
        rows.append(
            f"* Memory: {memory['first']:.1f} MB after a tenth of {memory['requests']:.0f} "
            f"requests, {memory['last']:.1f} MB after all, {memory['most']:.1f} MB at most."
        )
    rows += [f"* {name}: {count} statements." for name, count in results.statements.items()]
    rows += [f"* Not measured: {what}. {why}" for what, why in results.left_out.items()]
    rows += [f"* **Does not work:** {part}. `{why}`" for part, why in results.failed.items()]
    return "\n".join(rows)
