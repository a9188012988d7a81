"""What the database itself refuses, and how keys and columns behave."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import IntegrityError, OperationalError

from flask_support_tickets import TicketStatus
from flask_support_tickets.models import UserKey, UtcDateTime, utc_now
from flask_support_tickets.models.types import LongText
from flask_support_tickets.models.user_key import parse_id

from ..host import db, tickets


def refuse(row):
    if db.engine.dialect.name == "sqlite":
        db.session.execute(sqlalchemy.text("PRAGMA foreign_keys=ON"))
    db.session.add(row)
    # PyMySQL takes MariaDB's number for a violated check for one of operation.
    mariadb = (IntegrityError, OperationalError)
    with pytest.raises(mariadb if db.engine.dialect.name == "mysql" else IntegrityError):
        db.session.flush()
    db.session.rollback()


class TestConstraints:
    @pytest.mark.parametrize("columns", [{"status": 4}, {"status": -1}, {"comment_count": -1}])
    def test_a_ticket_has_one_of_four_statuses(self, app, columns):
        now = utc_now()
        refuse(
            tickets.Ticket(subject="S", description="D", created_at=now, updated_at=now, **columns)
        )

    def test_a_reply_is_of_the_same_ticket_as_its_parent(self, mona, make_ticket, make_comment):
        first, second = (make_ticket(TicketStatus.InProgress) for _ in "ab")
        comment = make_comment(first, mona)
        reply = tickets.TicketComment(
            ticket_id=second.id,
            parent_comment_id=comment.id,
            root_comment_id=comment.id,
            depth=1,
            text="T",
            created_at=utc_now(),
        )
        db.session.rollback()
        refuse(reply)

    def test_a_reply_knows_its_root(self, mona, make_ticket, make_comment):
        ticket = make_ticket(TicketStatus.InProgress)
        comment = make_comment(ticket, mona)
        row = {"ticket_id": ticket.id, "text": "T", "created_at": utc_now()}
        db.session.rollback()
        refuse(tickets.TicketComment(parent_comment_id=comment.id, depth=1, **row))

    def test_an_id_is_never_used_twice(self, make_ticket):
        ticket = make_ticket()
        last = ticket.id
        db.session.execute(db.delete(tickets.TicketEvent))
        db.session.execute(db.delete(tickets.Ticket))
        db.session.commit()
        assert make_ticket().id > last


class TestDepartedUsers:
    def test_nobody_inherits_tickets_with_a_freed_id(
        self, client_of, alice, bob, make_user, make_ticket
    ):
        make_ticket(owner=bob)
        freed = bob.id
        db.session.delete(bob)
        db.session.commit()
        heir = make_user("heir", id=freed)
        assert client_of(heir).get("/api/tickets").json["data"]["totalCount"] == 0


class TestTypes:
    def test_mariadb_keeps_microseconds_and_long_text(self):
        dialect = mysql.dialect()
        assert UtcDateTime().compile(dialect=dialect) == "DATETIME(6)"
        assert LongText.compile(dialect=dialect) == "MEDIUMTEXT"

    @pytest.mark.parametrize(
        ("written", "moment"),
        [
            ("2026-02-03 04:05:06.000070", datetime(2026, 2, 3, 4, 5, 6, 70, UTC)),
            ("2026-02-03 04:05:06", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
            ("2026-02-03", datetime(2026, 2, 3, tzinfo=UTC)),
            ("2026-02-03 04:05:06+02:00", datetime(2026, 2, 3, 2, 5, 6, tzinfo=UTC)),
        ],
    )
    def test_a_moment_written_by_hand_into_sqlite_is_read(self, written, moment):
        with sqlalchemy.create_engine("sqlite://").connect() as connection:
            column = sqlalchemy.literal_column(f"'{written}'", UtcDateTime)
            assert connection.scalar(sqlalchemy.select(column)) == moment


class TestUserKeys:
    @pytest.fixture
    def keys(self):
        def make(type_):
            model = type("Model", (db.Model,), {"__abstract__": True})
            column = sqlalchemy.Column("id", type_, primary_key=True)
            mapper = type("Mapper", (), {"primary_key": (column,)})
            model.__mapper__ = mapper
            return UserKey(model)

        return make

    def test_uuids_are_hyphenated_lower_case_strings(self, keys):
        key, value = keys(sqlalchemy.Uuid()), uuid.uuid4()
        assert key.to_json(value) == str(value)
        assert key.from_json(str(value)) == key.from_text(str(value)) == value
        for wrong in (str(value).upper(), value.hex, f"{{{value}}}", "x", 5, None, ""):
            assert key.from_json(wrong) is None

    def test_strings_are_taken_as_they_are(self, keys):
        key = keys(sqlalchemy.String(20))
        assert key.to_json("u-1") == key.from_json("u-1") == key.from_text("u-1") == "u-1"
        for wrong in ("", "x" * 256, "a\x00", "a\ud800", 1, None):
            assert key.from_json(wrong) is None
        condition = key.equals(sqlalchemy.column("id"), "u-1")
        assert str(condition) == "id = :id_1"

    def test_integers_are_integers(self, keys):
        key = keys(sqlalchemy.Integer())
        assert key.from_json(5) == key.from_text("5") == 5
        for wrong in (True, 1.0, "1", 2**63, None):
            assert key.from_json(wrong) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("0", None),
        ("01", None), ("", None), ("-1", None), ("+1", None), ("1_0", None), ("１", None),
        ("²", None), (" 1", None), ("1" * 20, None),
    ],
)  # fmt: skip
def test_ids_are_ascii_digits(text, number):
    assert parse_id(text) == number
