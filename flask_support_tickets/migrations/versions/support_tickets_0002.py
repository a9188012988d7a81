"""Add priorities, tags, saved replies and internal notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from flask_support_tickets.migrations import batch_alter_table
from flask_support_tickets.migrations.host import Host, read_host

revision = "support_tickets_0002"
down_revision = "support_tickets_0001"
branch_labels = None
depends_on = None

TICKET = "support_ticket"
COMMENT = "support_ticket_comment"
EVENT = "support_ticket_event"
TAG = "support_ticket_tag"
TAGGING = "support_ticket_tagging"
SAVED_REPLY = "support_ticket_saved_reply"
ATTACHMENT = "support_ticket_attachment"
SUBMISSION = "support_ticket_submission"
#: The columns that are added to each table.
ADDED = {
    TICKET: ("priority", "note_count", "note_thread_count", "tag_count", "internal_event_count"),
    COMMENT: ("is_internal", "note_reply_count"),
    EVENT: ("is_internal", "changes"),
}
#: The counts of each ticket that include notes, and the counts of the notes.
TICKET_COUNTS = {
    "comment_count": "note_count",
    "staff_comment_count": "note_count",
    "thread_count": "note_thread_count",
}
#: The indexes of the tickets' priorities, with their columns.
INDEXES = {
    "ix_support_ticket_priority": ["priority", "status", "id"],
    "ix_support_ticket_urgency": ["status", "priority", "awaiting_since", "id"],
}
PRIORITY_CHECK = "ck_support_ticket_priority"
IS_PRIORITY = "priority BETWEEN 0 AND 3"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
TIME = (
    sa.DateTime()
    .with_variant(sa.DateTime(timezone=True), "postgresql")
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
)


def upgrade(engine_name: str | None = None) -> None:
    """Add the columns and create the tables."""
    host = read_host(engine_name)
    if host is None:
        return
    _add_priority(host)
    for table, names in ADDED.items():
        for name in names:
            if name != "priority":
                op.add_column(table, _column(name), schema=host.schema)
    for index, columns in INDEXES.items():
        op.create_index(index, TICKET, columns, schema=host.schema)
    _create_tags(host)
    _create_saved_replies(host)


def downgrade(engine_name: str | None = None) -> None:
    """Delete internal notes and events, and drop the columns and the tables."""
    host = read_host(engine_name)
    if host is None:
        return
    _delete_notes(host)
    for table in (SAVED_REPLY, TAGGING, TAG):
        op.drop_table(table, schema=host.schema)
    for table, names in reversed(ADDED.items()):
        with batch_alter_table(op, table, host.schema) as batch_op:
            if table == TICKET:
                for index in INDEXES:
                    batch_op.drop_index(index)
                batch_op.drop_constraint(op.f(PRIORITY_CHECK), type_="check")
            for name in names:
                batch_op.drop_column(name)


def _delete_notes(host: Host) -> None:
    """Delete internal notes and events. Version 0001 would show them to requesters."""
    schema = host.schema
    ticket = sa.table(
        TICKET, *map(sa.column, {*TICKET_COUNTS, *TICKET_COUNTS.values()}), schema=schema
    )
    comment = sa.table(
        COMMENT, *map(sa.column, ("id", "reply_count", *ADDED[COMMENT])), schema=schema
    )
    event = sa.table(EVENT, sa.column("is_internal"), schema=schema)
    notes = sa.select(comment.c.id).where(comment.c.is_internal == sa.true())
    for name in (SUBMISSION, ATTACHMENT):
        other = sa.table(name, sa.column("comment_id"), schema=schema)
        op.execute(sa.delete(other).where(other.c.comment_id.in_(notes)))
    op.execute(sa.delete(event).where(event.c.is_internal == sa.true()))
    op.execute(sa.delete(comment).where(comment.c.is_internal == sa.true()))
    replies = comment.c.reply_count - comment.c.note_reply_count
    op.execute(sa.update(comment).where(comment.c.note_reply_count > 0).values(reply_count=replies))
    public = {name: ticket.c[name] - ticket.c[count] for name, count in TICKET_COUNTS.items()}
    op.execute(sa.update(ticket).where(ticket.c.note_count > 0).values(public))


def _add_priority(host: Host) -> None:
    """Add the column with its constraint. On SQLite, the constraint is part of the column.

    Otherwise, SQLite would have to copy the table to add the constraint.
    """
    is_sqlite = op.get_context().dialect.name == "sqlite"
    check = sa.CheckConstraint(IS_PRIORITY, name=op.f(PRIORITY_CHECK))
    column = sa.Column(
        "priority",
        sa.SmallInteger(),
        *([check] if is_sqlite else []),
        nullable=False,
        server_default=sa.text("1"),
    )
    op.add_column(TICKET, column, schema=host.schema)
    if not is_sqlite:
        op.create_check_constraint(op.f(PRIORITY_CHECK), TICKET, IS_PRIORITY, schema=host.schema)


def _column(name: str) -> sa.Column[object]:
    if name == "changes":
        return sa.Column(name, LONG_TEXT)
    if name == "is_internal":
        return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))


def _create_tags(host: Host) -> None:
    op.create_table(
        TAG,
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_key", _exact(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TAG}"),
        sa.UniqueConstraint("name_key", name=f"uq_{TAG}_name_key"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    op.create_table(
        TAGGING,
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("tag_id", ID, nullable=False),
        host.row_key(TAGGING, ["ticket_id"], [f"{TICKET}.id"]),
        host.row_key(TAGGING, ["tag_id"], [f"{TAG}.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "tag_id", name=f"pk_{TAGGING}"),
        schema=host.schema,
    )
    op.create_index(f"ix_{TAGGING}_tag_id", TAGGING, ["tag_id", "ticket_id"], schema=host.schema)


def _create_saved_replies(host: Host) -> None:
    op.create_table(
        SAVED_REPLY,
        sa.Column("id", ID, nullable=False),
        sa.Column("title", _exact(100), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{SAVED_REPLY}"),
        sa.UniqueConstraint("title", name=f"uq_{SAVED_REPLY}_title"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )


def _exact(length: int) -> sa.types.TypeEngine[str]:
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(binary, "mysql", "mariadb")
