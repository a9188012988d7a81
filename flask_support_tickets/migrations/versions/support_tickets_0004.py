"""Add the outbox of notifications, preferences, undeliverable addresses, and received mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from flask_support_tickets.migrations.host import Host, read_host

revision = "support_tickets_0004"
down_revision = "support_tickets_0003"
branch_labels = None
depends_on = None

NOTIFICATION = "support_ticket_notification"
PREFERENCE = "support_ticket_notification_preference"
UNDELIVERABLE = "support_ticket_undeliverable"
RECEIVED = "support_ticket_received_mail"
#: The indexes of notifications, with their columns.
INDEXES = {
    "due": ["state", "due_at", "id"],
    "ticket_id": ["ticket_id", "state"],
    "event_id": ["event_id"],
    "user_id": ["user_id"],
}
#: The indexes of received mail, with their columns.
RECEIVED_INDEXES = {
    "user_id": ["user_id", "created_at"],
    "ticket_id": ["ticket_id"],
    "comment_id": ["comment_id"],
    "created_at": ["created_at"],
}

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
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
    _create_notifications(host)
    _create_preferences(host)
    op.create_table(
        UNDELIVERABLE,
        sa.Column("address", _exact(254), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address", name=f"pk_{UNDELIVERABLE}"),
        schema=host.schema,
    )
    _create_received_mail(host)


def downgrade(engine_name: str | None = None) -> None:
    """Drop the tables."""
    host = read_host(engine_name)
    if host is None:
        return
    for table in (RECEIVED, UNDELIVERABLE, PREFERENCE, NOTIFICATION):
        op.drop_table(table, schema=host.schema)


def _create_notifications(host: Host) -> None:
    user_id, user_key = host.user_key(NOTIFICATION, "user_id")
    op.create_table(
        NOTIFICATION,
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("channel", _exact(30), nullable=False),
        sa.Column("target", _exact(64), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("claimed_by", _exact(32)),
        sa.Column("last_error", sa.String(500)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("ticket_id", ID),
        sa.Column("event_id", ID),
        user_id,
        host.row_key(NOTIFICATION, ["ticket_id"], ["support_ticket.id"]),
        host.row_key(NOTIFICATION, ["event_id"], ["support_ticket_event.id"]),
        user_key,
        sa.PrimaryKeyConstraint("id", name=f"pk_{NOTIFICATION}"),
        sa.CheckConstraint("state BETWEEN 0 AND 3", name=op.f(f"ck_{NOTIFICATION}_state")),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    for name, columns in INDEXES.items():
        op.create_index(f"ix_{NOTIFICATION}_{name}", NOTIFICATION, columns, schema=host.schema)


def _create_preferences(host: Host) -> None:
    user_id, user_key = host.user_key(PREFERENCE, "user_id")
    op.create_table(
        PREFERENCE,
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", _exact(30), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        user_id,
        user_key,
        sa.PrimaryKeyConstraint("id", name=f"pk_{PREFERENCE}"),
        sa.UniqueConstraint("user_id", "kind", "channel", name=f"uq_{PREFERENCE}"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )


def _create_received_mail(host: Host) -> None:
    user_id, user_key = host.user_key(RECEIVED, "user_id")
    op.create_table(
        RECEIVED,
        sa.Column("id", ID, nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("refusal", sa.String(40)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ticket_id", ID),
        sa.Column("comment_id", ID),
        user_id,
        host.row_key(RECEIVED, ["ticket_id"], ["support_ticket.id"]),
        host.row_key(RECEIVED, ["comment_id"], ["support_ticket_comment.id"]),
        user_key,
        sa.PrimaryKeyConstraint("id", name=f"pk_{RECEIVED}"),
        sa.UniqueConstraint("user_id", "mark", name=f"uq_{RECEIVED}"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    for name, columns in RECEIVED_INDEXES.items():
        op.create_index(f"ix_{RECEIVED}_{name}", RECEIVED, columns, schema=host.schema)


def _exact(length: int) -> sa.types.TypeEngine[str]:
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(binary, "mysql", "mariadb")
