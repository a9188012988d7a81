"""The floor: the same answers by hand-written SQL through the bare driver, and ``json``."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import make_url

from .host import SQLITE_PRAGMAS, tickets

STATUSES = ("New", "InProgress", "Resolved", "Closed")
_ALLOWED: tuple[list[str], ...] = (
    ["StartProgress"],
    ["Comment", "MarkAsResolved", "Assign"],
    ["Close", "Reopen"],
    [],
)
_LIST = """
SELECT t.id, t.subject, t.description, t.department, t.user_id, u.username, t.status,
  t.created_at, t.updated_at, t.resolved_at, t.closed_at, t.assigned_to_user_id, a.username,
  t.comment_count
FROM support_ticket t
LEFT JOIN host_user u ON u.id = t.user_id LEFT JOIN host_user a ON a.id = t.assigned_to_user_id
{where} ORDER BY t.id DESC LIMIT 21"""
_LINKS = """
SELECT {column}, url FROM support_ticket_attachment
WHERE {column} IN ({places}) {more} ORDER BY {column}, position"""
_THREAD = """
SELECT c.id, c.ticket_id, c.parent_comment_id, c.user_id, u.username, c.is_staff, c.text,
  c.created_at, c.reply_count
FROM support_ticket_comment c LEFT JOIN host_user u ON u.id = c.user_id
WHERE c.ticket_id = ? AND c.parent_comment_id IS NULL ORDER BY c.id LIMIT 21"""
#: What a comment counts up on its ticket, and starts with itself, as far as there are such columns.
_COUNTED = ", ".join(
    f"{name} = {name} + 1"
    for name in ("comment_count", "thread_count", "version")
    if name in tickets.Ticket.__table__.columns
)
_ZEROS = ", ".join(
    name
    for name in ("depth", "reply_count", "attachment_count")
    if name in tickets.TicketComment.__table__.columns
)
_MAY_COMMENT = "status = 1 OR (status = 2 AND user_id = ?)"


class Floor:
    """Answers by hand; one connection for each thread."""

    def __init__(self, uri: str) -> None:
        self._url = make_url(uri)
        self.is_sqlite = uri.startswith("sqlite")
        self._local = threading.local()

    def list_tickets(self, status: int | None = None) -> tuple[int, bytes]:
        """Page 1 of all tickets, or of those in one status."""
        if status is None:
            total = self._one("SELECT sum(total) FROM benchmark_floor_total")[0]
            rows = self._all(_LIST.format(where=""))
        else:
            total = self._one(
                "SELECT total FROM benchmark_floor_total WHERE status = ?", (status,)
            )[0]
            rows = self._all(_LIST.format(where="WHERE t.status = ?"), (status,))
        shown = rows[:20]
        links = self._links("ticket_id", [row[0] for row in shown], "AND comment_id IS NULL")
        data = {
            "tickets": [_ticket(row, links) for row in shown],
            "totalCount": total,
            "hasMore": len(rows) > 20,
            "nextCursor": f"after-{shown[-1][0]}" if len(rows) > 20 else None,
        }
        return 200, json.dumps({"success": True, "data": data}).encode()

    def list_comments(self, ticket_id: int) -> tuple[int, bytes]:
        """The first 20 top-level comments of a ticket."""
        if self._one("SELECT id FROM support_ticket WHERE id = ?", (ticket_id,)) is None:
            return 404, b""
        total = self._one(
            "SELECT count(*) FROM support_ticket_comment"
            " WHERE ticket_id = ? AND parent_comment_id IS NULL",
            (ticket_id,),
        )[0]
        rows = self._all(_THREAD, (ticket_id,))
        shown = rows[:20]
        links = self._links("comment_id", [row[0] for row in shown], "")
        data = {
            "comments": [_comment(row, links) for row in shown],
            "totalCount": total,
            "hasMore": len(rows) > 20,
        }
        return 200, json.dumps({"success": True, "data": data}).encode()

    def post_comment(self, user_id: int, body: bytes) -> tuple[int, bytes]:
        """Write a comment, its event and the ticket's numbers in one transaction."""
        sent = json.loads(body)
        ticket_id, text = sent["ticketId"], sent["text"].strip()
        if not 0 < len(text) <= 20_000:
            return 422, b""
        self._execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        try:
            answer = self._write_comment(user_id, ticket_id, text)
        except BaseException:
            self._execute("ROLLBACK")
            raise
        self._execute("ROLLBACK" if answer is None else "COMMIT")
        if answer is None:
            return 409, b""
        return 201, json.dumps({"success": True, "data": answer}).encode()

    def _write_comment(self, user_id: int, ticket_id: int, text: str) -> dict[str, Any] | None:
        user = self._one("SELECT username, role FROM host_user WHERE id = ?", (user_id,))
        now = self._now()
        changed = self._execute(
            f"UPDATE support_ticket SET {_COUNTED}, updated_at = ?"
            f" WHERE id = ? AND ({_MAY_COMMENT})",
            (now, ticket_id, user_id),
        )
        if user is None or changed.rowcount != 1:
            return None
        is_staff = user[1] == "moderator"
        comment_id = self._one(
            f"INSERT INTO support_ticket_comment ({_ZEROS}, ticket_id, user_id, is_staff, text,"
            f" created_at) VALUES ({', '.join('0' * len(_ZEROS.split(',')))}, ?, ?, ?, ?, ?)"
            " RETURNING id",
            (ticket_id, user_id, is_staff, text, now),
        )[0]
        self._execute(
            "INSERT INTO support_ticket_event (ticket_id, comment_id, user_id, action,"
            " from_status, to_status, created_at) VALUES (?, ?, ?, 'Comment', 1, 1, ?)",
            (ticket_id, comment_id, user_id, now),
        )
        row = (comment_id, ticket_id, None, user_id, user[0], is_staff, text, now, 0)
        return _comment(row, {})

    def close(self) -> None:
        """Give this thread's connection back."""
        self._connection().close()
        del self._local.connection

    def _links(self, column: str, ids: list[int], more: str) -> dict[int, list[str]]:
        links: dict[int, list[str]] = {}
        if ids:
            places = ", ".join("?" * len(ids))
            query = _LINKS.format(column=column, places=places, more=more)
            for owner, url in self._all(query, ids):
                links.setdefault(owner, []).append(url)
        return links

    def _now(self) -> Any:
        now = datetime.now(UTC)
        return now.replace(tzinfo=None).isoformat(" ", "microseconds") if self.is_sqlite else now

    def _one(self, query: str, values: Any = ()) -> Any:
        return self._execute(query, values).fetchone()

    def _all(self, query: str, values: Any = ()) -> list[Any]:
        return list(self._execute(query, values).fetchall())

    def _execute(self, query: str, values: Any = ()) -> Any:
        if not self.is_sqlite:
            query = query.replace("?", "%s")
        return self._connection().execute(query, values)

    def _connection(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> Any:
        if self.is_sqlite:
            connection = sqlite3.connect(str(self._url.database), isolation_level=None)
            for pragma in SQLITE_PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            return connection
        import psycopg

        address = self._url.render_as_string(hide_password=False)
        return psycopg.connect(
            re.sub(r"^postgresql\+psycopg:", "postgresql:", address), autocommit=True
        )


def _ticket(row: Any, links: dict[int, list[str]]) -> dict[str, Any]:
    return {
        "id": row[0],
        "subject": row[1],
        "description": row[2],
        "attachmentUrls": links.get(row[0], []),
        "department": row[3],
        "userId": row[4],
        "userName": row[5],
        "status": row[6],
        "statusName": STATUSES[row[6]],
        "createdAt": _moment(row[7]),
        "updatedAt": _moment(row[8]),
        "resolvedAt": _moment(row[9]),
        "closedAt": _moment(row[10]),
        "assignedToUserId": row[11],
        "assignedToName": row[12],
        "commentCount": row[13],
        "allowedActions": _ALLOWED[row[6]],
    }


def _comment(row: Any, links: dict[int, list[str]]) -> dict[str, Any]:
    return {
        "id": row[0],
        "ticketId": row[1],
        "parentCommentId": row[2],
        "userId": row[3],
        "userName": row[4],
        "isStaff": bool(row[5]),
        "text": row[6],
        "attachmentUrls": links.get(row[0], []),
        "createdAt": _moment(row[7]),
        "replyCount": row[8],
    }


def _moment(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.replace(" ", "T") + "Z"
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
