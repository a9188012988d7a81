"""Hosts with bind keys, and with tables in a schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import ConfigurationError, SupportTickets, unit_of_work
from flask_support_tickets.services import rebuild_counters, rebuild_search_index

from ..hosts.small import Users, make_app
from .migrated import MigratedHost, add_branch, run_flask

TICKETS = "support_ticket"


@pytest.fixture
def bound(make_host: Any, tmp_path: Path) -> MigratedHost:
    """A host with its users, and so our tables, in a second database."""
    binds = {"people": f"sqlite:///{tmp_path / 'people.db'}"}
    host: MigratedHost = make_host(
        uri=f"sqlite:///{tmp_path / 'main.db'}", bind_key="people", SQLALCHEMY_BINDS=binds
    )
    return host


@pytest.fixture
def database_uri() -> str:
    """These hosts differ in what they tell Alembic; the databases have had their turn."""
    return "sqlite://"


def tables_of(host: MigratedHost) -> dict[str | None, set[str]]:
    """Return the names of the tables in each database."""
    with host.app.app_context():
        return {
            key: set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
            for key, engine in host.db.engines.items()
        }


class TestBindKeys:
    def test_the_branch_goes_where_the_users_are(self, bound: MigratedHost) -> None:
        bound.flask("db", "init", "--multidb")
        with bound.app.app_context(), bound.db.engines["people"].begin() as connection:
            bound.users.User.__table__.create(connection)
        bound.add_branch()
        bound.flask("db", "upgrade", "heads")
        bound.flask("db", "check")
        tables = tables_of(bound)
        assert tables[None] == set()
        assert {TICKETS, "support_ticket_words", "person"} <= tables["people"]
        bound.flask("db", "downgrade", "support_tickets@base")
        assert tables_of(bound) == {None: set(), "people": {"person"}}

    def test_so_does_the_hosts_own_revision(self, bound: MigratedHost) -> None:
        bound.flask("db", "init", "--multidb")
        bound.flask("db", "migrate")
        (written,) = bound.revisions
        assert written.count("\n    create_search_index(op)\n") == 1
        bound.flask("db", "upgrade")
        bound.flask("db", "check")
        assert {TICKETS, "support_ticket_words"} <= tables_of(bound)["people"]
        bound.flask("db", "migrate")
        assert len(bound.revisions) == 1
        bound.flask("db", "downgrade", "base")
        assert tables_of(bound) == {None: set(), "people": set()}

    def test_migrations_of_one_database_are_refused(self, bound: MigratedHost) -> None:
        bound.flask("db", "init")
        bound.add_branch()
        with pytest.raises(ConfigurationError, match=r"'people'.* flask db init --multidb"):
            bound.flask("db", "upgrade", "heads")


class TestSchemas:
    @pytest.fixture(params=["desk", "Help Desk"])
    def host(self, request: pytest.FixtureRequest, postgresql_uri: str, tmp_path: Path) -> Any:
        """A host whose tables are all in one schema."""
        schema = request.param
        db = SQLAlchemy(metadata=sa.MetaData(schema=schema))
        User = type(
            "User",
            (db.Model,),
            {"__tablename__": "person", "id": sa.Column(sa.Integer, primary_key=True)},
        )
        app = make_app(Users(db, User), postgresql_uri)
        Migrate(app, db, directory=str(tmp_path / "migrations"), include_schemas=True)
        SupportTickets(app, db, User)
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
        yield app, db, tmp_path / "migrations"
        with app.app_context():
            with db.engine.begin() as connection:
                connection.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
            db.engine.dispose()

    @pytest.mark.parametrize("is_branch", [True, False])
    def test_a_schema_is_taken_over(self, host: Any, is_branch: bool) -> None:
        app, db, folder = host
        schema = db.metadata.schema
        with app.app_context(), db.engine.begin() as connection:
            db.metadata.tables[f"{schema}.person"].create(connection)
        run_flask(app, "db", "init")
        if is_branch:
            add_branch(folder)
        commands = [["upgrade", "heads"], ["check"], ["downgrade", "base"]]
        for command in commands if is_branch else [["migrate"], *commands]:
            run_flask(app, "db", *command)
            if command == ["check"]:
                with app.app_context(), db.engine.connect() as connection:
                    made = set(sa.inspect(connection).get_table_names(schema))
                    assert {TICKETS, "support_ticket_words"} <= made
                    assert TICKETS not in sa.inspect(connection).get_table_names()
                with app.app_context():
                    unit_of_work(rebuild_counters)
                    rebuild_search_index()
        with app.app_context():
            left = set(sa.inspect(db.engine).get_table_names(schema))
            assert left - {"alembic_version"} == {"person"}
