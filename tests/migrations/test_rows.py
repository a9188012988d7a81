"""Ten thousand tickets go through up, down and up, and come out as they were."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from flask_support_tickets.services import check_counters

from .migrated import MigratedHost

TICKETS = 10_000
_START = datetime(2026, 1, 1, 12, 30, 15, 123_456, tzinfo=UTC)
#: What stands in a text; each ticket has one of them, and each fourth byte of UTF-8 is tried.
_WORDS = ("printer", "Straße", "日本語", "fire 🔥", "naïve\nline")

Rows = list[dict[str, Any]]


def _tickets() -> Rows:
    return [
        {
            "id": number,
            "subject": f"Ticket {number}: {_WORDS[number % 5][:6].strip()}",
            "description": f"{_WORDS[number % 5]} " * 20,
            "department": None if number % 3 else "Sales",
            "status": number % 4,
            "comment_count": 2,
            "thread_count": 1,
            "attachment_count": 1,
            "version": 2,
            "created_at": _START + timedelta(seconds=number),
            "updated_at": _START + timedelta(seconds=number, microseconds=1),
            "resolved_at": _START + timedelta(days=1, seconds=number) if number % 4 > 1 else None,
            "closed_at": _START + timedelta(days=2, seconds=number) if number % 4 > 2 else None,
            "user_id": 1 + number % 2,
            "assigned_to_user_id": 1 if number % 4 else None,
        }
        for number in range(1, TICKETS + 1)
    ]


def _comments() -> Rows:
    rows = []
    for number in range(1, 2 * TICKETS + 1):
        is_reply = number % 2 == 0
        rows.append(
            {
                "id": number,
                "parent_comment_id": number - 1 if is_reply else None,
                "root_comment_id": number - 1 if is_reply else None,
                "depth": int(is_reply),
                "is_staff": is_reply,
                "text": f"Comment {number}: {_WORDS[number % 5]}",
                "reply_count": int(not is_reply),
                "attachment_count": 0,
                "created_at": _START + timedelta(minutes=number),
                "ticket_id": (number + 1) // 2,
                "user_id": 1,
            }
        )
    return rows


def _events() -> Rows:
    return [
        {
            "id": number,
            "action": "Open",
            "from_status": None,
            "to_status": number % 4,
            "created_at": _START + timedelta(seconds=number),
            "ticket_id": number,
            "comment_id": None,
            "user_id": 2,
            "assigned_to_user_id": None,
        }
        for number in range(1, TICKETS + 1)
    ]


def _attachments() -> Rows:
    return [
        {
            "id": number,
            "position": 0,
            "url": f"https://example.org/{number}",
            "storage_key": None,
            "has_preview": False,
            "created_at": _START + timedelta(seconds=number),
            "ticket_id": number,
            "comment_id": None,
            "user_id": 2,
        }
        for number in range(1, TICKETS + 1)
    ]


def _fill(host: MigratedHost, rows: dict[str, Rows]) -> None:
    """Write ``rows`` by table name, parents first."""
    with host.app.app_context(), host.db.engine.begin() as connection:
        for table in host.db.metadata.sorted_tables:
            if rows.get(table.name):
                connection.execute(sa.insert(table), rows[table.name])


def _dump(host: MigratedHost) -> dict[str, Rows]:
    """Return every row of ours, by table name."""
    with host.app.app_context(), host.db.engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(
                    sa.select(table).order_by(*table.primary_key)
                ).mappings()
            ]
            for table in host.db.metadata.sorted_tables
            if table.name.startswith("support_ticket")
        }


def _checksums(rows: dict[str, Rows]) -> dict[str, str]:
    return {
        name: hashlib.sha256("\n".join(map(repr, items)).encode()).hexdigest()
        for name, items in rows.items()
    }


def _find(host: MigratedHost, word: str) -> list[int]:
    client = host.app.test_client()
    client.post("/login", data={"username": "mona"})
    found = client.get("/api/tickets", query_string={"search": word}).json["data"]
    return [found["totalCount"], *(ticket["id"] for ticket in found["tickets"])]


def test_up_down_and_up_with_ten_thousand_tickets(make_host_with_users: Any) -> None:
    host = make_host_with_users()
    host.flask("db", "upgrade", "heads")
    shape = host.shape()
    people = [{"username": "mona", "role": "moderator"}, {"username": "bob", "role": "user"}]
    _fill(host, {"person": people})
    made = {"": _tickets(), "_comment": _comments(), "_event": _events()}
    rows = {f"support_ticket{name}": each for name, each in made.items()}
    _fill(host, {**rows, "support_ticket_attachment": _attachments()})
    host.flask("support-tickets", "init-db")  # counts them, and indexes their words
    first = _dump(host)
    found = _find(host, "strasse printer"), _find(host, "printer"), _find(host, "#77")
    assert [len(each) for each in first.values()].count(TICKETS) == 3
    assert len(first["support_ticket_comment"]) == 2 * TICKETS
    assert first["support_ticket_counter"]
    assert (found[0][0], found[1][0]) == (1_000, 1_000)
    assert 77 in found[2]

    host.flask("db", "downgrade", "support_tickets@base")
    assert set(host.shape()) == {"person", ""}
    with host.app.app_context():
        assert host.db.session.query(host.users.User).count() == len(people)
        host.db.session.remove()
    host.flask("db", "upgrade", "heads")
    assert host.shape() == shape
    _fill(host, first)
    host.flask("support-tickets", "init-db")

    assert _checksums(_dump(host)) == _checksums(first)
    assert (_find(host, "strasse printer"), _find(host, "printer"), _find(host, "#77")) == found
    host.flask("db", "check")
    with host.app.app_context():
        assert check_counters() == []
        host.db.session.remove()
