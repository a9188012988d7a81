"""The requests of the recorded session: every operation, and every error code of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """A request. ``$name`` in what it sends is replaced by the value an earlier step kept."""

    who: str | None
    method: str
    url: str
    json: Any = None
    data: bytes | None = None  # the raw body
    file: tuple[str, bytes] | None = None  # the name and the bytes of an upload
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""  # keeps the id or address in the answer; ``name.etag`` is its ETag
    fault: str = ""  # ``unlicensed``, or ``full`` or ``busy`` for the file store


def _get(who, url, **more):
    return Step(who, "GET", url, **more)


def _post(who, url, json=None, **more):
    return Step(who, "POST", url, json, **more)


def _move(who, ticket, action, *, headers=None, **more):
    body = {"action": action, **more}
    return Step(who, "PUT", f"/api/tickets/{ticket}/status", body, headers=headers or {})


TICKETS, COMMENTS, FILES = "/api/tickets", "/api/ticket-comments", "/api/ticket-attachments"
LAMP = {"subject": " The lamp \t", "description": "It is\r\ndark.", "department": "Häuser"}
DOOR = {"subject": "The door", "description": "It squeaks. 🚪", "attachmentUrls": ["$note"]}
REPLY = {"ticketId": "$lamp", "text": "Yes.", "parentCommentId": "$bulb"}
OTHER_SITE = {"Sec-Fetch-Site": "cross-site", "Cookie": "session=x"}
BROKEN_FORM = {"Content-Type": "multipart/form-data; boundary=x"}

TRANSITIONS = [
    # Open tickets
    _post("alice", TICKETS, LAMP, keep="lamp"),
    _post("alice", FILES, file=("ärger.txt", b"A note."), keep="note"),
    _post("alice", TICKETS, DOOR, headers={"Idempotency-Key": "k1"}, keep="door"),
    _post("alice", TICKETS, DOOR, headers={"Idempotency-Key": "k1"}),
    _post("alice", TICKETS, LAMP, headers={"Idempotency-Key": "k1"}),
    _post("alice", TICKETS, LAMP, headers={"Idempotency-Key": "ä"}),
    _post("alice", TICKETS, DOOR),
    _post("bob", TICKETS, {"subject": "A tap", "description": "It drips."}, keep="tap"),
    _post("mona", TICKETS, {"subject": "Mine", "description": "Own."}, keep="own"),
    _post("bob", TICKETS, {"subject": "A roof", "description": "It leaks."}),
    _post("bob", TICKETS, {"subject": "A wall", "description": "It leans."}),
    # Invalid bodies
    _post("alice", TICKETS, data=b'{"subject": "S", "subject": "S"}'),
    _post("alice", TICKETS, data=b'{"subject": NaN}'),
    _post("alice", TICKETS, data=b"\xff"),
    _post("alice", TICKETS, {"subject": "a\nb", "description": "", "status": 2}),
    _post("alice", TICKETS, {"subject": "x" * 201, "description": "D", "department": 7}),
    _post("alice", TICKETS, {"subject": "\u200b", "description": "\ud800"}),
    _post("alice", TICKETS, {**LAMP, "attachmentUrls": ["ftp://x", "//evil"]}),
    _post("alice", TICKETS, data=b"subject=S", headers={"Content-Type": "text/plain"}),
    _post("alice", TICKETS, data=b" " * (1024 * 1024 + 1)),
    # Edit
    Step("alice", "PATCH", "/api/tickets/$door", {"subject": "The gate", "department": "IT"}),
    Step("mona", "PATCH", "/api/tickets/$door", {"priority": 3, "tags": ["b", "A", "B"]}),
    Step("mona", "PATCH", "/api/tickets/$door", {"description": "D", "status": 2}),
    Step("bob", "PATCH", "/api/tickets/$door", {"subject": "Not mine"}),
    Step("alice", "PATCH", "/api/tickets/$door", {"subject": "A"}, headers={"If-Match": '"old"'}),
    _get("alice", "/api/tickets/$door"),
    _get("alice", "/api/tickets/$door/events"),
    # Read
    _get("alice", "/api/tickets/$lamp", keep="first"),
    _get("alice", "/api/tickets/$lamp", headers={"If-None-Match": "$first.etag"}),
    _get("mona", "/api/tickets/$lamp"),
    _get("bob", "/api/tickets/$lamp"),
    _get("bob", "/api/tickets/999999"),
    _get("bob", "/api/tickets/007"),
    _get(None, "/api/tickets/$lamp"),
    _get("gone", "/api/tickets/$lamp"),
    _get("alice", "/api/tickets?pageSize=1", keep="list"),
    _get("alice", "/api/tickets?pageSize=1", headers={"If-None-Match": "$list.etag"}),
    _get("alice", "/api/tickets?pageSize=1&cursor=$list.cursor"),
    _get("mona", "/api/tickets?status=New,1&search=LAMP&department=Häuser&assignedTo="),
    _get("mona", "/api/tickets?page=9&pageSize=100"),
    _get("mona", "/api/tickets?page=0&pageSize=x&status=Old&cursor=3&assignedTo=you&sort=id"),
    _get("mona", "/api/tickets?page=1&page=2"),
    _get("alice", "/api/tickets/$lamp", fault="unlicensed"),
    Step("alice", "DELETE", "/api/tickets/$lamp"),
    Step("alice", "HEAD", "/api/tickets/$lamp"),
    Step("alice", "OPTIONS", "/api/tickets"),
    _get("alice", "/api/tickets/$lamp/nonsense"),
    # Comment and transition
    _post("alice", COMMENTS, {"ticketId": "$lamp", "text": "Too early."}),
    _move("alice", "$lamp", "StartProgress"),
    _move("mona", "$lamp", "StartProgress", assignedToUserId="$bob"),
    _move("mona", "$lamp", "StartProgress", headers={"If-Match": '"old"'}),
    _move("mona", "$lamp", "StartProgress"),
    _move("mona", "$lamp", "StartProgress"),
    _move("mona", "$lamp", "Assign"),
    _move("mona", "$lamp", "Assign", assignedToUserId="$adam"),
    _move("mona", "$lamp", "Explode"),
    _post("mona", COMMENTS, {"ticketId": "$lamp", "text": "A bulb?"}, keep="bulb"),
    _post("alice", COMMENTS, REPLY, headers={"Idempotency-Key": "k2"}, keep="yes"),
    _post("alice", COMMENTS, {"ticketId": "$lamp", "text": "T", "parentCommentId": 999999}),
    _post("bob", COMMENTS, {"ticketId": "$lamp", "text": "Not mine."}),
    _post("alice", COMMENTS, {"ticketId": "1", "text": None}),
    _post("alice", COMMENTS, {"ticketId": "$lamp", "text": "Forged."}, headers=OTHER_SITE),
    _post("alice", COMMENTS, {"ticketId": "$lamp", "text": "Two."}),
    _post("alice", COMMENTS, {"ticketId": "$lamp", "text": "Three."}),
    _get("alice", "/api/ticket-comments/ticket/$lamp?pageSize=1"),
    _get("mona", "/api/ticket-comments/$bulb/replies"),
    _get("bob", "/api/ticket-comments/$bulb/replies"),
    _move("adam", "$lamp", "MarkAsResolved"),
    _move("alice", "$lamp", "Reopen"),
    _move("adam", "$lamp", "MarkAsResolved"),
    _move("adam", "$lamp", "Close"),
    _post("alice", COMMENTS, {"ticketId": "$lamp", "text": "Too late."}),
    _get("alice", "/api/tickets/$lamp"),
    _get("alice", "/api/tickets/$lamp/events?pageSize=4", keep="history"),
    _get("alice", "/api/tickets/$lamp/events?pageSize=4&cursor=$history.cursor"),
    _get("mona", "/api/ticket-saved-replies"),
    _get("alice", "/api/ticket-saved-replies"),
    # Files
    _get("mona", "$note"),
    _get("alice", "$note", headers={"Range": "bytes=2-4"}),
    _get("alice", "$note", headers={"Range": "bytes=99-"}),
    _get("alice", "$note?variant=thumbnail"),
    _get("alice", "$note?variant=huge"),
    _get("bob", "$note"),
    _get("alice", "$note", fault="busy"),
    _post("alice", FILES, file=("a.txt", b"A note."), fault="full"),
    _post("alice", FILES, file=("a.png", b"No picture.")),
    _post("alice", FILES, file=("a.txt", b"")),
    _post("alice", FILES, file=("a.txt", b"x" * 2_000)),
    _post("alice", FILES, {"file": "x"}),
    _post("alice", FILES, data=b"--x\r\nnonsense", headers=BROKEN_FORM),
]
