"""The search index as revision ``support_tickets_0001`` makes it; not changed after a release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

from .host import Host

WORDS = "support_ticket_words"
#: On SQLite, the ids of tickets that were deleted, whose words stay.
GONE = f"{WORDS}_gone"


def create_words(host: Host) -> None:
    """Create what the database at hand has for it, empty; on other databases nothing."""
    create = {
        "sqlite": _words_on_sqlite,
        "postgresql": _words_on_postgresql,
        "mysql": _words_on_mariadb,
        "mariadb": _words_on_mariadb,
    }.get(op.get_context().dialect.name)
    if create is not None:
        create(host)


def _words_on_sqlite(host: Host) -> None:
    context = op.get_context()
    asked = sa.text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
    if context.as_sql or op.get_bind().scalar(asked):
        prefix = f"{context.dialect.identifier_preparer.quote(host.schema)}." if host.schema else ""
        op.execute(
            f"CREATE VIRTUAL TABLE {prefix}{WORDS} USING fts5(words, content='', columnsize=0,"
            " detail=none, tokenize=\"ascii tokenchars '_'\")"
        )
        op.execute(f"CREATE TABLE {prefix}{GONE} (id INTEGER PRIMARY KEY)")
        op.execute(
            f"CREATE TRIGGER {prefix}{GONE}_insert AFTER DELETE ON support_ticket "
            f"BEGIN INSERT OR IGNORE INTO {GONE} VALUES (old.id); END"
        )


def _words_on_postgresql(host: Host) -> None:
    op.create_table(
        WORDS,
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "part", name="pk_support_ticket_words"),
        host.row_link(WORDS, "ticket_id", "support_ticket"),
        schema=host.schema,
    )
    for name, where in ((f"ix_{WORDS}", "part = 0"), (f"ix_{WORDS}_part", "part > 0")):
        op.create_index(
            name,
            WORDS,
            ["words"],
            schema=host.schema,
            postgresql_using="gin",
            postgresql_with={"fastupdate": True, "gin_pending_list_limit": 256},
            postgresql_where=sa.text(where),
        )


def _words_on_mariadb(host: Host) -> None:
    text = mysql.MEDIUMTEXT(charset="ascii", collation="ascii_bin")
    op.create_table(
        WORDS,
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("words", text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket_words"),
        host.row_link(WORDS, "ticket_id", "support_ticket"),
        schema=host.schema,
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    op.create_index(f"ix_{WORDS}_ticket_id", WORDS, ["ticket_id"], schema=host.schema)
    op.create_index(
        f"ix_{WORDS}",
        WORDS,
        ["words"],
        schema=host.schema,
        mysql_prefix="FULLTEXT",
        mariadb_prefix="FULLTEXT",
    )
