"""10,000 tickets lose nothing on the way from revision 0001 to the newest one, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from benchmarks.data import REPLIES, SEARCHED_WORD, THREADS, Generator, Scale, make_users
from flask_support_tickets import prepare_sqlite
from flask_support_tickets.models.counter import BLOCK_SIZE, COUNT_COLUMNS
from flask_support_tickets.services.search.availability import index_to_write
from flask_support_tickets.services.search.tokenizer import MARKER, tokenize

from ..databases import every_database
from .migrated import MigratedHost
from .test_batch import execute, made_by

COUNT = 10_000
SCALE = Scale(COUNT)
OLD = "support_tickets_0001"
#: One ticket in a hundred contains the word, and the newest ticket is deleted.
FOUND = list(range(COUNT - 63, 0, -100))


def fill(connection: sa.Connection, users: sa.Table) -> None:
    """Insert tickets with threads, events, files, links, read markers and submissions."""
    connection.execute(sa.insert(users), make_users(SCALE))
    tables = old_tables(connection)
    for rows in Generator(SCALE).batches():
        for name, table in list(tables.items())[:4]:
            insert(connection, table, rows[name])
        insert(connection, tables["seen"], list(seen_markers(rows["ticket"])))
        insert(connection, tables["submission"], list(submissions(rows["ticket"])))
        texts = [(row["id"], row["subject"], row["description"]) for row in rows["ticket"]]
        index = index_to_write()
        assert index is not None
        index.add([(number, tokenize(*each) | {MARKER}) for number, *each in texts])
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            if "id" in table.c:
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                connection.execute(sa.select(sa.func.setval(sequence, sa.func.max(table.c.id))))
    ticket = tables["ticket"].c
    block = (ticket.id // BLOCK_SIZE).label("block")
    counts = (sa.func.sum(sa.case((ticket.status == each, 1), else_=0)) for each in range(4))
    query = sa.select(block, sa.literal(0), *counts, sa.func.sum(ticket.version)).group_by(block)
    names = ["block", "slot", *COUNT_COLUMNS, "change_count"]
    connection.execute(
        sa.insert(tables["counter"]).from_select(names, query.where(ticket.id < COUNT))
    )


def old_tables(connection: sa.Connection) -> dict[str, sa.Table]:
    """Return the tables as they are in the database, in the order to fill them."""
    names = ("ticket", "comment", "event", "attachment", "seen", "submission", "counter")
    metadata = sa.MetaData()
    return {
        name: sa.Table(
            "support_ticket" if name == "ticket" else f"support_ticket_{name}",
            metadata,
            autoload_with=connection,
            resolve_fks=False,
        )
        for name in names
    }


def insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows with the columns that the table has. Every third attachment is an upload."""
    if table.name == "support_ticket_attachment":
        rows = [with_file(row) for row in rows]
    elif table.name == "support_ticket_event":
        rows = [{**row, "assigned_to_user_id": None} for row in rows]
    if rows:
        given = [{key: value for key, value in row.items() if key in table.c} for row in rows]
        connection.execute(sa.insert(table), given)


def with_file(row: dict[str, Any]) -> dict[str, Any]:
    columns = ("url", "storage_key", "filename", "content_type", "size", "sha256")
    number, empty = row["id"], {**dict.fromkeys(columns), "has_preview": False}
    if number % 3:
        return {**row, **empty, "url": row["url"]}
    file = (None, f"{number:032x}", "Größe.png", "image/png", number, "0" * 64)
    return {**row, **dict(zip(columns, file, strict=True)), "has_preview": number % 2 == 0}


def seen_markers(tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in tickets:
        if row["staff_comment_count"]:
            yield {"id": row["id"], "ticket_id": row["id"], "user_id": row["user_id"],
                   "staff_comments": 1, "owner_comments": 0}  # fmt: skip


def submissions(tickets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in tickets[::7]:
        yield {"id": row["id"], "user_id": row["user_id"], "mark": f"mark {row['id']}",
               "content_hash": "0" * 64, "answer": "{}", "created_at": row["created_at"],
               "ticket_id": row["id"], "comment_id": None}  # fmt: skip


def digests(host: MigratedHost, columns: dict[str, list[str]]) -> dict[str, tuple[int, str]]:
    """Return the number of rows and a digest of all values, by table."""
    found = {}
    with host.app.app_context(), host.db.engine.connect() as connection:
        for name, names in columns.items():
            table = sa.table(name, *map(sa.column, names))
            rows = connection.execute(sa.select(table)).all()
            texts = sorted(repr([plain(value) for value in row]) for row in rows)
            found[name] = len(texts), sha256("\n".join(texts).encode()).hexdigest()
    return found


def plain(value: Any) -> Any:
    """Return a time in one form, whatever the database's driver makes of its zone."""
    return value.isoformat() if isinstance(value, datetime) else value


def columns_of(host: MigratedHost) -> dict[str, list[str]]:
    """Return the names of the columns of each of our tables, the search index included.

    On SQLite, the rows of the index are in other tables than the one that is searched.
    """
    with host.app.app_context(), host.db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if name.startswith("support_ticket")]
        if connection.dialect.name == "sqlite":
            names.remove("support_ticket_words")
        return {name: [each["name"] for each in inspector.get_columns(name)] for name in names}


@pytest.fixture
def old_host(make_host_with_users: Any, tmp_path: Any) -> MigratedHost:
    """Return a host at revision 0001 with tickets, of which the newest is deleted."""
    host: MigratedHost = make_host_with_users(SUPPORT_TICKETS_STORAGE=f"file://{tmp_path}/files")
    with host.app.app_context():
        prepare_sqlite(host.db)
        host.db.engine.dispose()
    host.flask("db", "upgrade", OLD)
    with host.app.test_request_context():
        fill(host.db.session.connection(), host.users.User.__table__)
        host.db.session.commit()
    execute(host, f"DELETE FROM support_ticket WHERE id = {COUNT}")
    return host


@pytest.mark.slow
@every_database
def test_ten_thousand_tickets_survive_the_way_up_and_down(
    old_host: MigratedHost, database: str
) -> None:
    host = old_host
    columns, shape = columns_of(host), host.shape()
    made = made_by(host) if database == "sqlite" else {}
    old = digests(host, columns)
    assert old["support_ticket"][0] == COUNT - 1
    assert all(count for count, _ in old.values()), old
    host.flask("db", "upgrade", "heads")
    assert digests(host, columns) == old
    host.flask("db", "check")
    host.flask("db", "downgrade", OLD)
    assert digests(host, columns) == old
    assert (columns_of(host), host.shape()) == (columns, shape)
    assert (made_by(host) if database == "sqlite" else {}).keys() == made.keys()
    host.flask("db", "upgrade", "heads")
    host.flask("support-tickets", "check-counters")
    check_app(host)


def check_app(host: MigratedHost) -> None:
    """Read and write tickets, as staff do."""
    admin = Admin(host.app, theme=Bootstrap4Theme())
    host.tickets.attach_admin(host.app, admin)
    client = host.app.test_client()
    client.post("/login", data={"username": "user1"})
    queue = client.get("/admin/tickets/?status=Closed")
    assert (queue.status_code, queue.text.count("data-ticket-id")) == (200, 20)
    assert client.get(f"/admin/tickets/{SCALE.thread_id}").status_code == 200
    ticket = client.get(f"/api/tickets/{SCALE.thread_id}").json["data"]
    assert ticket["commentCount"] == THREADS + REPLIES
    search = client.get(f"/api/tickets?search={SEARCHED_WORD}&pageSize=100").json["data"]
    assert [each["id"] for each in search["tickets"]] == FOUND
    assert {each["priorityName"] for each in search["tickets"]} == {"Normal"}
    body = {"subject": "A new one", "description": "With a new word: zebra."}
    assert client.post("/api/tickets", json=body).json["data"]["id"] == COUNT + 1
    assert client.get("/api/tickets?search=zebra").json["data"]["totalCount"] == 1
    listed = client.get("/api/tickets").json["data"]
    assert (listed["totalCount"], listed["tickets"][1]["id"]) == (COUNT, COUNT - 1)
