"""The shipped revisions: a branch beside a host's own."""

from __future__ import annotations

import importlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import ConfigurationError
from flask_support_tickets.migrations import autogenerate_options, versions

from .migrated import KEYS, USERS


class TestTheHead:
    """Whoever changes a model writes a revision: these tests fail otherwise."""

    @pytest.mark.parametrize("key", KEYS)
    def test_it_makes_what_the_models_declare(self, make_host_with_users: Any, key: str) -> None:
        host = make_host_with_users(key=key)
        host.flask("db", "upgrade", "support_tickets@head")
        with host.app.app_context(), host.db.engine.connect() as connection:
            options = {"compare_type": True, **autogenerate_options()}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, host.db.metadata) == []

    @pytest.mark.parametrize("key", KEYS)
    def test_it_makes_what_create_all_makes(self, make_host_with_users: Any, key: str) -> None:
        host = make_host_with_users(key=key)
        host.flask("db", "upgrade", "support_tickets@head")
        migrated = host.shape()
        host.flask("db", "downgrade", "support_tickets@base")
        assert set(host.shape()) == {"person", ""}
        host.flask("support-tickets", "init-db")
        assert host.shape() == migrated
        assert len(migrated) > 8
        assert migrated[""]


class _MyTicketColumns:
    priority: Mapped[int] = mapped_column(default=0, server_default="0", index=True)


class TestHosts:
    def test_an_empty_database_is_filled_in_one_go(self, make_host: Any) -> None:
        host = make_host(SUPPORT_TICKETS_MIGRATE_AFTER=USERS)
        host.flask("db", "init")
        host.write_users()
        host.add_branch()
        host.flask("db", "upgrade", "heads")
        host.flask("db", "check")
        host.flask("db", "downgrade", "base")
        assert set(host.shape()) <= {""}

    def test_its_users_come_first(self, make_host: Any) -> None:
        host = make_host()
        host.flask("db", "init")
        host.add_branch()
        with pytest.raises(ConfigurationError, match=r"person is missing.*MIGRATE_AFTER"):
            host.flask("db", "upgrade", "support_tickets@head")

    def test_its_own_columns_are_its_own_revision(self, make_host_with_users: Any) -> None:
        host = make_host_with_users(
            model_mixins={"Ticket": _MyTicketColumns}, SUPPORT_TICKETS_MIGRATE_AFTER=USERS
        )
        host.flask("db", "upgrade", "heads")
        host.flask("db", "migrate", "-m", "Give tickets a priority", "--head", "app@head")
        written = host.revisions[-1]
        assert "add_column(sa.Column('priority'" in written
        assert "depends_on = 'support_tickets_0001'" in written
        assert "create_table" not in written
        host.flask("db", "upgrade", "heads")
        host.flask("db", "check")
        columns = host.shape()["support_ticket"]["columns"]
        assert any("'priority'" in column for column in columns)

        host.flask("db", "downgrade", f"app@{USERS}")
        host.flask("db", "upgrade", "heads")
        host.flask("db", "downgrade", "support_tickets@base")
        assert set(host.shape()) == {"person", ""}

    def test_a_statement_for_each_is_printed(self, make_host_with_users: Any) -> None:
        host = make_host_with_users()
        printed = host.flask("db", "upgrade", "--sql", "support_tickets@head")
        made = re.findall(r"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)", printed)
        ours = {name for name in made if name.startswith("support_ticket")}
        ours.discard("support_ticket_words_gone")  # on SQLite alone
        assert len(ours) == 8
        assert set(host.shape()) == {"person", ""}


class TestWithoutAnIndexOfWords:
    def test_sqlite_may_have_been_built_without(
        self, make_host_with_users: Any, tmp_path: Path
    ) -> None:
        host = make_host_with_users(uri=f"sqlite:///{tmp_path / 'plain.db'}")
        with host.app.app_context():
            event.listen(host.db.engine, "connect", _forget_fts5)
            host.db.engine.dispose()
        host.flask("db", "upgrade", "heads")
        assert host.shape()[""] == []
        host.flask("db", "downgrade", "support_tickets@base")
        assert set(host.shape()) == {"person", ""}

    def test_other_databases_have_none(self, make_host: Any) -> None:
        printed = io.StringIO()
        options = {"as_sql": True, "output_buffer": printed}
        context = MigrationContext.configure(dialect_name="oracle", opts=options)
        with make_host().app.app_context(), Operations.context(context):
            revision = importlib.import_module(f"{versions.__name__}.support_tickets_0001")
            revision.upgrade()
        assert "CREATE TABLE support_ticket_counter" in printed.getvalue()
        assert "words" not in printed.getvalue()


def _forget_fts5(connection: Any, _record: object) -> None:
    connection.create_function("sqlite_compileoption_used", 1, lambda name: 0)
