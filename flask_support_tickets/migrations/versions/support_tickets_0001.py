"""Create all tables and the search index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

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
SEEN = "support_ticket_seen"
COUNTER = "support_ticket_counter"
WORDS = "support_ticket_words"
#: On SQLite, the table of deleted tickets, whose tokens stay in the index.
DELETED = f"{WORDS}_gone"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
EXACT_100 = sa.String(100).with_variant(
    mysql.VARCHAR(100, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
TIME = (
    sa.DateTime()
    .with_variant(sa.DateTime(timezone=True), "postgresql")
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
)


def upgrade(engine_name: str | None = None) -> None:
    """Create the tables."""
    host = read_host(engine_name)
    if host is None:
        return
    require_users(host)
    for create in (_tickets, _comments, _events, _attachments, _submissions, _seen, _counters):
        create(host)
    for statement in _search_index(host):
        op.execute(statement)


def downgrade(engine_name: str | None = None) -> None:
    """Drop the tables."""
    host = read_host(engine_name)
    if host is not None:
        for table in (WORDS, DELETED):
            op.drop_table(table, schema=host.schema, if_exists=True)
        for table in (COUNTER, SEEN, SUBMISSION, ATTACHMENT, EVENT, COMMENT, TICKET):
            op.drop_table(table, schema=host.schema)


def _tickets(host: Host) -> None:
    _create(
        host,
        TICKET,
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("description", LONG_TEXT, nullable=False),
        sa.Column("department", EXACT_100),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        *_integers("comment_count", "staff_comment_count", "thread_count"),
        *_integers("attachment_count", "version"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("awaiting_since", TIME),
        sa.Column("first_reply_at", TIME),
        sa.Column("resolved_at", TIME),
        sa.Column("closed_at", TIME),
        *host.user_key(TICKET, "user_id"),
        *host.user_key(TICKET, "assigned_to_user_id"),
        sa.CheckConstraint("status BETWEEN 0 AND 3", name=op.f("ck_support_ticket_status")),
        sa.CheckConstraint("comment_count >= 0", name=op.f("ck_support_ticket_comment_count")),
        status="status id",
        awaiting_since="status awaiting_since id",
        user_id="user_id status id",
        assigned_to_user_id="assigned_to_user_id status id",
        department="department status id",
    )


def _comments(host: Host) -> None:
    in_one_ticket = [f"{COMMENT}.ticket_id", f"{COMMENT}.id"]
    _create(
        host,
        COMMENT,
        sa.Column("parent_comment_id", ID),
        sa.Column("root_comment_id", ID),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        *_integers("reply_count", "attachment_count"),
        sa.Column("created_at", TIME, nullable=False),
        *_link(host, COMMENT, "ticket_id", TICKET, nullable=False),
        *host.user_key(COMMENT, "user_id"),
        sa.CheckConstraint(
            "(parent_comment_id IS NULL AND root_comment_id IS NULL AND depth = 0)"
            " OR (parent_comment_id IS NOT NULL AND root_comment_id IS NOT NULL AND depth > 0)",
            name=op.f("ck_support_ticket_comment_thread"),
        ),
        sa.UniqueConstraint("ticket_id", "id", name="uq_support_ticket_comment_ticket_id"),
        host.row_key(COMMENT, ["ticket_id", "parent_comment_id"], in_one_ticket),
        host.row_key(COMMENT, ["ticket_id", "root_comment_id"], in_one_ticket),
        parent="ticket_id parent_comment_id id",
        root="ticket_id root_comment_id id",
        user_id="user_id created_at",
    )


def _events(host: Host) -> None:
    _create(
        host,
        EVENT,
        sa.Column("action", sa.String(30), nullable=False),
        sa.Column("from_status", sa.SmallInteger()),
        sa.Column("to_status", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        *_link(host, EVENT, "ticket_id", TICKET, nullable=False),
        *_link(host, EVENT, "comment_id", COMMENT),
        *host.user_key(EVENT, "user_id"),
        *host.user_key(EVENT, "assigned_to_user_id"),
        sa.CheckConstraint(
            "to_status BETWEEN 0 AND 3 AND (from_status IS NULL OR from_status BETWEEN 0 AND 3)",
            name=op.f("ck_support_ticket_event_status"),
        ),
        ticket_id="ticket_id id",
        comment_id="comment_id",
        user_id="user_id",
        assigned_to_user_id="assigned_to_user_id",
    )


def _attachments(host: Host) -> None:
    _create(
        host,
        ATTACHMENT,
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(2000)),
        sa.Column("storage_key", sa.String(40)),
        sa.Column("filename", sa.String(255)),
        sa.Column("content_type", sa.String(100)),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("has_preview", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        *_link(host, ATTACHMENT, "ticket_id", TICKET),
        *_link(host, ATTACHMENT, "comment_id", COMMENT),
        *host.user_key(ATTACHMENT, "user_id"),
        sa.CheckConstraint(
            "(url IS NOT NULL AND ticket_id IS NOT NULL AND storage_key IS NULL)"
            " OR (url IS NULL AND storage_key IS NOT NULL AND filename IS NOT NULL"
            " AND content_type IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL)",
            name=op.f("ck_support_ticket_attachment_kind"),
        ),
        sa.UniqueConstraint("storage_key", name="uq_support_ticket_attachment_storage_key"),
        ticket_id="ticket_id comment_id position",
        comment_id="comment_id",
        user_id="user_id",
    )


def _submissions(host: Host) -> None:
    _create(
        host,
        SUBMISSION,
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("answer", LONG_TEXT),
        sa.Column("created_at", TIME, nullable=False),
        *host.user_key(SUBMISSION, "user_id"),
        *_link(host, SUBMISSION, "ticket_id", TICKET),
        *_link(host, SUBMISSION, "comment_id", COMMENT),
        sa.UniqueConstraint("user_id", "mark", name="uq_support_ticket_submission"),
        ticket_id="ticket_id",
        comment_id="comment_id",
        created_at="created_at",
    )


def _seen(host: Host) -> None:
    _create(
        host,
        SEEN,
        *_integers("staff_comments", "owner_comments"),
        *host.user_key(SEEN, "user_id"),
        *_link(host, SEEN, "ticket_id", TICKET, nullable=False),
        sa.UniqueConstraint("user_id", "ticket_id", name="uq_support_ticket_seen"),
        ticket_id="ticket_id",
    )


def _counters(host: Host) -> None:
    op.create_table(
        COUNTER,
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        *_integers("new_count", "in_progress_count", "resolved_count", "closed_count"),
        sa.Column("change_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block", "slot", name="pk_support_ticket_counter"),
        schema=host.schema,
    )


def _search_index(host: Host) -> list[str]:
    """Return the statements that create the search index. Empty if it is not supported."""
    context = op.get_context()
    schema = f"{context.dialect.identifier_preparer.quote(host.schema)}." if host.schema else ""
    foreign_key = (
        f"CONSTRAINT fk_{WORDS}_ticket_id FOREIGN KEY (ticket_id)"
        f" REFERENCES {schema}{TICKET} (id) ON DELETE CASCADE"
    )
    if context.dialect.name == "postgresql":
        gin = "USING gin (words) WITH (fastupdate = True, gin_pending_list_limit = 256)"
        return [
            f"CREATE TABLE {schema}{WORDS} (ticket_id BIGINT NOT NULL, part INTEGER NOT NULL,"
            f" words TSVECTOR NOT NULL, CONSTRAINT pk_{WORDS} PRIMARY KEY (ticket_id, part),"
            f" {foreign_key})",
            f"CREATE INDEX ix_{WORDS} ON {schema}{WORDS} {gin} WHERE part = 0",
            f"CREATE INDEX ix_{WORDS}_part ON {schema}{WORDS} {gin} WHERE part > 0",
        ]
    if context.dialect.name in ("mysql", "mariadb"):
        return [
            f"CREATE TABLE {schema}{WORDS} (id BIGINT NOT NULL AUTO_INCREMENT,"
            " ticket_id BIGINT NOT NULL,"
            " words MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
            f" PRIMARY KEY (id), {foreign_key}, INDEX ix_{WORDS}_ticket_id (ticket_id),"
            f" FULLTEXT INDEX ix_{WORDS} (words)) ENGINE=InnoDB"
        ]
    has_fts5 = sa.text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
    if context.dialect.name != "sqlite" or not (context.as_sql or op.get_bind().scalar(has_fts5)):
        return []
    return [
        f"CREATE VIRTUAL TABLE {schema}{WORDS} USING fts5(words, content='', columnsize=0,"
        " detail=none, tokenize=\"ascii tokenchars '_'\")",
        f"CREATE TABLE {schema}{DELETED} (id INTEGER PRIMARY KEY)",
        f"CREATE TRIGGER {schema}{DELETED}_insert AFTER DELETE ON {TICKET}"
        f" BEGIN INSERT OR IGNORE INTO {DELETED} VALUES (old.id); END",
    ]


def _create(host: Host, table: str, *items: sa.schema.SchemaItem, **indexes: str) -> None:
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        *items,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    for name, columns in indexes.items():
        op.create_index(f"ix_{table}_{name}", table, columns.split(), schema=host.schema)


def _link(
    host: Host, table: str, name: str, target: str, *, nullable: bool = True
) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    column = sa.Column(name, ID, nullable=nullable)
    return column, host.row_key(table, [name], [f"{target}.id"])


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]
