"""``flask support-tickets``."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy

from flask_support_tickets import TicketStatus
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services.search_index import forget_state

from .host import db


@pytest.fixture
def run(app):
    def invoke(*arguments):
        return app.test_cli_runner().invoke(support_tickets_cli, [str(word) for word in arguments])

    return invoke


class TestInitDb:
    def test_creates_what_is_missing_and_keeps_what_is_there(self, run, make_ticket):
        make_ticket(subject="Kept")
        db.session.execute(sqlalchemy.text("DROP TABLE support_ticket_submission"))
        db.session.commit()
        assert run("init-db").exit_code == 0
        assert run("init-db").exit_code == 0
        assert sqlalchemy.inspect(db.engine).has_table("support_ticket_submission")
        assert "Kept" in run("list").output

    def test_fills_the_index_of_words_where_it_is_missing(self, run, make_ticket, monkeypatch):
        make_ticket(subject="Kept")
        words = current_tickets.models.words
        words.drop(db.session.connection())
        db.session.commit()
        forget_state()
        assert run("init-db").exit_code == 0
        assert sqlalchemy.inspect(db.engine).has_table("support_ticket_words")
        assert "1 of 1" in run("list", "--search", "kept").output
        assert "Indexed the words of 1 tickets." in run("rebuild-search").output
        assert "1 of 1" in run("list", "--search", "kept").output
        monkeypatch.delitem(words.by_dialect, db.engine.dialect.name)
        forget_state()
        assert "cannot index words" in run("init-db").output
        assert "1 of 1" in run("list", "--search", "kept").output
        monkeypatch.undo()
        forget_state()


class TestList:
    def test_filters_searches_and_pages(self, run, make_ticket):
        for status in TicketStatus:
            make_ticket(status, subject=f"Is {status.name}")
        output = run("list").output
        assert output.index("Is Closed") < output.index("Is New")
        assert "4 of 4" in output
        output = run("list", "--status", "New", "--status", "Closed", "--page-size", 1).output
        assert "Is Closed" in output
        assert "1 of 2" in output
        assert "1 of 1" in run("list", "--search", "resolved").output
        assert run("list", "--status", "Nope").exit_code == 2


class TestCheckCounters:
    def test_tells_what_is_wrong_and_puts_it_right(self, run, make_ticket):
        make_ticket()
        assert "are right" in run("check-counters").output
        db.session.execute(sqlalchemy.text("UPDATE support_ticket_counter SET new_count = 3"))
        db.session.commit()
        answer = run("check-counters")
        assert answer.exit_code == 1
        assert "#0 to #4095: 3 are counted as New, 1 are there." in answer.output
        assert "Counted 1 tickets." in run("check-counters", "--rebuild").output
        assert run("check-counters").exit_code == 0

    def test_tickets_from_before_are_counted_by_init_db(self, run, make_ticket):
        make_ticket()
        db.session.execute(sqlalchemy.text("DROP TABLE support_ticket_counter"))
        db.session.commit()
        assert run("init-db").exit_code == 0
        assert "are right" in run("check-counters").output


class TestSweepKeys:
    def test_removes_those_older_than_a_day_and_counts_them(self, run, client_of, alice):
        body = {"subject": "S", "description": "D"}
        client_of(alice).post("/api/tickets", json=body, headers={"Idempotency-Key": "k"})
        assert run("sweep-keys").output == "Removed 0 old keys.\n"
        db.session.execute(
            sqlalchemy.update(current_tickets.models.TicketSubmission).values(
                created_at=utc_now() - timedelta(hours=25)
            )
        )
        db.session.commit()
        assert run("sweep-keys").output == "Removed 1 old keys.\n"


def test_openapi_prints_the_document(run):
    document = json.loads(run("openapi").output)
    assert document["openapi"] == "3.1.0"
    assert "/api/tickets" in document["paths"]


class TestShow:
    def test_prints_the_ticket_and_its_history(self, run, make_ticket):
        ticket = make_ticket(TicketStatus.InProgress, department="Sales")
        output = run("show", ticket.id).output
        for words in ("It does not work", "InProgress", "alice", "mona", "Sales", "StartProgress"):
            assert words in output
        assert "Assigned to: -" in run("show", make_ticket().id).output

    def test_a_missing_one_is_an_error(self, run):
        answer = run("show", 987654)
        assert answer.exit_code == 1
        assert "nothing here" in answer.output


class TestMove:
    def test_takes_a_step_as_a_staff_user(self, run, make_ticket, mona, adam):
        ticket = make_ticket()
        answer = run("move", ticket.id, "StartProgress", "--as", mona.id, "--assign-to", adam.id)
        assert answer.output == f"#{ticket.id} is InProgress.\n"
        assert f"Assigned to: {adam.username}" in run("show", ticket.id).output

    def test_is_checked_like_any_staff_member(
        self, run, make_ticket, make_user, alice, mona, everything
    ):
        ticket = make_ticket()
        gone = make_user("gone", role="admin", active=False)
        before = everything()
        for arguments, words in (
            (("StartProgress", "--as", alice.id), "may not"),
            (("Close", "--as", mona.id), "not possible now"),
            (("Close", "--as", gone.id), "deactivated"),
            (("Close", "--as", 987654), "no user"),
            (("Close", "--as", "x"), "cannot be"),
            (("StartProgress", "--as", mona.id, "--assign-to", alice.id), "not somebody"),
        ):
            answer = run("move", ticket.id, *arguments)
            assert answer.exit_code == 1
            assert words in answer.output
        assert everything() == before


class TestStats:
    def test_counts(self, run, make_ticket):
        make_ticket()
        make_ticket(TicketStatus.Closed)
        lines = [line.split() for line in run("stats").output.splitlines()]
        assert lines == [
            ["New", "1"], ["InProgress", "0"], ["Resolved", "0"], ["Closed", "1"], ["Total", "2"],
        ]  # fmt: skip


class TestFiles:
    def test_a_sweep_says_what_it_did_or_would_do(self, run, alice, make_upload):
        make_upload(alice)
        assert "Removed 0 unused uploads and 0 files" in run("sweep-attachments").output
        told = run("sweep-attachments", "--older-than", 0, "--dry-run")
        assert "Would remove 1 unused uploads and 0 files" in told.output
        assert "Removed 1 unused uploads" in run("sweep-attachments", "--older-than", 0).output
        for hours in (-1, "inf", "nan", "1e300", "1e8"):
            assert run("sweep-attachments", "--older-than", hours).exit_code == 2

    def test_a_check_exits_with_1_when_a_file_is_wrong(self, run, alice, make_upload):
        from flask_support_tickets.current import current_tickets
        from flask_support_tickets.services.uploads import store_path

        upload = make_upload(alice)
        key, number = upload.storage_key, upload.id
        good = run("verify-attachments")
        assert good.exit_code == 0
        assert "1 files read, 0 of them wrong." in good.output
        current_tickets.store.remove(store_path(key))
        bad = run("verify-attachments")
        assert bad.exit_code == 1
        assert f"attachment {number}: missing" in bad.output
