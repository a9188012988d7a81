"""The floor: what is physically possible in Python with hand-written SQL and a minimal Flask.

It has its own tables for totals and a search index, and renders minimal HTML.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, abort, g, request, session
from markupsafe import escape
from sqlalchemy import make_url

from ..contestant import SECRET_KEY, Contestant
from ..data import Scale
from ..tasks import COUNT_MAX, PAGE_SIZE
from .idiomatic import ACTIONS, STATUSES, make_requests

_COLUMNS = """
SELECT t.id, t.subject, t.description, t.department, t.user_id, u.username, t.status,
  t.created_at, t.updated_at, t.resolved_at, t.closed_at, t.assigned_to_user_id, a.username,
  t.comment_count
FROM support_ticket t
LEFT JOIN host_user u ON u.id = t.user_id LEFT JOIN host_user a ON a.id = t.assigned_to_user_id
"""
_KEYS = (
    *("id", "subject", "description", "department", "userId", "userName", "status", "createdAt"),
    *("updatedAt", "resolvedAt", "closedAt", "assignedToUserId", "assignedToName", "commentCount"),
)
_LINKS = """
SELECT ticket_id, url FROM support_ticket_attachment
WHERE ticket_id IN ({}) AND comment_id IS NULL ORDER BY ticket_id, position
"""
_COMMENT_LINKS = """
SELECT comment_id, url FROM support_ticket_attachment
WHERE comment_id IN ({}) ORDER BY comment_id, position
"""
_COMMENTS = """
SELECT c.parent_comment_id, c.id, c.is_staff, c.text, c.created_at, u.username
FROM support_ticket_comment c LEFT JOIN host_user u ON u.id = c.user_id
WHERE c.ticket_id = ? ORDER BY c.id
"""
_COUNT_COMMENT = """
UPDATE support_ticket SET comment_count = comment_count + 1, thread_count = thread_count + 1,
  version = version + 1, updated_at = ?
WHERE id = ? AND status = 1 RETURNING id
"""
_ADD_COMMENT = """
INSERT INTO support_ticket_comment (ticket_id, user_id, is_staff, text, created_at, depth,
  reply_count, attachment_count)
VALUES (?, ?, ?, ?, ?, 0, 0, 0) RETURNING id
"""
_ADD_EVENT = """
INSERT INTO support_ticket_event (ticket_id, comment_id, user_id, action, from_status, to_status,
  created_at) VALUES (?, ?, ?, 'Comment', 1, 1, ?)
"""
_ALL_TEXTS = """
SELECT t.id, t.subject || ' ' || t.description || ' ' || coalesce(c.texts, '') AS texts
FROM support_ticket t LEFT JOIN
  (SELECT ticket_id, {join}(text, ' ') AS texts FROM support_ticket_comment GROUP BY ticket_id) c
ON c.ticket_id = t.id
"""
_TOTALS = "SELECT status, count(*) AS total FROM support_ticket GROUP BY status"
_PREPARE_WORDS = {
    True: [
        "CREATE VIRTUAL TABLE floor_words USING fts5(texts)",
        f"INSERT INTO floor_words (rowid, texts) {_ALL_TEXTS.format(join='group_concat')}",
    ],
    False: [
        "CREATE TABLE floor_words AS SELECT id, to_tsvector('simple', texts) AS words"
        f" FROM ({_ALL_TEXTS.format(join='string_agg')}) all_texts",
        "ALTER TABLE floor_words ADD PRIMARY KEY (id)",
        "CREATE INDEX floor_words_index ON floor_words USING gin (words)",
        "ANALYZE floor_words",
    ],
}
#: How to find tickets by a word, and how to add words to one; for SQLite or not.
_FIND_WORDS = {
    True: "SELECT rowid AS id FROM floor_words WHERE floor_words MATCH ?",
    False: "SELECT id FROM floor_words WHERE words @@ plainto_tsquery('simple', ?)",
}
_ADD_WORDS = {
    True: "UPDATE floor_words SET texts = texts || ' ' || ? WHERE rowid = ?",
    False: "UPDATE floor_words SET words = words || to_tsvector('simple', ?) WHERE id = ?",
}


class Database:
    """One open connection, and the statements it has been sent while somebody collects them."""

    def __init__(self, uri: str) -> None:
        url = make_url(uri)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._collected: list[str] | None = None
        if self.is_sqlite:
            self._connection: Any = sqlite3.connect(str(url.database), isolation_level=None)
            for pragma in ("busy_timeout = 5000", "foreign_keys = ON", "synchronous = NORMAL"):
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            import psycopg

            address = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(address, autocommit=True, options="-c timezone=UTC")

    def all(self, query: str, values: Any = ()) -> list[Any]:
        """Return the rows of a query whose values are marked by ``?``."""
        return list(self.run(query, values).fetchall())

    def run(self, query: str, values: Any = ()) -> Any:
        """Send a statement and return the cursor."""
        if self._collected is not None:
            self._collected.append(query)
        if not self.is_sqlite:
            query = query.replace("?", "%s")
        return self._connection.execute(query, values)

    def moment(self) -> Any:
        """Return the time as the database takes it."""
        now = datetime.now(UTC)
        return now.replace(tzinfo=None).isoformat(" ", "microseconds") if self.is_sqlite else now

    @contextmanager
    def collect(self) -> Iterator[list[str]]:
        """Collect the statements that are sent inside."""
        self._collected = []
        yield self._collected
        self._collected = None


def create_app(database: Database) -> Flask:
    """Return the app; its session is Flask's, and the user comes by one statement."""
    app = Flask("floor")
    app.config["SECRET_KEY"] = SECRET_KEY

    def answer(data: Any, status: int = 200) -> Any:
        body = orjson.dumps({"success": True, "data": data})
        return app.response_class(body, status, mimetype="application/json")

    @app.before_request
    def load_user() -> None:
        query = "SELECT id, username, role FROM host_user WHERE id = ?"
        rows = database.all(query, (int(session.get("_user_id", 0)),))
        g.user = rows[0] if rows else abort(401)
        if g.user[2] != "moderator" and request.endpoint != "show_thread":
            abort(403)

    @app.get("/tickets")
    def list_tickets() -> Any:
        rows, total, links = find_tickets(database)
        shown = [ticket_as_json(row, links) for row in rows[:PAGE_SIZE]]
        return answer({"tickets": shown, "totalCount": total, "hasMore": len(rows) > PAGE_SIZE})

    @app.get("/queue")
    def show_queue() -> Any:
        rows, total, _ = find_tickets(database)
        cells = [
            f'<tr><td>{row[0]}<td><a href="/tickets/{row[0]}">{escape(row[1])}</a>'
            f"<td>{escape(row[2][:80])}<td>{STATUSES[row[6]]}<td>{escape(row[3] or '')}"
            f"<td>{escape(row[5])}<td>{escape(row[12] or '')}<td>{row[13]}<td>{row[7]}"
            for row in rows[:PAGE_SIZE]
        ]
        return f"<h1>Tickets ({total})</h1><table>{''.join(cells)}</table>"

    @app.get("/tickets/<int:ticket_id>")
    def get_ticket(ticket_id: int) -> Any:
        [row] = database.all(f"{_COLUMNS} WHERE t.id = ?", (ticket_id,)) or abort(404)
        return answer(ticket_as_json(row, find_links(database, _LINKS, [ticket_id])))

    @app.get("/tickets/<int:ticket_id>/page")
    def show_thread(ticket_id: int) -> Any:
        query = "SELECT subject, description, user_id FROM support_ticket WHERE id = ?"
        [ticket] = database.all(query, (ticket_id,)) or abort(404)
        if g.user[2] != "moderator" and ticket[2] != g.user[0]:
            abort(404)
        return render_thread(database, ticket_id, ticket)

    @app.post("/comments")
    def post_comment() -> Any:
        sent = orjson.loads(request.get_data())
        if not 0 < len(sent["text"]) <= 20_000:
            abort(422)
        comment = add_comment(database, sent["ticketId"], sent["text"])
        return answer(comment, 201) if comment else answer(None, 409)

    return app


def find_tickets(database: Database) -> tuple[list[Any], int, dict[int, list[str]]]:
    """Return the rows of a page and one more, the total, and links by ticket."""
    page, status = request.args.get("page", 1, type=int), request.args.get("status")
    if word := request.args.get("search"):
        rows, total = search_tickets(database, word)
    else:
        where, values = ("WHERE t.status = ?", [STATUSES.index(status)]) if status else ("", [])
        query = f"SELECT sum(total) FROM floor_total t {where}"
        total = int(database.all(query, values)[0][0] or 0)
        before = (page - 1) * PAGE_SIZE
        if before < total // 2:
            part = f"ORDER BY t.id DESC LIMIT {PAGE_SIZE + 1} OFFSET {before}"
            rows = database.all(f"{_COLUMNS} {where} {part}", values)
        else:  # from the other end
            after = max(0, total - before - PAGE_SIZE - 1)
            part = f"ORDER BY t.id LIMIT {max(0, total - before - after)} OFFSET {after}"
            rows = database.all(f"{_COLUMNS} {where} {part}", values)[::-1]
    return rows, total, find_links(database, _LINKS, [row[0] for row in rows[:PAGE_SIZE]])


def search_tickets(database: Database, word: str) -> tuple[list[Any], int]:
    """Return the newest tickets with a word, and their number up to a limit."""
    found = _FIND_WORDS[database.is_sqlite]
    count = f"SELECT count(*) FROM ({found} LIMIT {COUNT_MAX}) found"
    [[total]] = database.all(count, (word,))
    newest = f"SELECT id FROM ({found}) found ORDER BY id DESC LIMIT {PAGE_SIZE + 1}"
    return database.all(f"{_COLUMNS} WHERE t.id IN ({newest}) ORDER BY t.id DESC", (word,)), total


def find_links(database: Database, query: str, ids: list[int]) -> dict[int, list[str]]:
    """Return the attached URLs by ticket, or by comment."""
    links: dict[int, list[str]] = {}
    for owner, url in database.all(query.format(", ".join("?" * len(ids)) or "NULL"), ids):
        links.setdefault(owner, []).append(url)
    return links


def render_thread(database: Database, ticket_id: int, ticket: Any) -> str:
    """Return the page of a ticket with its comments, replies below what they reply to."""
    rows = database.all(_COMMENTS, (ticket_id,))
    links = find_links(database, _COMMENT_LINKS, [row[1] for row in rows])
    replies: dict[int | None, list[Any]] = {}
    for parent, *comment in rows:
        replies.setdefault(parent, []).append(comment)

    def render(key: int, is_staff: bool, text: str, at: Any, username: str) -> str:
        files = [f'<a href="{escape(url)}">{escape(url)}</a>' for url in links.get(key, ())]
        below = "".join([render(*reply) for reply in replies.get(key, ())])
        return (
            f'<article id="comment-{key}"><h2>{escape(username)}{" (staff)" if is_staff else ""}'
            f"</h2><time>{at}</time><p>{escape(text)}</p>{''.join(files)}"
            f'<a href="?reply={key}">Reply</a>{below}</article>'
        )

    thread = "".join([render(*comment) for comment in replies.get(None, ())])
    return f"<h1>{escape(ticket[0])}</h1><p>{escape(ticket[1])}</p>{thread}"


def add_comment(database: Database, ticket_id: int, text: str) -> dict[str, Any] | None:
    """Write a comment, its event, its words and the ticket's counts in one transaction."""
    user_id, username, role = g.user
    now, is_staff = database.moment(), role == "moderator"
    database.run("BEGIN IMMEDIATE" if database.is_sqlite else "BEGIN")
    if not database.all(_COUNT_COMMENT, (now, ticket_id)):
        database.run("ROLLBACK")
        return None
    [[key]] = database.all(_ADD_COMMENT, (ticket_id, user_id, is_staff, text, now))
    database.run(_ADD_EVENT, (ticket_id, key, user_id, now))
    database.run(_ADD_WORDS[database.is_sqlite], (text, ticket_id))
    database.run("COMMIT")
    user = {"userId": user_id, "userName": username, "isStaff": is_staff}
    content = {"text": text, "attachmentUrls": [], "createdAt": moment_as_json(now)}
    place = {"id": key, "ticketId": ticket_id, "parentCommentId": None, "replyCount": 0}
    return {**place, **user, **content}


def ticket_as_json(row: Any, links: dict[int, list[str]]) -> dict[str, Any]:
    """Return a ticket as the API of our package does."""
    ticket = dict(zip(_KEYS, row, strict=True))
    for key in ("createdAt", "updatedAt", "resolvedAt", "closedAt"):
        ticket[key] = moment_as_json(ticket[key])
    ticket["attachmentUrls"] = links.get(row[0], [])
    ticket["statusName"] = STATUSES[ticket["status"]]
    ticket["allowedActions"] = ACTIONS[ticket["status"]]
    return ticket


def moment_as_json(value: Any) -> Any:
    """Return a time as orjson takes it: SQLite has it as text."""
    return f"{value.replace(' ', 'T')}Z" if isinstance(value, str) else value


def prepare(uri: str, scale: Scale) -> None:
    """Create and fill the floor's own tables."""
    database = Database(uri)
    for statement in [
        f"CREATE TABLE floor_total AS {_TOTALS}",
        *_PREPARE_WORDS[database.is_sqlite],
    ]:
        database.run(statement)


def create(uri: str, scale: Scale) -> Contestant:
    """Return the contestant."""
    database = Database(uri)
    return Contestant(create_app(database), make_requests(scale, 2), database.collect)
