"""A shop with its own `TicketView`, users in companies, and its own ticket columns."""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Date, DateTime, Enum, ForeignKey, Numeric, String, event
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from flask_support_tickets import Action, SupportTickets, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.admin import TicketView
from flask_support_tickets.services import open_ticket, transition_ticket

from ..conftest import form_fields
from ..hosts.small import Users, dispose, find_user, make_app, new_admin, sign_in

STEPS = (Action.StartProgress, Action.MarkAsResolved, Action.Close)
#: user name -> role, company
PEOPLE = {
    "alice": ("user", "Acme"),
    "bob": ("user", "Globex"),
    "mona": ("moderator", None),
    "adam": ("admin", None),
}


class Plan(enum.Enum):
    """A customer's subscription plan."""

    FREE = "free"
    GOLD = "gold"


class ShopColumns:
    """Columns and relationships that the shop adds to tickets."""

    order_id: Mapped[int | None] = mapped_column(index=True)
    note: Mapped[str | None] = mapped_column(String(200))
    is_gift: Mapped[bool | None] = mapped_column()
    deliver_on: Mapped[datetime.date | None] = mapped_column(Date)
    called_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    weight: Mapped[float | None] = mapped_column()
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    plan: Mapped[Plan | None] = mapped_column(Enum(Plan))
    color: Mapped[str | None] = mapped_column(Enum("red", "blue", name="color"))

    @declared_attr
    def parcels(cls) -> Mapped[list[Any]]:
        return relationship("Parcel", order_by="Parcel.id")


def declare_people() -> Users:
    """Declare models for users, their companies and the parcels of tickets."""
    db = SQLAlchemy()

    class Company(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80))

    class User(UserMixin, db.Model):
        __tablename__ = "person"
        id = db.Column(db.Integer, primary_key=True)
        username = db.Column(db.String(80), unique=True, nullable=False)
        email = db.Column(db.String(80))
        role = db.Column(db.String(20))
        company_id = db.Column(ForeignKey("company.id"))
        biography = db.deferred(db.Column(db.Text))
        company = db.relationship(Company)

        def get_id(self) -> str:
            return str(self.username)

    class Parcel(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        ticket_id = db.Column(ForeignKey("support_ticket.id"))
        carrier = db.Column(db.String(80))

    users = Users(db, User)
    # `Users` has two fields, which all hosts share. This host adds its other models.
    users.Company, users.Parcel = Company, Parcel  # type: ignore[attr-defined]
    return users


@dataclass
class Desk:
    """The shop's app, its models and its test clients."""

    app: Flask
    users: Any
    tickets: SupportTickets
    admin: Admin
    clients: dict[str | None, FlaskClient] = field(default_factory=dict)

    def client(self, name: str | None = "mona") -> FlaskClient:
        """Return a client that is signed in as this user."""
        if name not in self.clients:
            self.clients[name] = sign_in(self.app, name)
        return self.clients[name]

    def get(self, path: str = "", name: str | None = "mona") -> Any:
        """Return the response to ``/admin/tickets/`` and ``path``."""
        return self.client(name).get(f"/admin/tickets/{path}")

    def open(
        self,
        owner: str = "alice",
        *,
        status: int = 0,
        columns: dict[str, Any] | None = None,
        **content: Any,
    ) -> int:
        """Open a ticket, move it to ``status``, set the shop's ``columns``, and return its id."""
        with self.app.app_context():
            actor, staff = (actor_for(find_user(self.users, name)) for name in (owner, "adam"))
            content = {"subject": "S", "description": "D", **content}
            number: int = unit_of_work(open_ticket, actor=actor, **content).id
            for action in STEPS[:status]:
                unit_of_work(transition_ticket, actor=staff, ticket_id=number, action=action)
            self.set(number, **(columns or {}))
        return number

    def set(self, number: int, **columns: Any) -> None:
        """Set columns of a ticket directly."""
        with self.app.app_context():
            ticket = self.users.db.session.get(self.tickets.Ticket, number)
            for name, value in columns.items():
                setattr(ticket, name, value)
            self.users.db.session.commit()

    def stored(self, number: int, *names: str) -> Any:
        """Return columns of a ticket."""
        with self.app.app_context():
            ticket = self.users.db.session.get(self.tickets.Ticket, number)
            values = tuple(getattr(ticket, name) for name in names)
        return values if len(values) > 1 else values[0]

    def status(self, number: int) -> TicketStatus:
        """Return the status of a ticket."""
        return TicketStatus(self.stored(number, "status"))

    def events(self, number: int) -> list[str]:
        """Return the actions in the history of a ticket."""
        answer = self.client("adam").get(f"/api/tickets/{number}/events")
        return [each["action"] for each in answer.json["data"]["events"]]

    def listed(self, query: str = "", name: str = "mona") -> list[int]:
        """Return the ids of the tickets in the queue."""
        answer = self.get(f"?{query}", name)
        assert answer.status_code == 200, (query, answer.status_code)
        return list(rows(answer.text))

    def token(self, name: str = "mona") -> str:
        """Return a CSRF token from a user's session."""
        return form_fields(self.client(name).get("/settings/ticket/new").text)["csrf_token"]

    def post(self, path: str, name: str | None = "mona", **data: Any) -> Any:
        """Post a form with a CSRF token to ``/admin/tickets/`` and ``path``."""
        sent = {"csrf_token": self.token(name) if name else "", **data}
        return self.client(name).post(f"/admin/tickets/{path}", data=sent)

    def bulk(self, step: str, *ids: int, **data: Any) -> Any:
        """Submit the form for bulk actions."""
        return self.post("bulk", step=step, ticketId=list(map(str, ids)), **data)

    def messages(self, name: str = "mona") -> str:
        """Return the text of the queue, including the flashed messages and results."""
        return text_of(self.get("", name).text)

    def count_statements(self, ask: Callable[[], Any]) -> int:
        """Return the number of SQL statements that ``ask`` runs."""
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        with self.app.app_context():
            engine = self.users.db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            ask()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)


def build_desk(
    view: type[TicketView] | None = None,
    *,
    uri: str = "sqlite://",
    users: Any = None,
    mixin: Any = ShopColumns,
    config: dict[str, Any] | None = None,
    **options: Any,
) -> Desk:
    """Return a shop whose Admin has ``view``. Errors from ``init_app`` propagate."""
    users = users or declare_people()
    tickets = SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": mixin}, ticket_view=view,
        **options,
    )  # fmt: skip
    app = make_app(users, uri, **(config or {}))
    admin = new_admin(app)
    tickets.init_app(app, admin=admin)
    with app.app_context():
        users.db.create_all()
        companies = {name: users.Company(name=name) for name in ("Acme", "Globex")}
        for username, (role, company) in PEOPLE.items():
            email = f"{username}@{(company or 'staff').lower()}.example"
            users.db.session.add(
                users.User(
                    username=username, role=role, email=email, company=companies.get(company)
                )
            )
        users.db.session.commit()
    return Desk(app, users, tickets, admin)


def close_desk(desk: Desk) -> None:
    """Close the shop's database connections."""
    dispose(desk.app, desk.users)


def rows(page: str) -> dict[int, str]:
    """Return ``{ticket id: the HTML of its row}`` of the queue, in its order."""
    found = re.findall(r'<tr[^>]*data-ticket-id="(\d+)"[^>]*>(.*?)</tr>', page, re.S)
    return {int(number): row for number, row in found}


def cells(row: str) -> dict[str, str]:
    """Return the visible text of each cell in a row, by column."""
    row = re.sub(r'<span class="sr-only">.*?</span>', "", row)
    found = re.findall(r'<td class="st-cell st-col-([^"]+)"[^>]*>(.*?)</td>', row, re.S)
    return {name: text_of(cell) for name, cell in found}


def headings(page: str) -> list[str]:
    """Return the headings of the queue."""
    found = re.findall(r'<th scope="col" class="st-col-[^>]*>(.*?)</th>', page, re.S)
    return [text_of(each) for each in found]


def fields_of(page: str) -> dict[str, str]:
    """Return the labels and values in the lists of a ticket's fields."""
    lists = re.findall(r'<dl class="st-fields">(.*?)</dl>', page, re.S)
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", "".join(lists), re.S)
    return {text_of(label): text_of(value) for label, value in found}


def counts(page: str) -> dict[str, str]:
    """Return the counts on the tabs of the queue."""
    tabs = re.search(r'<ul class="st-tabs">(.*?)</ul>', page, re.S)
    assert tabs is not None
    found = re.findall(r'<a[^>]*>(.*?) <span class="st-count">(.*?)</span>', tabs[1], re.S)
    return {text_of(name): number for name, number in found}


def text_of(html: str) -> str:
    """Return the text of some HTML, with whitespace collapsed."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())
