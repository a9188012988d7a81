"""The shipped revisions: a branch beside those of the host."""

from __future__ import annotations

import importlib
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import ConfigurationError
from flask_support_tickets.migrations import autogenerate_options, versions
from flask_support_tickets.services import check_counters

from ..databases import every_database
from .migrated import HEAD, KEYS, PAGE, USERS, MigratedHost, commands_under


@every_database
@pytest.mark.parametrize("key", KEYS)
def test_branch_makes_what_the_models_declare(make_host_with_users: Any, key: str) -> None:
    """Whoever changes a model and writes no revision fails here."""
    host = make_host_with_users(key=key)
    host.flask("db", "upgrade", "support_tickets@head")
    with host.app.app_context(), host.db.engine.connect() as connection:
        options = {"compare_type": True, **autogenerate_options()}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, host.db.metadata) == []
    migrated = host.shape()
    assert len(migrated) > 8
    assert migrated[""]
    host.flask("db", "downgrade", "support_tickets@base")
    assert set(host.shape()) == {"person", ""}
    host.flask("support-tickets", "init-db")
    assert host.shape() == migrated


@every_database
def test_documented_commands_for_the_branch_work(make_host: Any) -> None:
    assert f'["SUPPORT_TICKETS_MIGRATE_AFTER"] = "{USERS}"' in PAGE.read_text("utf-8")
    host = make_host(SUPPORT_TICKETS_MIGRATE_AFTER=USERS)
    host.write_users()
    host.add_branch()
    commands = commands_under("The shipped branch")
    assert len(commands) == 5
    for command in commands:
        host.flask(*command)
    assert set(host.shape()) == {"person", ""}
    host.flask("db", "downgrade", "base")
    assert set(host.shape()) == {""}


def test_documented_commands_for_a_database_with_tickets_work(make_host_with_users: Any) -> None:
    host = make_host_with_users()
    commands = commands_under("A database with tickets")
    assert [command[:2] for command in commands[:2]] == [
        ["support-tickets", "init-db"],
        ["db", "stamp"],
    ]
    for command in commands:
        host.flask(*command)
    host.flask("db", "upgrade", "heads")
    host.flask("db", "check")


def test_branch_refuses_to_run_before_the_users_are_there(make_host: Any) -> None:
    host = make_host()
    host.add_branch()
    with pytest.raises(ConfigurationError, match=r"person is missing.*MIGRATE_AFTER"):
        host.flask("db", "upgrade", "support_tickets@head")


class _MyTicketColumns:
    severity: Mapped[int] = mapped_column(default=0, server_default="0", index=True)


@every_database
def test_own_columns_are_a_revision_of_the_host(make_host_with_users: Any) -> None:
    host = make_host_with_users(
        model_mixins={"Ticket": _MyTicketColumns}, SUPPORT_TICKETS_MIGRATE_AFTER=USERS
    )
    host.flask("db", "upgrade", "heads")
    host.flask("db", "migrate", "-m", "Give tickets a severity", "--head", "app@head")
    written = host.revisions[-1]
    assert "add_column(sa.Column('severity'" in written
    assert f"depends_on = '{HEAD}'" in written
    assert "create_table" not in written
    host.flask("db", "upgrade", "heads")
    host.flask("db", "check")
    assert any("'severity'" in column for column in host.shape()["support_ticket"]["columns"])
    host.flask("db", "downgrade", f"app@{USERS}")
    host.flask("db", "upgrade", "heads")
    host.flask("db", "downgrade", "support_tickets@base")
    assert set(host.shape()) == {"person", ""}


@every_database
def test_sql_of_the_branch_can_be_printed(make_host_with_users: Any) -> None:
    host = make_host_with_users()
    printed = host.flask("db", "upgrade", "--sql", "support_tickets@head")
    made = set(re.findall(r"CREATE TABLE (support_\w+)", printed))
    assert made >= {name for name in host.db.metadata.tables if name.startswith("support_ticket")}
    assert re.search(
        r"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?support_ticket_words\b", printed
    )
    assert set(host.shape()) == {"person", ""}


def test_branch_works_on_a_sqlite_without_fts5(make_host_with_users: Any) -> None:
    def forget_fts5(connection: Any, _record: object) -> None:
        connection.create_function("sqlite_compileoption_used", 1, lambda name: 0)

    host = make_host_with_users()
    with host.app.app_context():
        sa.event.listen(host.db.engine, "connect", forget_fts5)
        host.db.engine.dispose()
    host.flask("db", "upgrade", "heads")
    assert host.shape()[""] == []
    host.flask("db", "downgrade", "support_tickets@base")
    assert set(host.shape()) == {"person", ""}


def dump(host: MigratedHost) -> dict[str, list[Any]]:
    """Return every row of ours, by table."""
    with host.app.app_context(), host.db.engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(
                    sa.select(table).order_by(*table.primary_key)
                ).mappings()
            ]
            for table in host.db.metadata.sorted_tables
            if table.name.startswith("support_ticket")
        }


def restore(host: MigratedHost, rows: dict[str, list[Any]]) -> None:
    """Write rows by table, parents first; count the tickets and index their words."""
    with host.app.app_context(), host.db.engine.begin() as connection:
        for table in host.db.metadata.sorted_tables:
            if rows.get(table.name):
                connection.execute(sa.insert(table), rows[table.name])
    host.flask("support-tickets", "init-db")


@every_database
def test_dump_restored_after_down_and_up_is_unchanged(make_host_with_users: Any) -> None:
    host = make_host_with_users()
    host.flask("db", "upgrade", "heads")
    shape, start = host.shape(), datetime(2026, 1, 1, 12, 30, 15, 123_456, tzinfo=UTC)
    words = ("printer", "Straße", "日本語", "fire 🔥", "naïve\nline")
    made = [
        {
            "id": number,
            "subject": f"Ticket {number}",
            "description": f"{words[number % 5]} " * 20,
            "department": None if number % 3 else "Sales",
            "status": number % 4,
            "comment_count": 0,
            "version": 2,
            "created_at": start + timedelta(seconds=number),
            "updated_at": start + timedelta(seconds=number, microseconds=1),
            "user_id": 1,
            "assigned_to_user_id": 1 if number % 4 else None,
        }
        for number in range(1, 1_001)
    ]
    person = {"id": 1, "username": "mona", "role": "moderator"}
    restore(host, {"person": [person], "support_ticket": made})
    before = dump(host)
    assert len(before["support_ticket"]) == 1_000
    assert before["support_ticket_counter"]
    host.flask("db", "downgrade", "support_tickets@base")
    assert set(host.shape()) == {"person", ""}
    host.flask("db", "upgrade", "heads")
    assert host.shape() == shape
    restore(host, before)
    assert dump(host) == before
    host.flask("db", "check")
    client = host.app.test_client()
    client.post("/login", data={"username": "mona"})
    assert client.get("/api/tickets?search=strasse").json["data"]["totalCount"] == 200
    with host.app.app_context():
        assert check_counters() == []
        host.db.session.remove()


def test_branch_makes_no_search_index_on_other_databases(make_host: Any) -> None:
    printed = io.StringIO()
    options = {"as_sql": True, "output_buffer": printed}
    context = MigrationContext.configure(dialect_name="oracle", opts=options)
    with make_host().app.app_context(), Operations.context(context):
        importlib.import_module(f"{versions.__name__}.support_tickets_0001").upgrade()
    assert "CREATE TABLE support_ticket_counter" in printed.getvalue()
    assert "words" not in printed.getvalue()
