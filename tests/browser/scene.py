"""A site with the tickets that are hard to lay out, and ways to change tickets meanwhile."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from flask import Flask
from PIL import Image

from example_app.extensions import db
from example_app.models import User
from example_app.seed_tickets import seed_tickets
from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models.status import Side
from flask_support_tickets.services import (
    Upload,
    add_comment,
    mark_read,
    open_ticket,
    transition_ticket,
    with_files,
)

STARTED = TicketStatus.InProgress
#: The actions from New on; a ticket with status n has been through the first n.
_ACTIONS = (Action.StartProgress, Action.MarkAsResolved, Action.Close)
_LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
_LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 2
_TEXT = (
    "The page stays white after I sign in.\n\nI also tried it in a private window: "
    "https://example.com/a/rather/long/address/that/goes/on?and=on&and=on#until-it-ends\n"
    "1. open the feed\n2. wait"
)
_FILES = ("screen.png", "a rather long name of a file, as cameras and scanners make them.log")


class Site:
    """The app that is served at ``address``; ``places`` maps names to ids of tickets."""

    def __init__(self, app: Flask, address: str) -> None:
        self.app, self.address = app, address
        self.places: dict[str, int] = {}

    def open(
        self, subject: str, status: TicketStatus = TicketStatus.New, by: str = "alice", **more: Any
    ) -> int:
        """Open a ticket and bring it to ``status``; return its id."""
        content = {"subject": subject, "description": _TEXT, "department": "Technical", **more}
        uploads = [_upload(name) for name in content.pop("files", ())]
        with self.app.app_context():
            ticket = with_files(open_ticket, uploads=uploads, actor=actor_of(by), **content)
            ticket_id: int = ticket.id
        for action in _ACTIONS[: int(status)]:
            self.move(ticket_id, action)
        return ticket_id

    def move(self, ticket_id: int, action: Action, by: str = "mona") -> None:
        """Take an action, as another browser would."""
        with self.app.app_context():
            unit_of_work(transition_ticket, actor=actor_of(by), ticket_id=ticket_id, action=action)

    def comment(self, ticket_id: int, by: str, text: str = "A word.", **more: Any) -> int:
        """Write a comment, as another browser would; return its id."""
        with self.app.app_context():
            comment_id: int = unit_of_work(
                add_comment, actor=actor_of(by), ticket_id=ticket_id, text=text, **more
            ).id
            return comment_id

    def mark_read(self, ticket_id: int, by: str, count: int) -> None:
        """Mark the other side's first comments as read, as another browser would."""
        with self.app.app_context():
            actor = actor_of(by)
            side = Side.STAFF if actor.is_staff else Side.OWNER
            unit_of_work(mark_read, actor=actor, ticket_id=ticket_id, side=side, count=count)

    def statuses(self, subject: str) -> list[TicketStatus]:
        """Return the status of each ticket of that subject."""
        with self.app.app_context():
            ticket = current_tickets.models.Ticket
            found = db.session.scalars(db.select(ticket.status).filter_by(subject=subject))
            return [TicketStatus(status) for status in found]

    def fill(self) -> None:
        """Open the demo's tickets, and one for each case that is hard to lay out."""
        with self.app.app_context():
            db.session.execute(
                db.update(User).filter_by(username="tom").values(display_name=_LONG_NAME)
            )
            db.session.commit()
            seed_tickets()
        for status in TicketStatus:
            self.places[status.name] = self.open(status.name, status, files=_FILES)
        self.comment(self.places["Resolved"], "alice", "It works, thank you.")
        self.places["long"] = self.open(_LONG_WORD, STARTED, by="tom", description=_LONG_WORD)
        self.comment(self.places["long"], "mona", _LONG_WORD)
        self.places["deep"] = deep = self.open("Replies to replies", STARTED, files=_FILES[:1])
        parent = self.comment(deep, "mona", _TEXT)
        for depth in range(8):
            who = "mona" if depth % 2 else "alice"
            parent = self.comment(deep, who, f"Level {depth + 1}", parent_comment_id=parent)
        self.comment(deep, "mona", "שלום, זו תשובה מימין לשמאל.")
        self.places["paged"] = self.open("Many comments", STARTED)
        for number in range(52):
            self.comment(self.places["paged"], "alice" if number % 2 else "mona", f"No. {number}")
        self.places["foreign"] = self.open("A ticket of bob", by="bob")


def actor_of(username: str) -> Any:
    return actor_for(db.session.scalars(db.select(User).filter_by(username=username)).one())


def _upload(name: str) -> Upload:
    """Return a file of that name: a picture, as tall as a whole web page if so named, or lines."""
    data = b"12:00:01 out of paper\n" * 40
    if name.endswith(".png"):
        stream = io.BytesIO()
        size = (1_170, 20_000) if name.startswith("tall") else (640, 400)
        Image.linear_gradient("L").resize(size).save(stream, "PNG")
        data = stream.getvalue()
    return Upload(name, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
