"""What the database refuses by itself, and how keys and columns behave."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from flask_support_tickets import TicketStatus
from flask_support_tickets.models import UserKey, UtcDateTime, utc_now
from flask_support_tickets.models.types import LongText
from flask_support_tickets.models.user_key import parse_id

from ..databases import every_database
from ..host import db, tickets


def is_refused(row):
    """Whether the database refuses a row. PyMySQL raises its own kind of error for a CHECK."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sa.text("PRAGMA foreign_keys=ON"))
    db.session.add(row)
    try:
        db.session.flush()
    except (IntegrityError, OperationalError):
        return True
    finally:
        db.session.rollback()
    return False


@every_database
def test_database_refuses_ticket_with_impossible_status_or_count(app):
    now = utc_now()
    row = {"subject": "S", "description": "D", "created_at": now, "updated_at": now}
    assert not is_refused(tickets.Ticket(**row))
    for columns in ({"status": 4}, {"status": -1}, {"comment_count": -1}):
        assert is_refused(tickets.Ticket(**row, **columns)), columns


@every_database
def test_database_refuses_reply_without_root_or_on_another_ticket(mona, make_ticket, make_comment):
    one, other = (make_ticket(TicketStatus.InProgress) for _ in "ab")
    parent = make_comment(one, mona).id
    ids = one.id, other.id
    row = {"parent_comment_id": parent, "depth": 1, "text": "T", "created_at": utc_now()}
    for ticket_id, root, refused in (
        (ids[0], parent, False),
        (ids[0], None, True),
        (ids[1], parent, True),
    ):
        reply = tickets.TicketComment(ticket_id=ticket_id, root_comment_id=root, **row)
        assert is_refused(reply) is refused


@every_database
def test_id_of_a_deleted_ticket_is_not_used_again(make_ticket):
    last = make_ticket().id
    db.session.execute(db.delete(tickets.TicketEvent))
    db.session.execute(db.delete(tickets.Ticket))
    db.session.commit()
    assert make_ticket().id > last


@every_database
def test_user_with_the_id_of_a_deleted_user_inherits_no_tickets(
    client_of, bob, make_user, make_ticket
):
    """Case 118."""
    make_ticket(owner=bob)
    freed = bob.id
    db.session.delete(bob)
    db.session.commit()
    heir = make_user("heir", id=freed)
    assert client_of(heir).get("/api/tickets").json["data"]["totalCount"] == 0


@every_database
def test_times_come_back_aware_and_exact(make_ticket):
    ticket = make_ticket()
    stored = ticket.created_at
    db.session.expire_all()
    assert ticket.created_at == stored
    assert ticket.created_at.utcoffset().total_seconds() == 0
    assert UtcDateTime().compile(dialect=mysql.dialect()) == "DATETIME(6)"
    assert LongText.compile(dialect=mysql.dialect()) == "MEDIUMTEXT"


def test_time_without_a_zone_is_refused(app):
    row = {"subject": "S", "description": "D", "updated_at": utc_now()}
    db.session.add(tickets.Ticket(created_at=datetime(2026, 1, 1), **row))
    with pytest.raises(StatementError, match="without a zone"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("2026-02-03 04:05:06.000070", datetime(2026, 2, 3, 4, 5, 6, 70, UTC)),
        ("2026-02-03 04:05:06", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-02-03", datetime(2026, 2, 3, tzinfo=UTC)),
        ("2026-02-03 04:05:06+02:00", datetime(2026, 2, 3, 2, 5, 6, tzinfo=UTC)),
    ],
)
def test_time_written_by_hand_into_sqlite_is_read(written, time):
    with sa.create_engine("sqlite://").connect() as connection:
        column = sa.literal_column(f"'{written}'", UtcDateTime)
        assert connection.scalar(sa.select(column)) == time


def key_of(type_):
    """Return the key of a user model whose id has a type."""
    model = type("Model", (db.Model,), {"__abstract__": True})
    column = sa.Column("id", type_, primary_key=True)
    model.__mapper__ = type("Mapper", (), {"primary_key": (column,)})
    return UserKey(model)


UUID = uuid.UUID("6f1c2e9a-1d2b-4c3d-8e4f-5a6b7c8d9e0f")


@pytest.mark.parametrize(
    ("type_", "value", "in_json", "wrong"),
    [
        (sa.Integer(), 5, 5, (True, 1.0, "1", 2**63, None)),
        (
            sa.Uuid(),
            UUID,
            str(UUID),
            (str(UUID).upper(), UUID.hex, f"{{{UUID}}}", "x", 5, None, ""),
        ),
        (sa.String(20), "u-1", "u-1", ("", "x" * 256, "a\x00", "a\ud800", 1, None)),
    ],
)
def test_user_key_is_read_only_in_the_form_that_is_written(type_, value, in_json, wrong):
    """Rule J2."""
    key = key_of(type_)
    assert key.to_json(value) == in_json
    assert key.from_json(in_json) == key.from_text(str(in_json)) == value
    assert [key.from_json(each) for each in wrong] == [None] * len(wrong)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("0", None),
        ("01", None), ("", None), ("-1", None), ("+1", None), ("1_0", None), ("１", None),
        ("²", None), (" 1", None), ("1" * 20, None),
    ],
)  # fmt: skip
def test_id_is_ascii_digits_without_a_leading_zero(text, number):
    """Rule J3. Case 86."""
    assert parse_id(text) == number
