"""Requesters get the same responses as if nobody had ever written a note, a tag or a saved reply.

Two hosts have the same tickets, but only one has notes, tags and saved replies; in the other one,
their IDs are skipped. The requests are generated from the URL map, so a new route is compared at
once, and the tickets have all kinds of events. Responses are compared byte for byte, with all
headers but the date, and with the content of the session cookie. Rules A4, M2, M3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest

from flask_support_tickets import Action, Policy, actor_for, unit_of_work
from flask_support_tickets.models import types
from flask_support_tickets.models.status import EDITED, NOTE, Side
from flask_support_tickets.services import (
    add_comment,
    create_saved_reply,
    edit_ticket,
    mark_read,
    open_ticket,
    transition_ticket,
)

from .attachments.samples import picture
from .conftest import form_fields
from .host import User, create_host, db, tickets

SECRET = "xyzzyplugh"
PEOPLE = {"alice": "user", "bob": "user", "carol": "user", "mona": "moderator", "adam": "Admin"}
ACTIONS = (Action.StartProgress, Action.MarkAsResolved, Action.Close)
#: The kinds of events that everybody sees.
EVENTS = {"Open", "Comment", EDITED, *Action}
#: Queries of a ticket's page and of comments, and of lists.
PAGES = "", "?pageSize=1", "?page=2", "?cursor=after-2&pageSize=2", "?replyTo=2", "?replyTo=1"
QUERIES = (
    *PAGES, f"?search={SECRET}", f"?search={SECRET[:4]}", "?search=public",
    f"?search=tag:{SECRET}", f"?tag={SECRET}", "?order=waiting",
)  # fmt: skip
MASKED = re.compile(rb'(name="(?:csrf_token|submission_key)" value=")[^"]+')


class Clock(datetime):
    """A clock that stands still until `tick`."""

    start = moment = datetime(2026, 11, 30, 8, tzinfo=UTC)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return cls.moment

    @classmethod
    def tick(cls) -> None:
        cls.moment += timedelta(minutes=1)


class CompanyPolicy(Policy):
    """Alice and bob see the tickets of their company, and carol and staff those of everybody."""

    def visible_tickets(self, user, Ticket):
        if user.username not in ("alice", "bob"):
            return None
        return Ticket.user_id.in_(db.select(User.id).where(User.username.in_(["alice", "bob"])))


def last_comment_id() -> int:
    """Return the highest ID that a comment or a skipped note got."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'support_ticket_comment'"
    return int(db.session.scalar(db.text(query)))


class Filler:
    """Fills a host with tickets whose notes are written, or whose IDs are skipped."""

    def __init__(self, has_notes: bool, make_upload: Any) -> None:
        self.has_notes, self.make_upload = has_notes, make_upload
        self.users = {name: User(username=name, role=role) for name, role in PEOPLE.items()}
        db.session.add_all(self.users.values())
        db.session.commit()

    def act(self, use_case: Any, name: str, **arguments: Any) -> Any:
        Clock.tick()
        return unit_of_work(use_case, actor=actor_for(self.users[name]), **arguments)

    def open(self, name: str, status: int = 0, **content: Any) -> int:
        content = {"subject": "A public subject", "description": "Public.", **content}
        ticket_id: int = self.act(open_ticket, name, **content).id
        for action in ACTIONS[:status]:
            self.move(ticket_id, action)
        return ticket_id

    def move(self, ticket_id: int, action: Action, name: str = "mona", **more: Any) -> None:
        self.act(transition_ticket, name, ticket_id=ticket_id, action=action, **more)

    def comment(self, ticket_id: int, name: str, parent: int | None = None, **more: Any) -> int:
        content = {"text": "public words", "parent_comment_id": parent, **more}
        added: int = self.act(add_comment, name, ticket_id=ticket_id, **content).id
        return added

    def note(self, ticket_id: int, parent: int | None = None, files: int = 0) -> int:
        """Write a note with files and a link, or skip its IDs. Return its ID."""
        file = self.users["mona"], f"{SECRET}.png", picture("PNG", "RGB")
        paths = [self.make_upload(*file).path for _ in range(files)]
        urls = [*paths, f"https://example.com/{SECRET}"]
        if self.has_notes:
            note = {"text": f"About {SECRET}", "attachment_urls": urls, "is_internal": True}
            return self.comment(ticket_id, "mona", parent, **note)
        self.skip_ids("comment", "event", "attachment")
        return last_comment_id()

    def tag(self, ticket_id: int) -> None:
        """Tag a ticket, or skip the ID of the event."""
        if self.has_notes:
            self.act(edit_ticket, "mona", ticket_id=ticket_id, tags=[SECRET])
        else:
            self.skip_ids("event")

    def skip_ids(self, *names: str) -> None:
        Clock.tick()
        for name in names:
            table = f"support_ticket_{name}"
            bump = "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = :table"
            assert db.session.execute(db.text(bump), {"table": table}).rowcount == 1
        db.session.commit()

    def fill(self) -> None:
        if self.has_notes:
            actor = actor_for(self.users["mona"])
            unit_of_work(create_saved_reply, actor=actor, title=SECRET, text=f"About {SECRET}")
        alice, image = self.users["alice"], picture("PNG", "RGB")
        file = self.make_upload(alice, "public.txt").path
        shown = self.make_upload(alice, "public.png", image).path
        urls = [file, shown, "https://example.com/public"]
        started = self.open("alice", 1, attachment_urls=urls)
        first = self.comment(started, "alice")
        note = self.note(started, files=2)
        second = self.comment(started, "mona", attachment_urls=["https://example.com/a"])
        self.note(started, parent=first)
        self.note(started, parent=note)
        self.note(started)
        third = self.comment(started, "adam", parent=first)
        self.comment(started, "bob", parent=second)
        self.note(started, parent=third, files=1)
        self.act(mark_read, "alice", ticket_id=started, side=Side.OWNER, count=1)
        self.act(mark_read, "bob", ticket_id=started, side=Side.OWNER, count=99)
        self.move(started, Action.MarkAsResolved)
        self.comment(started, "alice")
        self.move(started, Action.Reopen)
        self.note(started)
        self.comment(started, "mona")
        new = self.open("alice")
        self.note(new)
        self.tag(started)
        self.tag(new)
        self.note(new, files=1)
        resolved = self.open("bob", 2)
        self.note(resolved)
        feedback = self.comment(resolved, "bob")
        self.note(resolved, parent=feedback)
        closed = self.open("alice", 1)
        self.comment(closed, "mona")
        self.note(closed)
        self.move(closed, Action.MarkAsResolved)
        self.note(closed)
        self.move(closed, Action.Close)
        self.note(self.open("carol", 1))
        withdrawn = self.open("bob")
        self.note(withdrawn)
        self.move(withdrawn, Action.Assign, assigned_to_user_id=self.users["adam"].id)
        self.tag(withdrawn)
        self.act(edit_ticket, "bob", ticket_id=withdrawn, subject="A changed subject")
        self.note(withdrawn)
        self.move(withdrawn, Action.Withdraw, "bob")
        events = set(db.session.scalars(db.select(tickets.TicketEvent.action)))
        assert events == EVENTS | ({NOTE} if self.has_notes else set())


class Exchange(NamedTuple):
    """A request and its response."""

    name: str | None
    method: str
    url: str
    sent: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Recorder:
    """Sends the requests of each person and records the responses."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.exchanges: list[Exchange] = []
        columns = tickets.TicketAttachment.storage_key, tickets.TicketAttachment.filename
        files = db.session.execute(
            db.select(*columns).where(columns[0].is_not(None)).order_by(tickets.TicketAttachment.id)
        ).all()
        self.files = [*map(tuple, files), ("0" * 32, "missing.txt")]
        self.comment_ids = range(1, last_comment_id() + 3)
        self.ticket_ids = (
            *db.session.scalars(db.select(tickets.Ticket.id).order_by(tickets.Ticket.id)),
            99,
        )
        self.clients = {}
        for name in (*PEOPLE, None):
            self.clients[name] = app.test_client()
            if name is not None:
                self.clients[name].post("/login", data={"username": name})

    def urls(self, rule: Any) -> Iterator[str]:
        """Yield the URLs for each ticket, comment or file. Fails for an unknown variable."""
        values = {
            ("ticket_id",): [(each,) for each in self.ticket_ids],
            ("comment_id",): [(each,) for each in self.comment_ids],
            ("key", "filename"): self.files,
            ("ticket_id", "action_name"): [(each, "ping") for each in self.ticket_ids],
            ("ticket_id", "image_key"): [
                (each, key) for each in self.ticket_ids for key, _ in self.files
            ],
            ("tag_id",): [("1",)],
            ("reply_id",): [("1",)],
            ("notification_id",): [("1",)],
            ("token",): [("none",)],
            (): [()],
        }
        names = tuple(re.findall(r"<(?:\w+:)?(\w+)>", rule.rule))
        for each in values[names]:
            yield re.sub(r"<[^>]+>", "{}", rule.rule).format(*each)

    def rules(self, method: str) -> list[Any]:
        """Return the rules of our endpoints, except the static files."""
        found = (each for each in self.app.url_map.iter_rules() if method in each.methods)
        ours = [each for each in found if each.endpoint.startswith("support_tickets")]
        return sorted((each for each in ours if "static" not in each.endpoint), key=str)

    def send(self, name: str | None, method: str, url: str, **options: Any) -> Any:
        answer = self.clients[name].open(url, method=method, **options)
        headers = [
            (key, self.read_cookie(value) if key == "Set-Cookie" else value)
            for key, value in answer.headers
            if key != "Date"
        ]
        body = MASKED.sub(rb"\1masked", answer.get_data())
        sent = re.sub("'csrf_token': '[^']+'", "", str(options))
        record = Exchange(name, method, url, sent, answer.status_code, headers, body)
        self.exchanges.append(record)
        return answer

    def read_cookie(self, header: str) -> str:
        """Return the header with the content of the session, without its token and signature."""
        cookie, _, attributes = header.partition(";")
        name, _, value = cookie.partition("=")
        assert name == "session"
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        content = {**serializer.loads(value)} if value else {}
        content.pop("csrf_token", None)
        return f"{name}={content};{attributes}"

    def read(self, *names: str | None, queries: tuple[str, ...] = QUERIES) -> None:
        for rule in self.rules("GET"):
            is_file = bool({"key", "image_key"} & rule.arguments)
            some = ("",) if is_file or "admin" in rule.endpoint else queries
            some = [each for each in some if each in PAGES or not rule.arguments]
            for url in self.urls(rule):
                for name in names:
                    for query in some:
                        answer = self.send(name, "GET", url + query)
                        if "ETag" in answer.headers:
                            etag = {"If-None-Match": answer.headers["ETag"]}
                            assert (
                                self.send(name, "GET", url + query, headers=etag).status_code == 304
                            )

    def write(self, name: str) -> None:
        token = form_fields(self.clients[name].get("/settings/ticket/new").text)["csrf_token"]
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for rule in self.rules(method):
                for url in self.urls(rule):
                    for body in self.bodies(rule.rule, url):
                        Clock.tick()
                        if url.startswith("/api"):
                            self.send_json(name, method, url, body)
                        else:
                            form = {"csrf_token": token, **body}
                            self.send(name, method, url, data=form)

    def send_json(self, name: str, method: str, url: str, body: Any) -> None:
        """Send the request, with the ETag of the ticket if there is one."""
        ticket = re.match(r"/api/tickets/\d+", url)
        headers = {"Idempotency-Key": str(body)[:255]} if method == "POST" else {}
        if ticket:
            etag = self.send(name, "GET", ticket[0]).headers.get("ETag", '"none"')
            headers["If-Match"] = etag
        self.send(name, method, url, json=body, headers=headers)

    def bodies(self, rule: str, url: str) -> list[dict[str, Any]]:
        """Return the bodies for a route, or only an empty one if it is new."""
        if rule == "/api/ticket-comments":
            each = [{"ticketId": number, "text": "public"} for number in self.ticket_ids]
            parents = [{**each[0], "parentCommentId": number} for number in self.comment_ids]
            urls = [f"/api/ticket-attachments/{key}/{name}" for key, name in self.files]
            files = [{**each[0], "attachmentUrls": [address]} for address in urls]
            flags = [{**body, "isInternal": flag} for body in each for flag in (True, False)]
            return [*each, *parents, *files, *flags]
        if rule == "/api/tickets/<ticket_id>/status":
            moves: list[dict[str, Any]] = [{"action": action.value} for action in Action]
            return [*moves, {"action": "Note"}, {"action": "Reopen", "comment": {"text": "public"}}]
        if rule == "/api/tickets/<ticket_id>":
            return [{"subject": "Another public subject"}, {"subject": ""}]
        if rule == "/settings/ticket/<ticket_id>/comments":
            parents = [{"text": "public", "parentCommentId": each} for each in self.comment_ids]
            kinds = [{"text": "public", "kind": "note"}, {"text": "public", "then": "Note"}]
            return [{"text": "public"}, {"text": ""}, *kinds, *parents]
        if rule == "/settings/ticket/<ticket_id>/seen":
            return [{"count": each} for each in (1, 3, 99)]
        return [{}]


@pytest.fixture
def record(tmp_path, monkeypatch, make_upload):
    """Return a function that fills a host and returns what its people get."""
    monkeypatch.setattr(types, "datetime", Clock)

    def run(has_notes: bool) -> list[Exchange]:
        keys = count(1)
        monkeypatch.setattr("secrets.token_hex", lambda size: f"{next(keys):0{2 * size}x}")
        Clock.moment = Clock.start
        folder = tmp_path / str(has_notes)
        app = create_host(
            f"sqlite:///{tmp_path / f'{has_notes}.db'}",
            SUPPORT_TICKETS_STORAGE=f"file://{folder}",
            SUPPORT_TICKETS_COMMENTS_PAGE_SIZE=2,
            SUPPORT_TICKETS_API_DOCS=True,
        )
        state = app.extensions["support_tickets"]
        app.extensions["support_tickets"] = replace(state, policy=CompanyPolicy())
        with app.app_context():
            db.create_all()
            Filler(has_notes, make_upload).fill()
            recorder = Recorder(app)
            recorder.read("alice", "bob")
            recorder.read("carol", None, queries=("",))
            for name in ("alice", "bob"):
                recorder.write(name)
            recorder.read("alice", "bob", queries=("", "?pageSize=1", "?page=2"))
            recorder.read("mona", queries=("",))
            db.session.remove()
            db.engine.dispose()
        return recorder.exchanges

    return run


def test_requesters_cannot_tell_whether_there_are_notes(record):
    without, with_notes = record(False), record(True)
    for expected, found in zip(of_requesters(without), of_requesters(with_notes), strict=True):
        assert found == expected
        assert SECRET.encode() not in found.body or SECRET[:4] in found.url
    statuses = {exchange.status for exchange in of_requesters(without)}
    assert statuses >= {200, 201, 303, 304, 403, 404, 409, 422}
    secrets = [SECRET.encode() in each.body for each in with_notes if each.name == "mona"]
    assert sum(secrets) > 5


def of_requesters(exchanges: list[Exchange]) -> list[Exchange]:
    """Return all exchanges but those of staff."""
    return [exchange for exchange in exchanges if exchange.name != "mona"]
