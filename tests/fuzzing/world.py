"""A host full of tickets: each status twice for each of two users, with threads and files."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import (
    Upload,
    add_comment,
    add_upload,
    move_ticket,
    open_ticket,
    with_files,
)
from tests.attachments.samples import picture
from tests.host import User, db

#: Who is there; alice and bob own tickets, the others work on them.
PEOPLE = {"alice": "user", "bob": "user", "mona": "moderator", "adam": "Admin"}


@dataclass
class World:
    """The rows that were there before the first request."""

    app: Flask
    people: dict[str, int] = field(default_factory=dict)
    #: Ids of tickets, by the name of their owner.
    tickets: dict[str, list[int]] = field(default_factory=dict)
    #: Ids of comments on these tickets, by the name of the tickets' owner.
    comments: dict[str, list[int]] = field(default_factory=dict)
    #: Key and name of files, used and unused, by the name of who uploaded them.
    files: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def client(self) -> FlaskClient:
        """A client without a cookie."""
        return self.app.test_client()

    def cookie_of(self, name: str) -> str:
        """The session cookie of a user who signed in."""
        client = self.client()
        client.post("/login", data={"username": name})
        cookie = client.get_cookie("session")
        assert cookie is not None
        return str(cookie.value)

    def upload(self, name: str) -> str:
        """Upload a file as this user, and return the address to use it by."""
        with self.app.app_context():
            path: str = _upload(_user(name), "later.txt", b"For later.").path
            return path

    def comments_to_reply_to(self, ticket_id: int) -> list[int]:
        """Ids of comments of a ticket that are not nested too deep for a reply."""
        with self.app.app_context():
            model = current_tickets.models.TicketComment
            depth = current_tickets.config.max_reply_depth
            query = db.select(model.id).where(model.ticket_id == ticket_id, model.depth < depth)
            return list(db.session.scalars(query.order_by(model.id).limit(20)))

    def things_of(self, name: str) -> dict[str, list[Any]]:
        """Every row that belongs to a user or hangs on one of the user's tickets."""
        with self.app.app_context():
            values = {"user_id": [self.people[name]], "ticket_id": self.tickets[name]}
            found = {}
            for table in db.metadata.sorted_tables:
                columns = [table.c[column] for column in values if column in table.c]
                conditions = [column.in_(values[column.name]) for column in columns]
                query = db.select(table).where(db.or_(*conditions, db.false()))
                rows = db.session.execute(query.order_by(*table.primary_key))
                found[table.name] = [tuple(row) for row in rows]
            return found


def build_world(app: Flask) -> World:
    """Fill the empty tables of ``app``."""
    world = World(app)
    for name, role in PEOPLE.items():
        user = User(username=name, role=role)
        db.session.add(user)
        db.session.commit()
        world.people[name] = user.id
    for owner in ("alice", "bob"):
        user = _user(owner)
        world.tickets[owner], world.comments[owner], world.files[owner] = [], [], []
        for status in TicketStatus:
            for _ in range(2):
                _add_ticket(world, user, status)
        for filename, data in (("unused.txt", b"Unused."), ("unused.png", picture("PNG", "RGB"))):
            _remember(world.files[owner], _upload(user, filename, data))
    db.session.remove()
    return world


def _add_ticket(world: World, owner: User, status: TicketStatus) -> None:
    staff = actor_for(_user("mona"))
    name, files = owner.username, world.files[owner.username]
    uploads = [
        _upload(owner, "a note.txt", b"A note."),
        _upload(owner, "screen.png", picture("PNG", "RGB")),
    ]
    for upload in uploads:
        _remember(files, upload)
    ticket = unit_of_work(
        open_ticket,
        actor=actor_for(owner),
        subject=f"A {status.name} ticket of {name}",
        description="Nothing happens.",
        department="Sales",
        attachment_urls=[*(upload.path for upload in uploads), "https://example.org/log"],
    )
    world.tickets[name].append(ticket.id)
    for action in (Action.StartProgress, Action.MarkAsResolved, Action.Close)[: int(status)]:
        unit_of_work(move_ticket, actor=staff, ticket_id=ticket.id, action=action)
        if action is Action.StartProgress:
            _add_thread(world, owner, ticket.id)


def _add_thread(world: World, owner: User, ticket_id: int) -> None:
    parent = None
    for author in (owner, _user("mona"), owner):
        comment = unit_of_work(
            add_comment,
            actor=actor_for(author),
            ticket_id=ticket_id,
            text=f"A word of {author.username}.",
            parent_comment_id=parent,
        )
        world.comments[owner.username].append(comment.id)
        parent = comment.id


def _user(name: str) -> User:
    user: User = db.session.scalars(db.select(User).filter_by(username=name)).one()
    return user


def _upload(owner: User, filename: str, data: bytes) -> Any:
    upload = Upload(filename, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
    return with_files(add_upload, uploads=[upload], actor=actor_for(owner))


def _remember(files: list[tuple[str, str]], upload: Any) -> None:
    files.append((upload.storage_key, upload.filename))
