"""All tables, and the search index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from flask_support_tickets.migrations.host import Host, find_dependency, read_host, require_users
from flask_support_tickets.migrations.words_0001 import GONE, WORDS, create_words

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
        for create in _CREATE:
            create(host)


def downgrade(engine_name: str | None = None) -> None:
    """Drop them with everything in them."""
    host = read_host(engine_name)
    if host is not None:
        for table in (WORDS, GONE):
            op.drop_table(table, schema=host.schema, if_exists=True)
        for table in (COUNTER, SEEN, SUBMISSION, ATTACHMENT, EVENT, COMMENT, TICKET):
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
        sa.Column("staff_comment_count", sa.Integer(), nullable=False),
        sa.Column("thread_count", sa.Integer(), nullable=False),
        sa.Column("attachment_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("awaiting_since", TIME),
        sa.Column("first_reply_at", TIME),
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
    _index(host, TICKET, "awaiting_since", "status", "awaiting_since", "id")
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


def _seen(host: Host) -> None:
    op.create_table(
        SEEN,
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_comments", sa.Integer(), nullable=False),
        sa.Column("owner_comments", sa.Integer(), nullable=False),
        host.user_key("user_id"),
        sa.Column("ticket_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_support_ticket_seen"),
        sa.UniqueConstraint("user_id", "ticket_id", name="uq_support_ticket_seen"),
        host.user_link(SEEN, "user_id"),
        host.row_link(SEEN, "ticket_id", TICKET),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    _index(host, SEEN, "ticket_id", "ticket_id")


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


def _index(host: Host, table: str, name: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, list(columns), schema=host.schema)


_CREATE = (
    _tickets,
    _comments,
    _events,
    _attachments,
    _submissions,
    _seen,
    _counters,
    create_words,
)
