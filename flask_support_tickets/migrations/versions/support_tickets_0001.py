"""All tables, and the search index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

from flask_support_tickets.migrations.host import Host, find_dependency, read_host, require_users

revision = "support_tickets_0001"
down_revision = None
branch_labels = ("support_tickets",)
depends_on = find_dependency()

TICKET = "support_ticket"
COMMENT = "support_ticket_comment"
EVENT = "support_ticket_event"
ATTACHMENT = "support_ticket_attachment"
SUBMISSION = "support_ticket_submission"
COUNTER = "support_ticket_counter"
WORDS = "support_ticket_words"
#: On SQLite, the ids of tickets that were deleted, whose words stay.
GONE = f"{WORDS}_gone"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
#: Text that is compared character by character.
EXACT_100 = sa.String(100).with_variant(
    mysql.VARCHAR(100, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
TIME = (
    sa.DateTime()
    .with_variant(sa.DateTime(timezone=True), "postgresql")
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
)


def upgrade(engine_name: str | None = None) -> None:
    """Create them, empty."""
    host = read_host(engine_name)
    if host is not None:
        require_users(host)
        for create in (_tickets, _comments, _events, _attachments, _submissions, _counters, _words):
            create(host)


def downgrade(engine_name: str | None = None) -> None:
    """Drop them with everything in them."""
    host = read_host(engine_name)
    if host is not None:
        for table in (WORDS, GONE):
            op.drop_table(table, schema=host.schema, if_exists=True)
        for table in (COUNTER, SUBMISSION, ATTACHMENT, EVENT, COMMENT, TICKET):
            op.drop_table(table, schema=host.schema)


def _tickets(host: Host) -> None:
    op.create_table(
        TICKET,
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("description", LONG_TEXT, nullable=False),
        sa.Column("department", EXACT_100),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("thread_count", sa.Integer(), nullable=False),
        sa.Column("attachment_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("resolved_at", TIME),
        sa.Column("closed_at", TIME),
        host.user_key("user_id"),
        host.user_key("assigned_to_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket"),
        sa.CheckConstraint("status BETWEEN 0 AND 3", name=op.f("ck_support_ticket_status")),
        sa.CheckConstraint("comment_count >= 0", name=op.f("ck_support_ticket_comment_count")),
        host.user_link(TICKET, "user_id"),
        host.user_link(TICKET, "assigned_to_user_id"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    _index(host, TICKET, "status", "status", "id")
    _index(host, TICKET, "user_id", "user_id", "status", "id")
    _index(host, TICKET, "assigned_to_user_id", "assigned_to_user_id", "status", "id")
    _index(host, TICKET, "department", "department", "status", "id")


def _comments(host: Host) -> None:
    op.create_table(
        COMMENT,
        sa.Column("id", ID, nullable=False),
        sa.Column("parent_comment_id", ID),
        sa.Column("root_comment_id", ID),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("reply_count", sa.Integer(), nullable=False),
        sa.Column("attachment_count", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        host.user_key("user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket_comment"),
        sa.CheckConstraint(
            "(parent_comment_id IS NULL AND root_comment_id IS NULL AND depth = 0)"
            " OR (parent_comment_id IS NOT NULL AND root_comment_id IS NOT NULL AND depth > 0)",
            name=op.f("ck_support_ticket_comment_thread"),
        ),
        sa.UniqueConstraint("ticket_id", "id", name="uq_support_ticket_comment_ticket_id"),
        host.row_link(COMMENT, "ticket_id", TICKET),
        host.user_link(COMMENT, "user_id"),
        host.reply_link(COMMENT, "parent_comment_id"),
        host.reply_link(COMMENT, "root_comment_id"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    _index(host, COMMENT, "parent", "ticket_id", "parent_comment_id", "id")
    _index(host, COMMENT, "root", "ticket_id", "root_comment_id", "id")
    _index(host, COMMENT, "user_id", "user_id", "created_at")


def _events(host: Host) -> None:
    op.create_table(
        EVENT,
        sa.Column("id", ID, nullable=False),
        sa.Column("action", sa.String(30), nullable=False),
        sa.Column("from_status", sa.SmallInteger()),
        sa.Column("to_status", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("comment_id", ID),
        host.user_key("user_id"),
        host.user_key("assigned_to_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket_event"),
        sa.CheckConstraint(
            "to_status BETWEEN 0 AND 3 AND (from_status IS NULL OR from_status BETWEEN 0 AND 3)",
            name=op.f("ck_support_ticket_event_status"),
        ),
        host.row_link(EVENT, "ticket_id", TICKET),
        host.row_link(EVENT, "comment_id", COMMENT),
        host.user_link(EVENT, "user_id"),
        host.user_link(EVENT, "assigned_to_user_id"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    _index(host, EVENT, "ticket_id", "ticket_id", "id")
    for name in ("comment_id", "user_id", "assigned_to_user_id"):
        _index(host, EVENT, name, name)


def _attachments(host: Host) -> None:
    is_link = "url IS NOT NULL AND ticket_id IS NOT NULL AND storage_key IS NULL"
    is_file = (
        "url IS NULL AND storage_key IS NOT NULL AND filename IS NOT NULL"
        " AND content_type IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL"
    )
    kind = op.f("ck_support_ticket_attachment_kind")
    op.create_table(
        ATTACHMENT,
        sa.Column("id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(2000)),
        sa.Column("storage_key", sa.String(40)),
        sa.Column("filename", sa.String(255)),
        sa.Column("content_type", sa.String(100)),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("has_preview", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ticket_id", ID),
        sa.Column("comment_id", ID),
        host.user_key("user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket_attachment"),
        sa.CheckConstraint(f"({is_link}) OR ({is_file})", name=kind),
        sa.UniqueConstraint("storage_key", name="uq_support_ticket_attachment_storage_key"),
        host.row_link(ATTACHMENT, "ticket_id", TICKET),
        host.row_link(ATTACHMENT, "comment_id", COMMENT),
        host.user_link(ATTACHMENT, "user_id"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    _index(host, ATTACHMENT, "ticket_id", "ticket_id", "comment_id", "position")
    for name in ("comment_id", "user_id"):
        _index(host, ATTACHMENT, name, name)


def _submissions(host: Host) -> None:
    op.create_table(
        SUBMISSION,
        sa.Column("id", ID, nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("answer", LONG_TEXT),
        sa.Column("created_at", TIME, nullable=False),
        host.user_key("user_id"),
        sa.Column("ticket_id", ID),
        sa.Column("comment_id", ID),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket_submission"),
        sa.UniqueConstraint("user_id", "mark", name="uq_support_ticket_submission"),
        host.user_link(SUBMISSION, "user_id"),
        host.row_link(SUBMISSION, "ticket_id", TICKET),
        host.row_link(SUBMISSION, "comment_id", COMMENT),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    for name in ("ticket_id", "comment_id", "created_at"):
        _index(host, SUBMISSION, name, name)


def _counters(host: Host) -> None:
    op.create_table(
        COUNTER,
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("in_progress_count", sa.Integer(), nullable=False),
        sa.Column("resolved_count", sa.Integer(), nullable=False),
        sa.Column("closed_count", sa.Integer(), nullable=False),
        sa.Column("change_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block", "slot", name="pk_support_ticket_counter"),
        schema=host.schema,
    )


def _words(host: Host) -> None:
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
            f"CREATE TRIGGER {prefix}{GONE}_insert AFTER DELETE ON {TICKET} "
            f"BEGIN INSERT OR IGNORE INTO {GONE} VALUES (old.id); END"
        )


def _words_on_postgresql(host: Host) -> None:
    op.create_table(
        WORDS,
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "part", name="pk_support_ticket_words"),
        host.row_link(WORDS, "ticket_id", TICKET),
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
        host.row_link(WORDS, "ticket_id", TICKET),
        schema=host.schema,
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
    _index(host, WORDS, "ticket_id", "ticket_id")
    op.create_index(
        f"ix_{WORDS}",
        WORDS,
        ["words"],
        schema=host.schema,
        mysql_prefix="FULLTEXT",
        mariadb_prefix="FULLTEXT",
    )


def _index(host: Host, table: str, name: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, list(columns), schema=host.schema)
