"""Migrations of hosts with bind keys, or with tables in a schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flask_support_tickets import ConfigurationError, unit_of_work
from flask_support_tickets.services import rebuild_counters, rebuild_search_index

from ..databases import on_postgresql
from .migrated import MigratedHost

OURS = {"support_ticket", "support_ticket_words"}


@pytest.fixture
def make_bound_host(make_host: Any, tmp_path: Path) -> Any:
    """Make a host with its users, and so our tables, in a second database."""
    binds = {"people": f"sqlite:///{tmp_path / 'people.db'}"}
    return lambda *init: make_host(*init, bind_key="people", SQLALCHEMY_BINDS=binds)


def tables_of(host: MigratedHost) -> dict[str | None, set[str]]:
    """Return the names of the tables in each database."""
    with host.app.app_context():
        return {
            key: set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
            for key, engine in host.db.engines.items()
        }


def test_branch_goes_to_the_database_of_the_users(make_bound_host: Any) -> None:
    host = make_bound_host("--multidb")
    with host.app.app_context(), host.db.engines["people"].begin() as connection:
        host.users.User.__table__.create(connection)
    host.add_branch()
    host.flask("db", "upgrade", "heads")
    host.flask("db", "check")
    tables = tables_of(host)
    assert tables[None] == set()
    assert OURS | {"person"} <= tables["people"]
    host.flask("db", "downgrade", "support_tickets@base")
    assert tables_of(host) == {None: set(), "people": {"person"}}


def test_own_revision_goes_to_the_database_of_the_users(make_bound_host: Any) -> None:
    host = make_bound_host("--multidb")
    host.flask("db", "migrate")
    (written,) = host.revisions
    assert written.count("\n    create_search_index(op)\n") == 1
    host.flask("db", "upgrade")
    host.flask("db", "check")
    assert tables_of(host)["people"] >= OURS
    host.flask("db", "downgrade", "base")
    assert tables_of(host) == {None: set(), "people": set()}


def test_migrations_of_one_database_are_refused_for_several(make_bound_host: Any) -> None:
    host = make_bound_host()
    host.add_branch()
    with pytest.raises(ConfigurationError, match=r"'people'.* flask db init --multidb"):
        host.flask("db", "upgrade", "heads")


@on_postgresql
@pytest.mark.parametrize("schema", ["desk", "Help Desk"])
@pytest.mark.parametrize("is_branch", [True, False])
def test_tables_are_made_in_the_schema_of_the_host(
    make_host: Any, schema: str, is_branch: bool
) -> None:
    host = make_host(schema=schema, options={"include_schemas": True})
    with host.app.app_context(), host.db.engine.begin() as connection:
        connection.execute(sa.text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))
        connection.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
        host.users.User.__table__.create(connection)
    if is_branch:
        host.add_branch()
    else:
        host.flask("db", "migrate")
    host.flask("db", "upgrade", "heads")
    host.flask("db", "check")
    with host.app.app_context():
        tables = sa.inspect(host.db.engine)
        assert set(tables.get_table_names(schema)) >= OURS
        assert "support_ticket" not in tables.get_table_names()
        unit_of_work(rebuild_counters)
        rebuild_search_index()
    host.flask("db", "downgrade", "base")
    with host.app.app_context():
        left = set(sa.inspect(host.db.engine).get_table_names(schema))
        assert left - {"alembic_version"} == {"person"}
        with host.db.engine.begin() as connection:
            connection.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
