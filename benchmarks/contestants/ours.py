"""Our package in a small host app."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_admin import Admin, AdminIndexView
from flask_admin.theme import Bootstrap4Theme
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Table, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import SupportTickets, prepare_sqlite
from flask_support_tickets.cli import support_tickets_cli

from ..contestant import SECRET_KEY, Contestant, Request, collector, list_requests, sign_in
from ..data import Generator, Scale, make_users
from ..tasks import NEW_COMMENT, Task

#: The columns of the queue.
_COLUMNS = ("id", "subject", "status", "user", "assigned_to", "created_at", "awaiting_since")
_ORDERS = 500

db = SQLAlchemy()


class User(UserMixin, db.Model):
    """A user of the host."""

    __tablename__ = "host_user"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    role = db.Column(db.String(20))


class OrderColumns:
    """The host's own column of tickets."""

    order_id: Mapped[int | None] = mapped_column(index=True)


tickets = SupportTickets(db=db, user_model=User, model_mixins={"Ticket": OrderColumns})


def create_app(uri: str) -> Flask:
    """Return a host as the quick start builds it."""
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI=uri, supportTickets=True)
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db)
    LoginManager(app).user_loader(lambda key: db.session.get(User, int(key)))
    tickets.init_app(app, admin=Admin(app, name="Acme", theme=Bootstrap4Theme()))
    _attach_desks(app)
    return app


def _attach_desks(app: Flask) -> None:
    """Add two Admins with custom views, if this version has `TicketView`."""
    try:
        from flask_support_tickets.admin import TicketView, row_action
    except ImportError:
        return

    class Desk(TicketView):
        column_list = (*_COLUMNS, "order_id", "user.username")

        @row_action("escalate", "Escalate")
        def escalate(self, ticket: Any) -> None:
            ticket.order_id = None

    class Filtered(TicketView):
        column_filters = (*TicketView.column_filters, "order_id")

    for view in (Desk, Filtered):
        name = view.__name__.lower()
        index = AdminIndexView(endpoint=name, url=f"/{name}")
        admin = Admin(app, name=name, theme=Bootstrap4Theme(), index_view=index)
        tickets.attach_admin(app, admin, ticket_view=view)


def create(uri: str, scale: Scale) -> Contestant:
    """Return the contestant."""
    app = create_app(uri)
    staff, owner = sign_in(1), sign_in(scale.staff + 1)
    comment = {"ticketId": scale.target_id(0), "text": NEW_COMMENT}
    requests = {
        **list_requests("LIST", "/api/tickets", scale, staff),
        **list_requests("QUEUE", "/admin/tickets/", scale, staff),
        Task.DESK: Request("/desk/tickets/", staff),
        Task.DESK_FILTER: Request("/filtered/tickets/?flt0_order_id_equal=17", staff),
        Task.TICKET: Request(f"/api/tickets/{scale.thread_id}", staff),
        Task.THREAD: Request(f"/settings/ticket/{scale.thread_id}", owner),
        Task.COMMENT: Request("/api/ticket-comments", staff, comment),
    }
    with app.app_context():
        return Contestant(app, requests, collector(db.engine))


def prepare(uri: str, scale: Scale) -> None:
    """Create all tables and fill them; columns this version does not have are left out."""
    app = create_app(uri)
    tables: dict[str, Any] = {
        "ticket": tickets.Ticket.__table__,
        "comment": tickets.TicketComment.__table__,
        "event": tickets.TicketEvent.__table__,
        "attachment": tickets.TicketAttachment.__table__,
    }
    with app.app_context():
        db.create_all()
        with db.engine.begin() as connection:
            connection.execute(insert(User), make_users(scale))
        for batch in Generator(scale).batches():
            for row in batch["ticket"]:
                row["order_id"] = row["id"] % _ORDERS
            with db.engine.begin() as connection:
                for name, table in tables.items():
                    _insert(connection, table, batch[name])
        result = app.test_cli_runner().invoke(support_tickets_cli, ["init-db"])
        if result.exit_code:
            raise RuntimeError(result.output) from result.exception
        if db.engine.dialect.name == "postgresql":
            _finish_postgresql(list(tables.values()))
        db.engine.dispose()


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = [name for name in rows[0] if name in table.c]
        connection.execute(insert(table), [{name: row[name] for name in names} for row in rows])


def _finish_postgresql(tables: list[Table]) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            connection.execute(text(f"SELECT setval({sequence}, max(id)) FROM {table.name}"))
        connection.execute(text("VACUUM ANALYZE"))
