"""The table of rights: every address, what each role gets there, and what the request sends."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
#: Who sends the request: their user name and role, and what they are to the extension.
ROLES = {
    "nobody": ("", "", "visitor"), "deactivated": ("dora", "user", "visitor"),
    "owner": ("alice", "user", "user"), "another user": ("bob", "user", "user"),
    "moderator": ("mona", "moderator", "staff"), "admin": ("adam", "Admin", "staff"),
    "staff who owns it": ("otto", "moderator", "staff"),
}  # fmt: skip
TARGETS = ("own", "foreign", "missing")


class Right(NamedTuple):
    """The status that a user and staff get for their own, a foreign and a missing thing."""

    user: tuple[int, int, int]
    staff: tuple[int, int, int]


def everybody(status: int) -> Right:
    """Return the right of an address without a target: all who are signed in get ``status``."""
    return Right((status,) * 3, (status,) * 3)


READ = Right((200, 404, 404), (200, 200, 404))
STAFF_TRANSITION = Right((403, 404, 404), (200, 200, 404))
#: Requesters cannot edit a ticket in progress.
EDIT = Right((409, 404, 404), (200, 200, 404))
COMMENT = Right((201, 404, 404), (201, 201, 404))
#: The pages at ``/settings/ticket`` show all users, staff included, only their own tickets.
OWN_PAGE = Right((200, 404, 404), (200, 404, 404))
OWN_FORM = Right((303, 404, 404), (303, 404, 404))
ADMIN_PAGE = Right((403, 403, 403), (200, 200, 404))
ADMIN_FORM = Right((403, 403, 403), (303, 303, 404))
QUEUE = Right((403,) * 3, (200,) * 3)
QUEUE_FORM = Right((403,) * 3, (303,) * 3)
NOT_THERE = Right((403,) * 3, (404,) * 3)
#: The host has no row actions, tags and saved replies, which `admin/test_view_actions.py`,
#: `admin/test_tags.py` and `admin/test_saved_replies.py` cover.
NO_ACTION = "action"

#: (address, body): method -> right. All other methods are 405. The body is a key of `Things.body`.
CONTRACT: dict[tuple[str, str], dict[str, Right]] = {
    ("/api/tickets", "ticket"): {"GET": everybody(200), "POST": everybody(201)},
    ("/api/tickets/<ticket_id>", "edit"): {"GET": READ, "PATCH": EDIT},
    ("/api/tickets/<ticket_id>/events", ""): {"GET": READ},
    ("/api/tickets/<ticket_id>/status", "Assign"): {"PUT": STAFF_TRANSITION},
    ("/api/tickets/<ticket_id>/status", "Reopen"): {"PUT": READ},  # all who can read the ticket
    # The names are not ids of tickets.
    ("/api/tickets/openapi.json", "edit"): {"GET": everybody(200), "PATCH": everybody(404)},
    ("/api/tickets/docs", "edit"): {"GET": everybody(200), "PATCH": everybody(404)},
    ("/api/ticket-comments/ticket/<ticket_id>", ""): {"GET": READ},
    ("/api/ticket-comments/<comment_id>/replies", ""): {"GET": READ},
    ("/api/ticket-comments", "comment"): {"POST": COMMENT},
    ("/api/ticket-attachments", "file"): {"POST": everybody(201)},
    ("/api/ticket-attachments/<key>/<filename>", ""): {"GET": READ},
    ("/api/ticket-saved-replies", ""): {"GET": QUEUE},
    ("/settings/ticket", ""): {"GET": everybody(200)},
    ("/settings/ticket/new", "ticket form"): {"GET": everybody(200), "POST": everybody(303)},
    ("/settings/ticket/<ticket_id>", ""): {"GET": OWN_PAGE},
    ("/settings/ticket/<ticket_id>/images/<image_key>", ""): {"GET": OWN_PAGE},
    ("/settings/ticket/<ticket_id>/comments", "form"): {"GET": OWN_PAGE, "POST": OWN_FORM},
    ("/settings/ticket/<ticket_id>/reopen", "form"): {"GET": OWN_PAGE, "POST": OWN_FORM},
    ("/settings/ticket/<ticket_id>/edit", "edit form"): {"GET": OWN_PAGE, "POST": OWN_FORM},
    ("/settings/ticket/<ticket_id>/withdraw", "confirmed"): {"GET": OWN_PAGE, "POST": OWN_FORM},
    ("/settings/ticket/<ticket_id>/seen", "seen"): {"GET": OWN_FORM, "POST": OWN_FORM},
    ("/settings/ticket/notifications", "confirmed"): {
        "GET": everybody(200),
        "POST": everybody(303),
    },
    ("/admin/tickets/", ""): {"GET": QUEUE},
    ("/admin/tickets/stats", ""): {"GET": QUEUE},
    ("/admin/tickets/suggestions", ""): {"GET": QUEUE},
    ("/admin/tickets/export.csv", ""): {"GET": QUEUE},
    ("/admin/tickets/bulk", "bulk"): {"GET": QUEUE_FORM, "POST": QUEUE_FORM},
    ("/admin/tickets/<ticket_id>", ""): {"GET": ADMIN_PAGE},
    ("/admin/tickets/<ticket_id>/images/<image_key>", ""): {"GET": ADMIN_PAGE},
    ("/admin/tickets/<ticket_id>/comments", "form"): {"GET": ADMIN_PAGE, "POST": ADMIN_FORM},
    ("/admin/tickets/<ticket_id>/edit", "staff form"): {"GET": ADMIN_PAGE, "POST": ADMIN_FORM},
    ("/admin/tickets/<ticket_id>/news", ""): {"GET": ADMIN_PAGE},
    ("/admin/tickets/<ticket_id>/seen", "seen"): {"GET": ADMIN_FORM, "POST": ADMIN_FORM},
    ("/admin/tickets/<ticket_id>/status", "form"): {"GET": ADMIN_FORM, "POST": ADMIN_FORM},
    ("/admin/tickets/<ticket_id>/action/<action_name>", NO_ACTION): {
        "GET": ADMIN_FORM,
        "POST": Right((403, 403, 403), (404, 404, 404)),
    },
    ("/admin/ticket-tags/", ""): {"GET": QUEUE},
    ("/admin/ticket-tags/<tag_id>", NO_ACTION): {
        "GET": NOT_THERE,
        "POST": NOT_THERE,
    },
    ("/admin/ticket-notifications/", ""): {"GET": QUEUE},
    ("/admin/ticket-notifications/retry", "confirmed"): {"GET": QUEUE_FORM, "POST": QUEUE_FORM},
    ("/admin/ticket-notifications/<notification_id>/retry", "confirmed"): {
        "GET": QUEUE_FORM,
        "POST": QUEUE_FORM,
    },
    ("/admin/ticket-saved-replies/", ""): {"GET": QUEUE},
    ("/admin/ticket-saved-replies/new", "saved reply"): {"GET": QUEUE, "POST": QUEUE_FORM},
    ("/admin/ticket-saved-replies/<reply_id>", NO_ACTION): {"GET": NOT_THERE, "POST": NOT_THERE},
    ("/admin/ticket-saved-replies/<reply_id>/delete", NO_ACTION): {
        "GET": NOT_THERE,
        "POST": NOT_THERE,
    },
}
#: Style sheets and scripts: open to everybody, with or without a license.
PUBLIC = "/support_tickets/static/<path:filename>"
#: Signed links in emails, which work without signing in: `pages/test_unsubscribe.py` covers them.
UNSUBSCRIBE = "/settings/ticket/unsubscribe/<token>"
#: Writes that succeed without a change: staff who own a ticket have no unread comments of a
#: requester on it, a bulk action on a missing ticket reports that it is gone, and the host has no
#: channel for notifications.
WITHOUT_EFFECT = {
    "/settings/ticket/notifications": TARGETS,
    "/admin/ticket-notifications/retry": TARGETS,
    "/admin/ticket-notifications/<notification_id>/retry": TARGETS,
    "/admin/tickets/<ticket_id>/seen": ("own",),
    "/admin/tickets/bulk": ("missing",),
}
QUERIES = {
    "/admin/tickets/<ticket_id>/news": "?version=1",
    "/admin/tickets/suggestions": "?search=about",
}
#: Sent to a resolved ticket; everything else but OF_NEW is sent to one in progress.
REOPENING = {"Reopen", "/settings/ticket/<ticket_id>/reopen"}
#: Sent to a new ticket.
OF_NEW = {"/settings/ticket/<ticket_id>/edit", "/settings/ticket/<ticket_id>/withdraw"}
#: Every address with each of its methods that write: (address, body, method).
WRITES = [
    (address, body, method)
    for (address, body), rights in CONTRACT.items()
    for method in rights
    if method != "GET" and body != NO_ACTION
]
#: Every address that answers GET.
READS = sorted({address for (address, _), rights in CONTRACT.items() if "GET" in rights})


def methods_of(address: str) -> set[str]:
    """Return the methods an address answers, as its ``Allow`` header lists them."""
    rows = [set(rights) for (other, _), rights in CONTRACT.items() if other == address]
    methods = set().union(*rows) or {"GET"}
    return methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())


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
        """Whether the request changes something."""
        return (
            self.method in ("POST", "PUT", "PATCH")
            and self.status < 400
            and ROLES[self.role][2] != "visitor"
            and self.target not in WITHOUT_EFFECT.get(self.address, ())
        )


def checks() -> Iterator[Check]:
    """Yield every address × method × role × target."""
    for address, sent in [*CONTRACT, (PUBLIC, "")]:
        for method, role, target in itertools.product(METHODS, ROLES, TARGETS):
            if target == "own" or method in methods_of(address) - {"OPTIONS"}:
                status = _status(address, sent, method, ROLES[role][2], TARGETS.index(target))
                yield Check(address, sent, method, role, target, status)


def _status(address: str, sent: str, method: str, kind: str, target: int) -> int:
    if method not in methods_of(address):
        return 405
    if address == PUBLIC:
        return 200
    if kind == "visitor":
        return 401 if address.startswith("/api/") else 302
    if method == "OPTIONS":  # answered by Flask after the guard, without a view
        return 403 if kind == "user" and address.startswith("/admin/") else 200
    right = CONTRACT[address, sent]["GET" if method == "HEAD" else method]
    return (right.user if kind == "user" else right.staff)[target]


_numbers = itertools.count()


@dataclass(frozen=True)
class Things:
    """The ids of a ticket with a comment, a file and an image: of one person, or of none."""

    ticket_id: int
    comment_id: int
    key: str
    filename: str
    image_key: str = "0" * 40

    def url(self, address: str) -> str:
        """Return an address with these ids filled in."""
        values = {
            "<ticket_id>": self.ticket_id, "<comment_id>": self.comment_id, "<key>": self.key,
            "<filename>": self.filename, "<path:filename>": "base.css",
            "<action_name>": "escalate", "<image_key>": self.image_key, "<tag_id>": 987_654,
            "<reply_id>": 987_654, "<notification_id>": 987_654,
        }  # fmt: skip
        url = address
        for name, value in values.items():
            url = url.replace(name, str(value))
        return url + QUERIES.get(address, "")

    def body(self, sent: str, token: str, assignee: Any) -> dict[str, Any]:
        """Return a valid body, as arguments of a test client."""
        content = {"subject": "S", "description": "D"}
        transition = {"action": "Assign", "assignedToUserId": assignee}
        saved_reply = {"title": f"Title {next(_numbers)}", "text": "T"}
        bulk = {"step": "MarkAsResolved", "ticketId": self.ticket_id, "csrf_token": token}
        bodies: dict[str, dict[str, Any]] = {
            "ticket": {"json": content},
            "Assign": {"json": transition},
            "Reopen": {"json": {"action": "Reopen"}},
            "edit": {"json": {"subject": f"S {token}"}},
            "staff form": {"data": {"subject": f"Staff {token[-8:]}", "csrf_token": token}},
            "edit form": {"data": {**content, "csrf_token": token}},
            "comment": {"json": {"ticketId": self.ticket_id, "text": "T"}},
            "file": {"data": {"file": (io.BytesIO(b"A note."), "note.txt")}},
            "ticket form": {"data": {**content, "csrf_token": token}},
            "form": {"data": {**transition, "text": "T", "csrf_token": token}},
            "confirmed": {"data": {"confirmed": "yes", "csrf_token": token}},
            "seen": {"data": {"count": "1", "csrf_token": token}},
            "bulk": {"data": bulk},
            "saved reply": {"data": {**saved_reply, "csrf_token": token}},
            NO_ACTION: {"data": {"name": "Tag", "csrf_token": token}},
            "": {},
        }
        return bodies[sent]
