"""A host whose users have email addresses; the environment decides how it delivers.

``BENCHMARK_DELIVERY`` is ``off`` (it cannot send), or a value of `SUPPORT_TICKETS_DELIVERY`, and
``BENCHMARK_SMTP_URL`` the mail server.
"""

from __future__ import annotations

import os

from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy

from flask_support_tickets import (
    Action,
    SupportTickets,
    TicketStatus,
    actor_for,
    prepare_sqlite,
    unit_of_work,
)
from flask_support_tickets.services import open_ticket, transition_ticket

from ..contestant import SECRET_KEY, Contestant, Request, collector, sign_in
from ..data import Scale
from ..tasks import NEW_COMMENT

COMMENT, OPEN = "write a comment", "open a ticket"
db = SQLAlchemy()


class User(UserMixin, db.Model):
    """A user of the host."""

    __tablename__ = "host_user"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    email = db.Column(db.String(80))
    role = db.Column(db.String(20))


tickets = SupportTickets(db=db, user_model=User)


def create_app(uri: str) -> Flask:
    """Return a host that sends email, or does not."""
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI=uri, supportTickets=True)
    delivery = os.environ.get("BENCHMARK_DELIVERY", "worker")
    if delivery != "off":
        app.config.update(
            SUPPORT_TICKETS_DELIVERY=delivery,
            SUPPORT_TICKETS_NOTIFY_DELAY_SECONDS=0,
            SUPPORT_TICKETS_SMTP_URL=os.environ["BENCHMARK_SMTP_URL"],
            SUPPORT_TICKETS_MAIL_FROM="Acme <support@acme.example>",
            SUPPORT_TICKETS_BASE_URL="https://acme.example",
        )
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db)
    LoginManager(app).user_loader(lambda key: db.session.get(User, int(key)))
    tickets.init_app(app)
    return app


def prepare(uri: str, scale: Scale) -> None:
    """Create the tables, a staff member, a requester, and a ticket in progress with others."""
    app = create_app(uri)
    with app.app_context():
        db.create_all()
        for name, role in (("mona", "moderator"), ("alice", "user")):
            db.session.add(User(username=name, email=f"{name}@example.org", role=role))
        db.session.commit()
        mona, alice = (actor_for(user) for user in db.session.scalars(db.select(User)))
        for _ in range(scale.tickets):
            ticket = unit_of_work(open_ticket, actor=alice, subject="It broke", description="Help.")
        action = Action.StartProgress
        unit_of_work(transition_ticket, actor=mona, ticket_id=ticket.id, action=action)
        assert db.session.get(tickets.Ticket, ticket.id).status == TicketStatus.InProgress
        db.session.remove()
        db.engine.dispose()


def create(uri: str, scale: Scale) -> Contestant:
    """Return the contestant."""
    app = create_app(uri)
    comment = {"ticketId": scale.tickets, "text": NEW_COMMENT}
    ticket = {"subject": "It broke", "description": "Help."}
    requests = {
        COMMENT: Request("/api/ticket-comments", sign_in(1), comment),
        OPEN: Request("/api/tickets", sign_in(2), ticket),
    }
    with app.app_context():
        return Contestant(app, requests, collector(db.engine))
