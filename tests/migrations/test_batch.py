"""Tables that Alembic alters in batch mode keep their ids, triggers and rows on SQLite."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa

from flask_support_tickets import (
    Action,
    ConfigurationError,
    actor_for,
    prepare_sqlite,
    unit_of_work,
)
from flask_support_tickets.services import add_comment, open_ticket, transition_ticket

from ..databases import every_database
from .migrated import HEAD, PAGE, USERS, MigratedHost
from .test_branch import dump

REVISION = """
import sqlalchemy as sa
from alembic import op
from flask_support_tickets.migrations import batch_alter_table

revision, down_revision, depends_on = "aaaaaaaaaaaa", "{users}", "{head}"
TABLES = [("support_ticket", "version"), ("support_ticket_comment", "depth"), ("person", None)]


def change(old, new):
    return {{"existing_type": old, "type_": new, "existing_nullable": False}}


def upgrade():
    op.execute("UPDATE person SET role = role")  # begins a transaction
    for table, count in TABLES:
        with batch_alter_table(op, table) as batch_op:
            batch_op.add_column(sa.Column("severity", sa.Integer(), server_default="0"))
            batch_op.create_index(f"ix_{{table}}_severity", ["severity"])
            if count is not None:
                batch_op.alter_column(count, **change(sa.Integer(), sa.BigInteger()))


def downgrade():
    for table, count in reversed(TABLES):
        with batch_alter_table(op, table) as batch_op:
            batch_op.drop_index(f"ix_{{table}}_severity")
            batch_op.drop_column("severity")
            if count is not None:
                batch_op.alter_column(count, **change(sa.BigInteger(), sa.Integer()))
"""


def prepare(host: MigratedHost) -> MigratedHost:
    """Make our tables, with foreign keys and rows in them; the newest ticket is deleted."""
    with host.app.app_context():
        prepare_sqlite(host.db)
        host.db.engine.dispose()
    host.flask("db", "upgrade", "heads")
    with host.app.app_context():
        for username, role in (("alice", "user"), ("mona", "moderator")):
            host.db.session.add(host.users.User(username=username, role=role))
        host.db.session.commit()
    for number in (1, 2, 3):
        assert open_one(host) == number
    with host.app.test_request_context():
        mona = actor_for(host.db.session.get(host.users.User, 2))
        unit_of_work(transition_ticket, actor=mona, ticket_id=1, action=Action.StartProgress)
        for parent in (None, 1):
            given = {"ticket_id": 1, "text": "Look", "parent_comment_id": parent}
            unit_of_work(add_comment, actor=mona, **given)
    execute(host, "DELETE FROM support_ticket_event WHERE ticket_id = 3")
    execute(host, "DELETE FROM support_ticket WHERE id = 3")
    return host


def open_one(host: MigratedHost) -> int:
    """Open a ticket of alice and return its id."""
    with host.app.test_request_context():
        alice = actor_for(host.db.session.get(host.users.User, 1))
        ticket = unit_of_work(open_ticket, actor=alice, subject="Printer", description="Smoke")
        return int(ticket.id)


def execute(host: MigratedHost, statement: str) -> None:
    """Execute SQL as the host."""
    with host.app.app_context(), host.db.engine.begin() as connection:
        connection.execute(sa.text(statement))


def made_by(host: MigratedHost) -> dict[str, str]:
    """Return the statements of the tables and triggers in a SQLite database."""
    query = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')"
    with host.app.app_context(), host.db.engine.connect() as connection:
        return {row.name: row.sql for row in connection.execute(sa.text(query))}


def found(host: MigratedHost) -> list[int]:
    """Return the ids of the tickets that staff find."""
    client = host.app.test_client()
    client.post("/login", data={"username": "mona"})
    answer = client.get("/api/tickets?search=printer").json["data"]
    return [ticket["id"] for ticket in answer["tickets"]]


def write(host: MigratedHost) -> None:
    """Write a revision of the host that changes tables of ours and its users."""
    text = REVISION.format(users=USERS, head=HEAD)
    (host.folder / "versions" / "changes.py").write_text(text)


@every_database
def test_batch_mode_goes_up_down_and_up_with_data(make_host_with_users: Any, database: str) -> None:
    assert 'with batch_alter_table(op, "support_ticket") as batch_op:' in PAGE.read_text("utf-8")
    host = prepare(make_host_with_users())
    shape, rows = host.shape(), dump(host)
    assert {name: len(rows[name]) for name in ("support_ticket", "support_ticket_comment")} == {
        "support_ticket": 2,
        "support_ticket_comment": 2,
    }
    write(host)
    for _ in range(2):
        host.flask("db", "upgrade", "heads")
        assert any("'severity'" in column for column in host.shape()["support_ticket"]["columns"])
        assert any("BIGINT" in column for column in host.shape()["support_ticket"]["columns"])
        assert host.shape()[""] == shape[""]
        assert dump(host) == rows
        assert found(host) == [2, 1]
        host.flask("db", "downgrade", f"app@{USERS}")
        assert host.shape() == shape
        assert dump(host) == rows
    host.flask("db", "upgrade", "heads")
    assert open_one(host) == 4
    execute(host, "DELETE FROM support_ticket_event WHERE ticket_id = 2")
    execute(host, "DELETE FROM support_ticket WHERE id = 2")
    assert found(host) == [4, 1]
    if database == "sqlite":
        made = made_by(host)
        assert "AUTOINCREMENT" in made["support_ticket"]
        assert "AUTOINCREMENT" in made["support_ticket_comment"]
        assert "AUTOINCREMENT" not in made["person"]
        assert "support_ticket_words_gone_insert" in made
        with host.app.app_context(), host.db.engine.connect() as connection:
            assert connection.scalar(sa.text("PRAGMA foreign_keys")) == 1
            query = "SELECT id FROM support_ticket_words_gone ORDER BY id"
            assert connection.scalars(sa.text(query)).all() == [2, 3]


def test_revision_that_alembic_writes_keeps_ids_triggers_and_rows(make_host: Any) -> None:
    """Of our tables, and of the users that they point to."""
    host = make_host()
    host.flask("db", "migrate", "-m", "All tables")
    assert "batch_alter_table(op" not in host.revisions[0]
    prepare(host)
    execute(
        host,
        "CREATE TRIGGER mine AFTER INSERT ON support_ticket BEGIN"
        " UPDATE support_ticket SET department = 'at:night?' WHERE id = new.id; END",
    )
    before, rows = made_by(host), dump(host)
    for table, column in (("support_ticket", "subject"), ("person", "username")):
        host.db.metadata.tables[table].c[column].type = sa.String(250)
    host.flask("db", "migrate", "-m", "Longer texts")
    written = host.revisions[1]
    assert written.count("with batch_alter_table(op, 'support_ticket', schema=None) as") == 2
    assert written.count("with batch_alter_table(op, 'person', schema=None) as") == 2
    for command in ("upgrade", "downgrade", "upgrade"):
        host.flask("db", command)
        assert dump(host) == rows
        assert made_by(host).keys() == before.keys()
    assert "AUTOINCREMENT" in made_by(host)["support_ticket"]
    host.flask("db", "check")
    assert open_one(host) == 4
    assert found(host) == [4, 2, 1]
    assert dump(host)["support_ticket"][-1]["department"] == "at:night?"


def test_documented_revision_gives_back_what_was_lost(make_host_with_users: Any) -> None:
    section = PAGE.read_text("utf-8").partition("\n## SQLite and batch mode\n")[2]
    repair = section.partition("To get `AUTOINCREMENT`")[2].partition("```python\n")[2]
    host = prepare(make_host_with_users())
    before = made_by(host)
    head = REVISION.format(users=USERS, head=HEAD).partition("TABLES")[0]
    changes = host.folder / "versions" / "changes.py"
    loss = 'op.batch_alter_table("support_ticket", recreate="always")'
    changes.write_text(f"{head}def upgrade():\n    with {loss}:\n        pass\n")
    host.flask("db", "upgrade", "heads")
    assert "AUTOINCREMENT" not in made_by(host)["support_ticket"]
    assert made_by(host).keys() ^ before.keys() == {"support_ticket_words_gone_insert"}
    head = head.replace(USERS, "aaaaaaaaaaaa").replace("aaaaaaaaaaaa", "bbbbbbbbbbbb", 1)
    (host.folder / "versions" / "repair.py").write_text(head + repair.partition("```")[0])
    host.flask("db", "upgrade", "heads")
    host.flask("support-tickets", "rebuild-search")
    assert made_by(host).keys() == before.keys()
    assert "AUTOINCREMENT" in made_by(host)["support_ticket"]


@every_database
def test_documented_revision_renames_a_column_whose_name_we_took(make_host_with_users: Any) -> None:
    section = (
        (PAGE.parent / "models.md").read_text("utf-8").partition("### Names that are taken")[2]
    )
    rename = section.partition("```python\n")[2].partition("```")[0]
    host = make_host_with_users()
    host.flask("db", "upgrade", "support_tickets_0001")
    execute(host, "ALTER TABLE support_ticket ADD COLUMN priority INTEGER")
    written = REVISION.format(users=USERS, head="support_tickets_0001").partition("TABLES")[0]
    (host.folder / "versions" / "rename.py").write_text(written + rename)
    host.flask("db", "upgrade", "app@head")
    host.flask("db", "upgrade", "heads")
    columns = " ".join(host.shape()["support_ticket"]["columns"])
    assert "'shop_priority'" in columns
    assert "'priority'" in columns


def test_plain_alter_is_written_without_batch_mode(make_host: Any) -> None:
    host = make_host(options={"render_as_batch": False})
    host.flask("db", "migrate", "-m", "All tables")
    host.flask("db", "upgrade")
    host.db.metadata.tables["support_ticket"].c.subject.type = sa.String(250)
    host.flask("db", "migrate", "-m", "A longer subject")
    assert "op.alter_column('support_ticket', 'subject'" in host.revisions[1]
    assert "batch" not in host.revisions[1]


def test_batch_that_fails_changes_nothing(make_host_with_users: Any) -> None:
    host = prepare(make_host_with_users())
    write(host)
    execute(host, "CREATE INDEX ix_support_ticket_severity ON support_ticket (version)")
    before, rows = made_by(host), dump(host)
    with pytest.raises(sa.exc.OperationalError, match="ix_support_ticket_severity already exists"):
        host.flask("db", "upgrade", "heads")
    assert made_by(host) == before
    assert dump(host) == rows
    execute(host, "DROP INDEX ix_support_ticket_severity")
    host.flask("db", "upgrade", "heads")
    assert dump(host) == rows


def test_batch_is_refused_where_foreign_keys_cannot_be_switched_off(
    make_host_with_users: Any,
) -> None:
    class AlwaysInTransaction(sqlite3.Connection):
        """As with ``autocommit=False``, which Python knows from 3.12 on."""

        def commit(self) -> None:
            super().commit()
            self.execute("BEGIN")

    options = {"connect_args": {"factory": AlwaysInTransaction}}
    host = prepare(make_host_with_users(SQLALCHEMY_ENGINE_OPTIONS=options))
    write(host)
    before, rows = made_by(host), dump(host)
    with pytest.raises(ConfigurationError, match=r"PRAGMA foreign_keys = OFF in env.py"):
        host.flask("db", "upgrade", "heads")
    assert made_by(host) == before
    assert dump(host) == rows


@every_database
def test_sql_of_a_batch_is_printed_where_no_table_is_replaced(
    make_host_with_users: Any, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = make_host_with_users()
    write(host)
    if database == "sqlite":
        with pytest.raises(AssertionError):
            host.flask("db", "upgrade", "--sql", f"{USERS}:aaaaaaaaaaaa")
        assert "cannot proceed in --sql mode" in caplog.text
        changes = host.folder / "versions" / "changes.py"
        changes.write_text(changes.read_text().replace("count is not None", "False"))
    printed = host.flask("db", "upgrade", "--sql", f"{USERS}:aaaaaaaaaaaa")
    assert "ALTER TABLE support_ticket ADD COLUMN severity INTEGER " in printed
    assert "CREATE INDEX ix_support_ticket_severity ON support_ticket (severity);" in printed
    assert "PRAGMA" not in printed
