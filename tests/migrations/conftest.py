"""Hosts with Flask-Migrate."""

from __future__ import annotations

import logging.config
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .migrated import MigratedHost


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep ``env.py`` from changing the loggers of other tests."""
    monkeypatch.setattr(logging.config, "fileConfig", lambda *_, **__: None)


@pytest.fixture
def make_host(database_uri: str, tmp_path: Path) -> Iterator[Callable[..., MigratedHost]]:
    """Make a host on the empty database, with ``flask db init`` done."""
    made: list[MigratedHost] = []

    def make(*init: str, **options: Any) -> MigratedHost:
        folder = tmp_path / f"migrations{len(made)}"
        host = MigratedHost(options.pop("uri", database_uri), folder, **options)
        made.append(host)
        host.flask("db", "init", *init)
        return host

    yield make
    for host in made:
        host.dispose()


@pytest.fixture
def make_host_with_users(make_host: Callable[..., MigratedHost]) -> Callable[..., MigratedHost]:
    """Make a host that has its users by a revision of its own, and then our branch."""

    def make(**options: Any) -> MigratedHost:
        host = make_host(**options)
        host.write_users()
        host.flask("db", "upgrade")
        host.add_branch()
        return host

    return make
