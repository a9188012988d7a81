"""A site with a ticket for everything that a page can show, and ways to change one meanwhile."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image

from example_app.extensions import db, tickets
from example_app.models import User
from example_app.seed_tickets import seed_tickets
from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import (
    Upload,
    add_comment,
    move_ticket,
    open_ticket,
    with_files,
)

#: The steps from New on; a ticket of status n has made the first n.
STEPS = (Action.StartProgress, Action.MarkAsResolved, Action.Close)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 2
WORDS = (
    "The page stays white after I sign in.\n\nI tried it in a private window, too: "
    "https://example.com/a/rather/long/address/that/goes/on?and=on&and=on#until-it-ends\n"
    "1. open the feed\n2. wait"
)


class Site:
    """What runs at ``address``, and what there is: `places` by the names that paths use."""

    def __init__(self, app: Flask, address: str) -> None:
        self.app, self.address = app, address
        self.places: dict[str, Any] = {}

    def do(self, use_case: Callable[..., Any], by: str, **arguments: Any) -> Any:
        """Run a use case for somebody, as another browser would; return the new row's id."""
        with self.app.app_context():
            actor = actor_for(_user(by))
            made = unit_of_work(use_case, actor=actor, **arguments)
            return getattr(made, "id", None)

    def file(
        self, subject: str, status: TicketStatus = TicketStatus.New, by: str = "alice", **more: Any
    ) -> int:
        """File a ticket and bring it to ``status``; return its id."""
        content = {"subject": subject, "description": WORDS, "department": "Technical", **more}
        uploads = [upload(name) for name in content.pop("files", ())]
        with self.app.app_context():
            made = with_files(open_ticket, uploads=uploads, actor=actor_for(_user(by)), **content)
            ticket_id: int = made.id
        for action in STEPS[: int(status)]:
            self.move(ticket_id, action)
        return ticket_id

    def move(self, ticket_id: int, action: Action, by: str = "mona", **more: Any) -> None:
        """Take a step."""
        self.do(move_ticket, by, ticket_id=ticket_id, action=action, **more)

    def comment(self, ticket_id: int, by: str, text: str = "A word.", **more: Any) -> int:
        """Write a comment; return its id."""
        comment_id: int = self.do(add_comment, by, ticket_id=ticket_id, text=text, **more)
        return comment_id

    def rename(self, username: str, display_name: str) -> None:
        """Give somebody another name."""
        with self.app.app_context():
            _user(username).display_name = display_name
            db.session.commit()

    def statuses(self, subject: str) -> list[TicketStatus]:
        """Return the status of each ticket with this subject."""
        with self.app.app_context():
            ticket = tickets.Ticket
            query = db.select(ticket.status).where(ticket.subject == subject)
            return list(db.session.scalars(query))

    def status(self, ticket_id: int) -> TicketStatus:
        """Return where a ticket stands."""
        with self.app.app_context():
            return TicketStatus(db.session.get_one(tickets.Ticket, ticket_id).status)


def build(site: Site) -> None:
    """Fill the site: the demo's tickets, and one for each hard case."""
    site.rename("tom", LONG_NAME)
    with site.app.app_context():
        seed_tickets()
    places = site.places
    files = ("screen.png", "a rather long name of a file, as cameras and scanners make them.log")
    for status in TicketStatus:
        places[status.name] = site.file(f"A ticket that is {status.name}", status, files=files)
    places["long"] = site.file(LONG_WORD, TicketStatus.InProgress, by="tom", description=LONG_WORD)
    site.comment(places["long"], "mona", LONG_WORD)
    places["deep"] = site.file("Replies of replies", TicketStatus.InProgress, files=files[:1])
    _talk(site, places["deep"])
    places["paged"] = site.file("Many comments", TicketStatus.InProgress)
    for number in range(52):
        site.comment(places["paged"], "alice" if number % 2 else "mona", f"Comment {number}")
    site.comment(places["Resolved"], "alice", "It works, thank you.")
    places["foreign"] = site.file("Of bob", by="bob")
    for number in range(18):
        site.file(f"Small thing {number}", TicketStatus(number % 4))


def upload(name: str) -> Upload:
    """Return a file of that name: a picture, or some lines."""
    data = b"12:00:01 out of paper\n" * 40
    if Path(name).suffix == ".png":
        stream = io.BytesIO()
        Image.linear_gradient("L").resize((640, 400)).save(stream, "PNG")
        data = stream.getvalue()
    return Upload(name, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


def _user(username: str) -> User:
    return db.session.scalars(db.select(User).filter_by(username=username)).one()


def _talk(site: Site, ticket_id: int) -> None:
    """Answer to the depth that is allowed, in turns; and once more beside it."""
    parent = site.comment(ticket_id, "mona", WORDS)
    for depth in range(8):
        who = "mona" if depth % 2 else "alice"
        parent = site.comment(ticket_id, who, f"Level {depth + 1}", parent_comment_id=parent)
    site.comment(ticket_id, "alice", LONG_WORD)
    site.comment(ticket_id, "mona", "שלום, זו תשובה מימין לשמאל.")
