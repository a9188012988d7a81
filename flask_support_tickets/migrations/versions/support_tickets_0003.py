"""Add presence on tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from flask_support_tickets.migrations.host import read_host

revision = "support_tickets_0003"
down_revision = "support_tickets_0002"
branch_labels = None
depends_on = None

PRESENCE = "support_ticket_presence"
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = (
    sa.DateTime()
    .with_variant(sa.DateTime(timezone=True), "postgresql")
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
)


def upgrade(engine_name: str | None = None) -> None:
    """Create the table."""
    host = read_host(engine_name)
    if host is None:
        return
    op.create_table(
        PRESENCE,
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        *host.user_key(PRESENCE, "user_id"),
        sa.Column("is_replying", sa.Boolean(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        host.row_key(PRESENCE, ["ticket_id"], ["support_ticket.id"]),
        sa.PrimaryKeyConstraint("id", name=f"pk_{PRESENCE}"),
        sa.UniqueConstraint("user_id", "ticket_id", name=f"uq_{PRESENCE}"),
        schema=host.schema,
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{PRESENCE}_ticket_id", PRESENCE, ["ticket_id"], schema=host.schema)


def downgrade(engine_name: str | None = None) -> None:
    """Drop the table."""
    host = read_host(engine_name)
    if host is not None:
        op.drop_table(PRESENCE, schema=host.schema)
