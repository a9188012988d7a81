"""An idiomatic build: SQLAlchemy, marshmallow and Jinja as their documentation shows them.

Related rows are loaded by `joinedload` and `selectinload`, totals are counted up to a limit, pages
use OFFSET, and a search uses LIKE. It has its own models for the tables of our package.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from flask import Blueprint, Flask, abort, jsonify, render_template, request
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, fields, validate
from sqlalchemy import DateTime, ForeignKey, Select, func, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from flask_support_tickets import prepare_sqlite

from ..contestant import SECRET_KEY, Contestant, Request, collector, list_requests, sign_in
from ..data import Scale
from ..tasks import COUNT_MAX, NEW_COMMENT, PAGE_SIZE, Task

db = SQLAlchemy()
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
views = Blueprint("tickets", __name__, template_folder="templates")

STATUSES = ("New", "InProgress", "Resolved", "Closed")
ACTIONS = (["StartProgress"], ["Comment", "MarkAsResolved", "Assign"], ["Close", "Reopen"], [])


class User(UserMixin, db.Model):
    __tablename__ = "host_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    role: Mapped[str | None]

    def __str__(self) -> str:
        return self.username


class Ticket(db.Model):
    __tablename__ = "support_ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    description: Mapped[str]
    department: Mapped[str | None]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    assigned_to_user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    status: Mapped[int]
    comment_count: Mapped[int]
    thread_count: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    resolved_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    user: Mapped[User] = relationship(foreign_keys=user_id)
    assigned_to: Mapped[User | None] = relationship(foreign_keys=assigned_to_user_id)
    comments: Mapped[list[Comment]] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(
        primaryjoin="(Ticket.id == Attachment.ticket_id) & Attachment.comment_id.is_(None)",
        order_by="Attachment.position",
        viewonly=True,
    )


class Comment(db.Model):
    __tablename__ = "support_ticket_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey(Ticket.id))
    parent_comment_id: Mapped[int | None]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    is_staff: Mapped[bool]
    text: Mapped[str]
    depth: Mapped[int] = mapped_column(default=0)
    reply_count: Mapped[int] = mapped_column(default=0)
    attachment_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]
    user: Mapped[User] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.position")


class Attachment(db.Model):
    __tablename__ = "support_ticket_attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey(Ticket.id))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey(Comment.id))
    position: Mapped[int]
    url: Mapped[str | None]


class Event(db.Model):
    __tablename__ = "support_ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey(Ticket.id))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey(Comment.id))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    action: Mapped[str]
    from_status: Mapped[int | None]
    to_status: Mapped[int]
    created_at: Mapped[Moment]


class CamelCaseSchema(Schema):
    """A schema whose keys are camelCase, as marshmallow's docs show it."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        first, *others = field_name.split("_")
        field_obj.data_key = first + "".join(word.title() for word in others)


class TicketSchema(CamelCaseSchema):
    id = fields.Integer()
    subject = fields.String()
    description = fields.String()
    attachment_urls = fields.Function(lambda row: [file.url for file in row.attachments])
    department = fields.String()
    user_id = fields.Integer()
    user_name = fields.String(attribute="user.username")
    status = fields.Integer()
    status_name = fields.Function(lambda ticket: STATUSES[ticket.status])
    created_at = fields.DateTime()
    updated_at = fields.DateTime()
    resolved_at = fields.DateTime()
    closed_at = fields.DateTime()
    assigned_to_user_id = fields.Integer()
    assigned_to_name = fields.Function(lambda row: row.assigned_to and row.assigned_to.username)
    comment_count = fields.Integer()
    allowed_actions = fields.Function(lambda ticket: ACTIONS[ticket.status])


class CommentSchema(CamelCaseSchema):
    id = fields.Integer()
    ticket_id = fields.Integer(required=True)
    parent_comment_id = fields.Integer()
    user_id = fields.Integer()
    user_name = fields.String(attribute="user.username")
    is_staff = fields.Boolean()
    text = fields.String(required=True, validate=validate.Length(1, 20_000))
    attachment_urls = fields.Function(lambda row: [file.url for file in row.attachments])
    created_at = fields.DateTime()
    reply_count = fields.Integer()


ticket_schema, comment_schema = TicketSchema(), CommentSchema()
new_comment_schema = CommentSchema(only=("ticket_id", "text"))


WITH_RELATED = (
    joinedload(Ticket.user),
    joinedload(Ticket.assigned_to),
    selectinload(Ticket.attachments),
)


def visible_tickets() -> Select[Any]:
    """Return a query for what the user may see: everything for staff, else one's own tickets."""
    query = select(Ticket)
    return query if current_user.role == "moderator" else query.filter_by(user_id=current_user.id)


def find_tickets() -> dict[str, Any]:
    """Return the page of tickets that the query string asks for."""
    query = visible_tickets()
    if status := request.args.get("status"):
        query = query.where(Ticket.status == STATUSES.index(status))
    if word := request.args.get("search"):
        in_comments = Ticket.comments.any(Comment.text.icontains(word, autoescape=True))
        columns = (Ticket.subject, Ticket.description)
        in_ticket = [column.icontains(word, autoescape=True) for column in columns]
        query = query.where(or_(*in_ticket, in_comments))
    page = request.args.get("page", 1, type=int)
    total = count_rows(query)
    query = (
        query.options(*WITH_RELATED)
        .order_by(Ticket.id.desc())
        .limit(PAGE_SIZE + 1)
        .offset((page - 1) * PAGE_SIZE)
    )
    found = db.session.scalars(query).all()
    has_more = len(found) > PAGE_SIZE
    return {"tickets": found[:PAGE_SIZE], "total": total, "has_more": has_more, "page": page}


def count_rows(query: Select[Any]) -> int:
    """Count up to a limit: nobody reads the exact total of a long list."""
    rows = query.with_only_columns(Ticket.id).limit(COUNT_MAX).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


@views.get("/tickets")
@login_required
def list_tickets() -> Any:
    found = find_tickets()
    data = {
        "tickets": ticket_schema.dump(found["tickets"], many=True),
        "totalCount": found["total"],
        "hasMore": found["has_more"],
    }
    return jsonify(success=True, data=data)


@views.get("/queue")
@login_required
def show_queue() -> Any:
    if current_user.role != "moderator":
        abort(403)
    return render_template("queue.html", statuses=STATUSES, **find_tickets())


@views.get("/tickets/<int:ticket_id>")
@login_required
def get_ticket(ticket_id: int) -> Any:
    query = visible_tickets().filter_by(id=ticket_id)
    ticket = db.one_or_404(query.options(*WITH_RELATED))
    return jsonify(success=True, data=ticket_schema.dump(ticket))


@views.get("/tickets/<int:ticket_id>/page")
@login_required
def show_thread(ticket_id: int) -> Any:
    ticket = db.one_or_404(visible_tickets().filter_by(id=ticket_id))
    query = (
        select(Comment)
        .where(Comment.ticket_id == ticket_id)
        .options(joinedload(Comment.user), selectinload(Comment.attachments))
        .order_by(Comment.id)
    )
    replies: dict[int | None, list[Comment]] = {}
    for comment in db.session.scalars(query):
        replies.setdefault(comment.parent_comment_id, []).append(comment)
    return render_template("thread.html", ticket=ticket, replies=replies)


@views.post("/comments")
@login_required
def add_comment() -> Any:
    sent = new_comment_schema.load(request.get_json())
    ticket = db.one_or_404(visible_tickets().filter_by(id=sent["ticket_id"]))
    if ticket.status != STATUSES.index("InProgress"):
        return jsonify(success=False), 409
    now = datetime.now(UTC)
    user_id, is_staff = current_user.id, current_user.role == "moderator"
    comment = Comment(**sent, user_id=user_id, is_staff=is_staff, created_at=now)
    ticket.comment_count = Ticket.comment_count + 1
    ticket.thread_count = Ticket.thread_count + 1
    ticket.version = Ticket.version + 1
    ticket.updated_at = now
    db.session.add(comment)
    db.session.flush()
    event = Event(ticket_id=ticket.id, comment_id=comment.id, user_id=user_id, action="Comment",
                  from_status=ticket.status, to_status=ticket.status, created_at=now)  # fmt: skip
    db.session.add(event)
    db.session.commit()
    return jsonify(success=True, data=comment_schema.dump(comment)), 201


def create_app(uri: str) -> Flask:
    """Return the app."""
    app = Flask("idiomatic")
    app.config.update(SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI=uri)
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db)  # the same settings for all
    LoginManager(app).user_loader(lambda key: db.session.get(User, int(key)))
    app.register_blueprint(views)
    return app


def create(uri: str, scale: Scale) -> Contestant:
    """Return the contestant."""
    app = create_app(uri)
    with app.app_context():
        return Contestant(app, make_requests(scale, 1), collector(db.engine))


def make_requests(scale: Scale, number: int) -> dict[str, Request]:
    """Return the requests of this app, which the floor answers as well."""
    staff, owner = sign_in(1), sign_in(scale.staff + 1)
    comment = {"ticketId": scale.target_id(number), "text": NEW_COMMENT}
    return {
        **list_requests("LIST", "/tickets", scale, staff),
        **list_requests("QUEUE", "/queue", scale, staff),
        Task.TICKET: Request(f"/tickets/{scale.thread_id}", staff),
        Task.THREAD: Request(f"/tickets/{scale.thread_id}/page", owner),
        Task.COMMENT: Request("/comments", staff, comment),
    }
