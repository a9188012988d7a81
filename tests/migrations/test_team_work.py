"""Revisions 0002 and 0003 lose nothing of a database with tickets, in either direction."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from flask_support_tickets import Action, actor_for, prepare_sqlite, unit_of_work
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    Upload,
    add_comment,
    check_counters,
    edit_ticket,
    open_ticket,
    transition_ticket,
    with_files,
)

from ..databases import every_database
from .migrated import MigratedHost
from .test_batch import execute, made_by

COUNT = 300
TEXT = b"It burns."
MOVES = (Action.StartProgress, Action.MarkAsResolved, Action.Close)


def fill(host: MigratedHost) -> None:
    """Open tickets in all statuses, with threads and files."""
    for username, role in (("alice", "user"), ("mona", "moderator")):
        host.db.session.add(host.users.User(username=username, role=role))
    host.db.session.commit()
    alice, mona = (actor_for(host.db.session.get(host.users.User, key)) for key in (1, 2))
    for number in range(COUNT):
        given = {"subject": f"Printer {number}", "description": "Smoke 🔥"}
        file = Upload("note.txt", io.BytesIO(TEXT), len(TEXT), sha256(TEXT).hexdigest())
        uploads = [file] if number % 10 == 0 else []
        ticket_id = with_files(open_ticket, uploads=uploads, actor=alice, **given).id
        for move in MOVES[: number % 4]:
            unit_of_work(transition_ticket, actor=mona, ticket_id=ticket_id, action=move)
            if move is Action.StartProgress and number % 3 == 0:
                top = unit_of_work(add_comment, actor=mona, ticket_id=ticket_id, text="Look").id
                reply = {"text": "Gone", "parent_comment_id": top}
                unit_of_work(add_comment, actor=alice, ticket_id=ticket_id, **reply)


def rows_of(host: MigratedHost) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each of our tables with the columns that the database has."""
    metadata = sa.MetaData()
    with host.app.app_context(), host.db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        ours = [name for name in names if name.startswith("support_ticket")]
        ours = [name for name in ours if not name.startswith("support_ticket_words")]
        metadata.reflect(connection, only=ours)
        return {
            name: [
                dict(row)
                for row in connection.execute(
                    sa.select(table).order_by(*table.primary_key)
                ).mappings()
            ]
            for name, table in metadata.tables.items()
            if name in ours
        }


@every_database
def test_tickets_survive_the_way_to_priorities_and_back(
    make_host_with_users: Any, database: str, tmp_path: Any
) -> None:
    host = make_host_with_users(SUPPORT_TICKETS_STORAGE=f"file://{tmp_path}/files")
    with host.app.app_context():
        prepare_sqlite(host.db)
        host.db.engine.dispose()
    host.flask("db", "upgrade", "heads")
    with host.app.test_request_context():
        fill(host)
    now, made = host.shape(), made_by(host) if database == "sqlite" else {}
    host.flask("db", "downgrade", "support_tickets_0001")
    old = rows_of(host)
    assert len(old["support_ticket"]) == COUNT
    assert {row["status"] for row in old["support_ticket"]} == {0, 1, 2, 3}
    assert old["support_ticket_comment"]
    assert old["support_ticket_attachment"]
    assert "priority" not in old["support_ticket"][0]
    execute(host, f"DELETE FROM support_ticket WHERE id = {COUNT}")
    old = rows_of(host)
    for _ in range(2):
        host.flask("db", "upgrade", "heads")
        assert host.shape() == now
        new = rows_of(host)
        for name, rows in old.items():
            assert [{key: row[key] for key in rows[0]} for row in new[name]] == rows, name
        assert {row["priority"] for row in new["support_ticket"]} == {1}
        assert {row["note_count"] for row in new["support_ticket"]} == {0}
        assert {bool(row["is_internal"]) for row in new["support_ticket_comment"]} == {False}
        host.flask("db", "downgrade", "support_tickets_0001")
        assert rows_of(host) == old
    host.flask("db", "upgrade", "heads")
    host.flask("db", "check")
    if database == "sqlite":
        assert made_by(host).keys() == made.keys()
        assert "AUTOINCREMENT" in made_by(host)["support_ticket"]
    client = host.app.test_client()
    client.post("/login", data={"username": "mona"})
    found = client.get("/api/tickets?search=printer").json["data"]
    assert (found["totalCount"], found["tickets"][0]["id"]) == (COUNT - 1, COUNT - 1)
    with host.app.test_request_context():
        alice = actor_for(host.db.session.get(host.users.User, 1))
        given = {"subject": "Next", "description": "D"}
        assert unit_of_work(open_ticket, actor=alice, **given).id == COUNT + 1


@every_database
def test_notes_are_deleted_on_the_way_to_a_version_that_would_show_them(
    make_host_with_users: Any, tmp_path: Any
) -> None:
    """Rule A4."""
    host = make_host_with_users(SUPPORT_TICKETS_STORAGE=f"file://{tmp_path}/files")
    host.flask("db", "upgrade", "heads")
    with host.app.test_request_context():
        for username, role in (("alice", "user"), ("mona", "moderator")):
            host.db.session.add(host.users.User(username=username, role=role))
        host.db.session.commit()
        alice, mona = (actor_for(host.db.session.get(host.users.User, key)) for key in (1, 2))
        ticket = unit_of_work(open_ticket, actor=alice, subject="Lamp", description="D")
        start = {"ticket_id": ticket.id, "action": Action.StartProgress}
        unit_of_work(transition_ticket, actor=mona, **start)
        comment = {"actor": mona, "ticket_id": ticket.id, "text": "Public"}
        note = {**comment, "text": "Secret", "is_internal": True}
        note["attachment_urls"] = ["https://example.org/secret"]
        public = unit_of_work(add_comment, **comment).id
        secret = unit_of_work(add_comment, **note).id
        for parent in (public, secret):
            unit_of_work(add_comment, **note, parent_comment_id=parent)
        unit_of_work(edit_ticket, actor=mona, ticket_id=ticket.id, tags=["secret"])
    host.flask("db", "downgrade", "support_tickets_0001")
    rows = rows_of(host)
    assert "ecret" not in str(rows)
    [row], [kept] = rows["support_ticket"], rows["support_ticket_comment"]
    counts = [row[name] for name in ("comment_count", "staff_comment_count", "thread_count")]
    assert (counts, kept["text"], kept["reply_count"]) == ([1, 1, 1], "Public", 0)
    assert [event["action"] for event in rows["support_ticket_event"]] == [
        "Open", "StartProgress", "Comment",
    ]  # fmt: skip
    assert rows["support_ticket_attachment"] == []
    host.flask("db", "upgrade", "heads")
    with host.app.test_request_context():
        assert check_counters() == []


@every_database
def test_only_presence_is_lost_on_the_way_down_from_it(
    make_host_with_users: Any, tmp_path: Any
) -> None:
    host = make_host_with_users(SUPPORT_TICKETS_STORAGE=f"file://{tmp_path}/files")
    host.flask("db", "upgrade", "heads")
    with host.app.test_request_context():
        fill(host)
        presence = sa.Table("support_ticket_presence", host.db.metadata)
        row = {"ticket_id": 1, "user_id": 2, "is_replying": True, "seen_at": utc_now()}
        host.db.session.execute(sa.insert(presence), row)
        host.db.session.commit()
    shape, rows = host.shape(), rows_of(host)
    assert rows.pop("support_ticket_presence")
    host.flask("db", "downgrade", "support_tickets_0002")
    assert "support_ticket_presence" not in host.shape()
    host.flask("db", "upgrade", "heads")
    assert host.shape() == shape
    assert rows_of(host) == {**rows, "support_ticket_presence": []}
    host.flask("db", "check")
