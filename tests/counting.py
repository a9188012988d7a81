"""In which order tests run, and of which the lines are counted for the coverage.

Counting doubles the time of a test. So it is done on one database for what is the same on all
three, and not at all where other tests reach the same lines without a browser, a second process
or ten thousand requests. What is left uncovered by this fails the run: it asks for 100 %.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

import pytest

from .host import tickets

#: Files that take longest go first, so that none is left to one worker when the others are done.
LONG = (
    "fuzzing/test_schemathesis_postgresql.py",
    "fuzzing/test_schemathesis_sqlite.py",
    "api/test_matrix.py",
    "attachments/test_round_trip.py",
    "attachments/test_failing_object_store.py",
    "api/test_once.py",
    "browser/test_staff_trips.py",
    "browser/test_staff_states.py",
    "attachments/test_no_script_runs.py",
    "cases/test_kills.py",
    "migrations/test_rows.py",
    "browser/test_languages.py",
    "test_races.py",
    "attachments/test_killed.py",
    "fuzzing/test_lives.py",
    "browser/test_user_states.py",
)
#: Folders and files of which nothing is counted.
UNCOUNTED = (
    "api/test_matrix.py",
    "attachments/test_no_script_runs.py",
    "attachments/test_round_trip.py",
    "browser/",
    "fuzzing/test_lives.py",
    "fuzzing/test_same_answers.py",
    "fuzzing/test_schemathesis",
)
#: Files that are counted on each database: lines of one database alone are theirs.
COUNTED_ON_EACH = (
    "migrations/test_branch.py",
    "services/test_search.py",
    "services/test_search_index.py",
    "services/test_search_many.py",
    "services/test_search_upkeep.py",
    "test_cli.py",
    "test_faults.py",
    "test_sqlite.py",
    "test_transaction.py",
)
HERE = Path(__file__).parent


def is_counted(item: pytest.Item) -> bool:
    """Whether the lines a test runs are counted."""
    name = item.path.relative_to(HERE).as_posix()
    if name.startswith(UNCOUNTED):
        return False
    return name in COUNTED_ON_EACH or _database_of(item) in (None, "sqlite")


def _database_of(item: pytest.Item) -> Any:
    call = getattr(item, "callspec", None)
    parameters = {} if call is None else call.params
    return parameters.get("database_uri", parameters.get("empty_database_uri"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of `LONG` first, in its order, and in each file those that are counted."""
    places = {str(HERE / name): place for place, name in enumerate(LONG)}
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(
        key=lambda item: (
            places.get(str(item.path), len(LONG)),
            files[item.path],
            not is_counted(item),
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Count no line of a test, its fixtures included, unless `is_counted` says so."""
    plugin = item.config.pluginmanager.get_plugin("_cov")
    counter = getattr(plugin, "cov_controller", None)
    if counter is None or is_counted(item):
        return (yield)
    counter.pause()
    try:
        return (yield)
    finally:
        counter.resume()


@pytest.fixture(scope="module", autouse=True)
def _what_was_made_uncounted_is_made_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the caches after tests whose lines are not counted, for those that are."""
    yield
    if not all(is_counted(item) for item in request.session.items if item.path == request.path):
        empty_caches()


def empty_caches() -> None:
    """Empty every cache of the package that outlives an app."""
    if tickets._models is not None:
        tickets._models.statements.clear()
    ours = [module for name, module in sys.modules.items() if name.startswith("flask_support_")]
    for value in itertools.chain.from_iterable(vars(module).values() for module in ours):
        if isinstance(value, _lru_cache_wrapper):
            value.cache_clear()
