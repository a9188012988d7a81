"""Who may do what, as the contract has it: one row for each address, and what is sent there."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Who asks, and what they are to the extension.
ROLES = {
    "nobody": "visitor", "deactivated": "visitor", "owner": "user", "another user": "user",
    "moderator": "staff", "admin": "staff", "staff who owns it": "staff",
}  # fmt: skip
TARGETS = ("own", "foreign", "missing")


class Right(NamedTuple):
    """What a user and what staff get for an own, a foreign and a missing thing."""

    user: tuple[int, int, int]
    staff: tuple[int, int, int]


def all_get(status: int) -> Right:
    """Everybody who is signed in gets it; it is about nothing in particular."""
    return Right((status,) * 3, (status,) * 3)


READ = Right((200, 404, 404), (200, 200, 404))
STEP_OF_STAFF = Right((403, 404, 404), (200, 200, 404))
COMMENT = Right((201, 404, 404), (201, 201, 404))
#: The pages at ``/settings/ticket`` show everybody their own, and nothing else.
OWN_PAGE = Right((200, 404, 404), (200, 404, 404))
OWN_FORM = Right((303, 404, 404), (303, 404, 404))
DESK = Right((403, 403, 403), (200, 200, 404))
DESK_FORM = Right((403, 403, 403), (303, 303, 404))
QUEUE = Right((403,) * 3, (200,) * 3)
QUEUE_FORM = Right((403,) * 3, (303,) * 3)

#: (address, what is sent): method -> right. Any other method is 405. The second part names one of
#: `Things.body`; the addresses are all there are.
CONTRACT: dict[tuple[str, str], dict[str, Right]] = {
    ("/api/tickets", "ticket"): {"GET": all_get(200), "POST": all_get(201)},
    ("/api/tickets/<ticket_id>", ""): {"GET": READ},
    ("/api/tickets/<ticket_id>/events", ""): {"GET": READ},
    ("/api/tickets/<ticket_id>/status", "Assign"): {"PUT": STEP_OF_STAFF},
    ("/api/tickets/<ticket_id>/status", "Reopen"): {"PUT": READ},  # for whoever may read it
    ("/api/tickets/openapi.json", ""): {"GET": all_get(200)},
    ("/api/tickets/docs", ""): {"GET": all_get(200)},
    ("/api/ticket-comments/ticket/<ticket_id>", ""): {"GET": READ},
    ("/api/ticket-comments/<comment_id>/replies", ""): {"GET": READ},
    ("/api/ticket-comments", "comment"): {"POST": COMMENT},
    ("/api/ticket-attachments", "file"): {"POST": all_get(201)},
    ("/api/ticket-attachments/<key>/<filename>", ""): {"GET": READ},
    ("/settings/ticket", ""): {"GET": all_get(200)},
    ("/settings/ticket/new", "ticket form"): {"GET": all_get(200), "POST": all_get(303)},
    ("/settings/ticket/<ticket_id>", ""): {"GET": OWN_PAGE},
    ("/settings/ticket/<ticket_id>/comments", "form"): {"GET": OWN_FORM, "POST": OWN_FORM},
    ("/settings/ticket/<ticket_id>/reopen", "form"): {"GET": OWN_FORM, "POST": OWN_FORM},
    ("/settings/ticket/<ticket_id>/seen", "seen"): {"GET": OWN_FORM, "POST": OWN_FORM},
    ("/admin/tickets/", ""): {"GET": QUEUE},
    ("/admin/tickets/stats", ""): {"GET": QUEUE},
    ("/admin/tickets/export.csv", ""): {"GET": QUEUE},
    ("/admin/tickets/bulk", "bulk"): {"GET": QUEUE_FORM, "POST": QUEUE_FORM},
    ("/admin/tickets/<ticket_id>", ""): {"GET": DESK},
    ("/admin/tickets/<ticket_id>/comments", "form"): {"GET": DESK_FORM, "POST": DESK_FORM},
    ("/admin/tickets/<ticket_id>/news", ""): {"GET": DESK},
    ("/admin/tickets/<ticket_id>/seen", "seen"): {"GET": DESK_FORM, "POST": DESK_FORM},
    ("/admin/tickets/<ticket_id>/status", "form"): {"GET": DESK_FORM, "POST": DESK_FORM},
}
#: Where staff marks nothing as read: who owns a ticket wrote nothing to it as a user; and where the
#: answer is that a ticket is gone.
WITHOUT_EFFECT = {
    "/admin/tickets/<ticket_id>/seen": ("own",),
    "/admin/tickets/bulk": ("missing",),
}
#: Asked with a query.
QUERIES = {"/admin/tickets/<ticket_id>/news": "?version=1"}
#: Open to everybody.
PUBLIC = "/support_tickets/static/<path:filename>"
#: Sent to a resolved ticket; everything else to one in progress.
REOPENING = {"Reopen", "/settings/ticket/<ticket_id>/reopen"}


@dataclass(frozen=True)
class Check:
    """One request, and the status that the contract gives it."""

    address: str
    sent: str
    method: str
    role: str
    target: str
    status: int

    @property
    def is_write(self) -> bool:
        """Whether it changes something."""
        return (
            self.method in ("POST", "PUT", "PATCH", "DELETE")
            and self.status < 400
            and ROLES[self.role] != "visitor"
            and self.target not in WITHOUT_EFFECT.get(self.address, ())
        )


def checks() -> Iterator[Check]:
    """Yield every address × method × role × target."""
    for (address, sent), rights in CONTRACT.items():
        for method, role, target in itertools.product(METHODS, ROLES, TARGETS):
            status = _status(address, rights, method, ROLES[role], TARGETS.index(target))
            yield Check(address, sent, method, role, target, status)
    for method, role in itertools.product(METHODS, ROLES):
        status = 200 if method in ("GET", "HEAD", "OPTIONS") else 405
        yield Check(PUBLIC, "", method, role, "own", status)


def _status(address: str, rights: dict[str, Right], method: str, kind: str, target: int) -> int:
    known = {*rights, "OPTIONS", *(["HEAD"] if "GET" in rights else [])}
    if method not in known:
        return 405
    if kind == "visitor":
        return 401 if address.startswith("/api/") else 302
    if method == "OPTIONS":  # runs no view: it says what there is, to those who may come in
        return 403 if kind == "user" and address.startswith("/admin/") else 200
    right = rights["GET" if method == "HEAD" else method]
    return (right.user if kind == "user" else right.staff)[target]


@dataclass(frozen=True)
class Things:
    """A ticket with a comment and a file: one person's, or ids of what is not there."""

    ticket_id: int
    comment_id: int
    key: str
    filename: str

    def url(self, address: str) -> str:
        """Return an address with these in the place of what it names."""
        values = {
            "<ticket_id>": self.ticket_id, "<comment_id>": self.comment_id, "<key>": self.key,
            "<filename>": self.filename, "<path:filename>": "base.css",
        }  # fmt: skip
        url = address
        for name, value in values.items():
            url = url.replace(name, str(value))
        return url + QUERIES.get(address, "")

    def body(self, sent: str, token: str, assignee: int) -> dict[str, Any]:
        """Return a body that breaks no rule, as arguments of a test client."""
        content = {"subject": "S", "description": "D"}
        step = {"action": "Assign", "assignedToUserId": assignee}
        bodies: dict[str, dict[str, Any]] = {
            "ticket": {"json": content},
            "Assign": {"json": step},
            "Reopen": {"json": {"action": "Reopen"}},
            "comment": {"json": {"ticketId": self.ticket_id, "text": "T"}},
            "file": {"data": {"file": (io.BytesIO(b"A note."), "note.txt")}},
            "ticket form": {"data": {**content, "csrf_token": token}},
            "form": {"data": {**step, "text": "T", "csrf_token": token}},
            "seen": {"data": {"count": "1", "csrf_token": token}},
            "bulk": {
                "data": {"step": "MarkAsResolved", "ticketId": self.ticket_id, "csrf_token": token}
            },
            "": {},
        }
        return bodies[sent]
