"""What a life of tickets needs: people who are signed in, and the API beside the model."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Flask
from werkzeug.test import TestResponse

from tests.host import User, db

from .model import STATUS_NAMES, Comment, Desk, Person, Refused, Ticket

T = TypeVar("T")

#: Who there is, with their roles; who may be deactivated meanwhile; who signs in by cookie.
PEOPLE = {"alice": "user", "bob": "user", "mona": "moderator", "dora": "moderator", "adam": "admin"}
FICKLE = ("bob", "dora")
BY_COOKIE = ("alice", "mona")
#: What a POST makes.
MAKES = {
    "/api/tickets": "Ticket",
    "/api/ticket-comments": "Comment",
    "/api/ticket-attachments": "Upload",
}
#: What was asked for, the status of the answer, and its error code.
Met = tuple[str, int, str | None]


class Life:
    """One empty host, lived in through the API; ``desk`` is what the model makes of it."""

    def __init__(self, app: Flask, met: Counter[Met]) -> None:
        self.app = app
        self.met = met
        self.desk = Desk()
        self.people = self._people()
        self.clients = {name: app.test_client() for name in PEOPLE}
        for name in BY_COOKIE:
            self.clients[name].post("/login", data={"username": name})
        #: What was sent with an Idempotency-Key: who, key, address, body, and the first answer.
        self.sent: list[tuple[Person, str, str, dict[str, Any], Any]] = []
        #: ETags that were seen: the version of the ticket they belong to, by reader and ticket.
        self.tags: dict[tuple[str, int], list[tuple[int, str]]] = {}
        #: Every file there is: its address, its bytes, and who uploaded it.
        self.files: list[tuple[str, bytes, Person]] = []

    def _people(self) -> dict[str, Person]:
        with self.app.app_context():
            for table in reversed(db.metadata.sorted_tables):
                db.session.execute(table.delete())
            users = {name: User(username=name, role=role) for name, role in PEOPLE.items()}
            db.session.add_all(users.values())
            db.session.commit()
            return {
                name: Person(name, is_staff=user.role != "user", id=user.id)
                for name, user in users.items()
            }

    def send(self, person: Person, method: str, url: str, **options: Any) -> TestResponse:
        """Send a request as ``person``."""
        headers = options.pop("headers", {})
        if person.name not in BY_COOKIE:
            headers = {**headers, "Authorization": f"Bearer {person.name}"}
        answer = self.clients[person.name].open(url, method=method, headers=headers, **options)
        code = answer.json["error"]["code"] if answer.status_code >= 400 else None
        what = "read" if method == "GET" else options.get("json", {}).get("action", MAKES.get(url))
        self.met[what, answer.status_code, code] += 1
        return answer

    def get(self, person: Person, url: str, **query: Any) -> TestResponse:
        return self.send(person, "GET", url, query_string=query)

    def set_active(self, person: Person, is_active: bool) -> None:
        """Deactivate a user of the host, or take that back."""
        person.is_active = is_active
        with self.app.app_context():
            db.session.get_one(User, person.id).active = is_active
            db.session.commit()

    def upload(self, person: Person, data: bytes) -> TestResponse:
        """Upload a text."""
        form = {"file": (io.BytesIO(data), "note.txt")}
        return self.send(person, "POST", "/api/ticket-attachments", data=form)

    def walk(
        self,
        person: Person,
        url: str,
        name: str,
        meanwhile: Callable[[], Any] = lambda: None,
        **query: Any,
    ) -> list[Any]:
        """Return all rows of a list, read part by part; ``meanwhile`` runs after the first part."""
        rows: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.get(person, url, **query, **cursor)
            assert answer.status_code == 200, answer.text
            data = answer.json["data"]
            assert len(data[name]) <= query["pageSize"]
            assert data["hasMore"] == (data["nextCursor"] is not None)
            rows += data[name]
            if not cursor:
                assert data["totalCount"] >= len(rows)
                meanwhile()
            if not data["hasMore"]:
                return rows
            cursor = {"cursor": data["nextCursor"]}


def refusal_of(ask: Callable[..., Any], *args: Any, **options: Any) -> Refused | None:
    """Return how the model refuses a request, if it does."""
    try:
        ask(*args, **options)
    except Refused as refused:
        return refused
    return None


def agrees(answer: TestResponse, refused: Refused | None, success: int) -> bool:
    """Check that the API and the model agree; whether it was a success."""
    if refused is None:
        assert answer.status_code == success, answer.text
        return True
    assert answer.status_code == refused.status, (refused, answer.text)
    error = answer.json["error"]
    assert error["code"] == refused.code
    assert error.get("status") == refused.ticket_status
    return False


def pick(rows: Sequence[T], place: int) -> T:
    """Return the row at a place that is counted round."""
    return rows[place % len(rows)]


def shown_ticket(ticket: Ticket, reader: Person) -> dict[str, Any]:
    """What the API shows of a ticket, without its times and texts."""
    assignee = ticket.assignee
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "department": ticket.department,
        "attachmentUrls": ticket.attachments,
        "userId": ticket.owner.id,
        "userName": ticket.owner.name,
        "status": ticket.status,
        "statusName": STATUS_NAMES[ticket.status],
        "assignedToUserId": assignee and assignee.id,
        "assignedToName": assignee and assignee.name,
        "commentCount": len(ticket.comments),
        "allowedActions": ticket.allowed_to(reader),
    }


def check_ticket(data: dict[str, Any], ticket: Ticket, reader: Person) -> None:
    """Check everything that an answer shows of a ticket."""
    expected = shown_ticket(ticket, reader)
    assert len(data["allowedActions"]) == len(expected["allowedActions"])
    found = {**data, "allowedActions": set(data["allowedActions"])}
    assert {name: found[name] for name in expected} == expected
    assert (data["resolvedAt"] is not None) == (STATUS_NAMES[ticket.status] in _RESOLVED)
    assert (data["closedAt"] is not None) == (STATUS_NAMES[ticket.status] == "Closed")
    times = [data["createdAt"], data["resolvedAt"], data["closedAt"], data["updatedAt"]]
    passed = [time for time in times if time]
    assert passed == sorted(passed)


_RESOLVED = ("Resolved", "Closed")


def shown_comment(comment: Comment, ticket: Ticket) -> dict[str, Any]:
    """What the API shows of a comment, without its time."""
    return {
        "id": comment.id,
        "ticketId": ticket.id,
        "parentCommentId": comment.parent and comment.parent.id,
        "userId": comment.author.id,
        "userName": comment.author.name,
        "isStaff": comment.is_staff,
        "text": comment.text,
        "attachmentUrls": comment.attachments,
        "replyCount": len(comment.replies),
    }


def shown_events(ticket: Ticket) -> list[dict[str, Any]]:
    """What the API shows of a ticket's history, without ids and times of events."""
    return [
        {
            "ticketId": ticket.id,
            "action": action,
            "fromStatus": before,
            "toStatus": after,
            "userId": person.id,
            "userName": person.name,
            "assignedToUserId": given and given.id,
            "assignedToName": given and given.name,
            "commentId": comment_id,
        }
        for action, before, after, person, given, comment_id in ticket.events
    ]


def without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Return rows without these keys."""
    return [{name: value for name, value in row.items() if name not in names} for row in rows]
