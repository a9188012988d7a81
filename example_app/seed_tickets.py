"""Play `stories.toml` through the use cases, then move each step to a time of its own.

The use cases write the moment they run, so the stories would all happen in one second. Their
times are set afterwards: history, comments and tickets of one story move together.
"""

from __future__ import annotations

import hashlib
import io
import random
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from flask_support_tickets import Action, Actor, actor_for, unit_of_work
from flask_support_tickets.services import Upload, add_comment, open_ticket, transition_ticket
from flask_support_tickets.services.attachments.uploads import store_files
from flask_support_tickets.services.tickets.tags import set_tags

from .extensions import db, tickets
from .models import User

STORIES = Path(__file__).with_name("stories.toml")
FILES = Path(__file__).with_name("files")
SPAN = timedelta(days=42)
_NEWEST_AGE = timedelta(minutes=25)
#: The steps that bring a ticket to a status.
_PATHS = {
    "New": (),
    "InProgress": (Action.StartProgress,),
    "Resolved": (Action.StartProgress, Action.MarkAsResolved),
    "Closed": (Action.StartProgress, Action.MarkAsResolved, Action.Close),
}


def seed_tickets() -> None:
    """File, answer, resolve and close the demo's tickets. Needs an app context and people."""
    stories: list[dict[str, Any]] = tomllib.loads(STORIES.read_text("utf-8"))["story"]
    people = {user.username: actor_for(user) for user in db.session.scalars(db.select(User))}
    chance = random.Random(42)  # the same demo for everybody
    for number, story in enumerate(stories):
        ticket_id = unit_of_work(Story(story, people).play)
        share = min(1.0, (number + chance.uniform(0.0, 0.8)) / (len(stories) - 1))
        filed_at = datetime.now(UTC) - _NEWEST_AGE - SPAN * (1 - share)
        _spread(ticket_id, filed_at, chance)
    db.session.commit()


class Story:
    """One ticket from filing to where it stands."""

    def __init__(self, story: dict[str, Any], people: dict[str, Actor]) -> None:
        self.story, self.people = story, people
        self.owner = people[story["owner"]]
        self.staff = people[story.get("staff", "mona")]
        self.ticket_id = 0
        #: The latest comment of each depth, for replies.
        self.branch: list[int] = []
        self.steps_left = list(_PATHS[story["status"]])

    def play(self) -> int:
        """Run the story in the unit of work it is called in; return the ticket's id."""
        self.ticket_id = open_ticket(
            actor=self.owner,
            subject=self.story["subject"],
            description=self.story["description"],
            department=self.story["department"],
            app_version=self.story.get("version"),
            priority=self.story.get("priority"),
            attachment_urls=self.story.get("attachments"),
            files=store_files(_upload(name) for name in self.story.get("files", ())),
        ).id
        set_tags(self.ticket_id, self.story.get("tags", ()))
        if self.steps_left:
            self._move(self.steps_left.pop(0))
        for line in self.story.get("thread", ()):
            self._command(line[1:].split()) if line.startswith("!") else self._comment(line)
        for action in self.steps_left:
            self._move(action)
        return self.ticket_id

    def _command(self, words: list[str]) -> None:
        if words[0] == "resolve":
            self._move(self.steps_left.pop(0))
        elif words[0] == "reopen":
            self.steps_left.insert(0, Action.MarkAsResolved)
            self._move(Action.Reopen, actor=self.owner)
        else:
            colleague = self.people[words[1]]
            self._move(Action.Assign, assigned_to_user_id=colleague.id)
            self.staff = colleague

    def _move(self, action: Action, *, actor: Actor | None = None, **details: Any) -> None:
        transition_ticket(
            actor=actor or self.staff, ticket_id=self.ticket_id, action=action, **details
        )

    def _comment(self, line: str) -> None:
        who, _, text = line.partition(": ")
        name = who.lstrip("> ")
        depth = who.count(">")
        known = {"owner": self.owner, "staff": self.staff}
        comment = add_comment(
            actor=known.get(name) or self.people[name],
            ticket_id=self.ticket_id,
            text=text,
            parent_comment_id=self.branch[depth - 1] if depth else None,
        )
        self.branch[depth:] = [comment.id]


def _upload(name: str) -> Upload:
    data = (FILES / name).read_bytes()
    return Upload(name, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


def _spread(ticket_id: int, filed_at: datetime, chance: random.Random) -> None:
    """Move what happened to a ticket to times from ``filed_at`` on, in the order it happened."""
    event = tickets.TicketEvent
    query = db.select(event).where(event.ticket_id == ticket_id).order_by(event.id)
    events = db.session.scalars(query).all()
    moments = _moments(filed_at, len(events), chance)
    moved = {}
    for each, moment in zip(events, moments, strict=True):
        moved[each.created_at] = each.created_at = moment
        _move_rows(tickets.TicketAttachment, moment, ticket_id, comment_id=each.comment_id)
        if each.comment_id is not None:
            _move_rows(tickets.TicketComment, moment, ticket_id, id=each.comment_id)
    ticket = db.session.get_one(tickets.Ticket, ticket_id)
    ticket.created_at, ticket.updated_at = moments[0], moments[-1]
    for name in ("awaiting_since", "first_reply_at", "resolved_at", "closed_at"):
        at = getattr(ticket, name)  # the time of the event that set it
        setattr(ticket, name, moved.get(at))


def _move_rows(model: Any, moment: datetime, ticket_id: int, **where: Any) -> None:
    rows = update(model).filter_by(ticket_id=ticket_id, **where).values(created_at=moment)
    db.session.execute(rows)


def _moments(filed_at: datetime, count: int, chance: random.Random) -> list[datetime]:
    """Return ``count`` times from ``filed_at`` on, hours apart, the last one before now."""
    hours = [chance.uniform(0.4, 5) if step < 2 else chance.uniform(1, 30) for step in range(count)]
    hours[0] = 0.0
    room_hours = (datetime.now(UTC) - filed_at).total_seconds() / 3600 * 0.9
    scale = min(1.0, room_hours / max(sum(hours), 1.0))
    moments, at = [], filed_at
    for gap in hours:
        at += timedelta(hours=gap * scale)
        moments.append(at)
    return moments
