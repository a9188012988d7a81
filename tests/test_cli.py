"""``flask support-tickets``, the face of operators."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy

from flask_support_tickets import TicketStatus
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services.attachments.uploads import store_path
from flask_support_tickets.services.search.availability import forget_availability

from .databases import every_database
from .host import db


@pytest.fixture
def run(app):
    def invoke(*arguments):
        return app.test_cli_runner().invoke(support_tickets_cli, [str(word) for word in arguments])

    return invoke


def test_every_command_pushes_an_app_context():
    """As `AppGroup.command` does, but `click.command` does not."""
    for name, command in support_tickets_cli.commands.items():
        assert hasattr(command.callback, "__wrapped__"), name


def execute(statement: str) -> None:
    db.session.execute(sqlalchemy.text(statement))
    db.session.commit()


@every_database
def test_init_db_creates_missing_tables_and_keeps_what_is_there(run, make_ticket):
    make_ticket(subject="Kept")
    for name in ("submission", "counter"):
        execute(f"DROP TABLE support_ticket_{name}")
    assert [run("init-db").exit_code for _ in range(2)] == [0, 0]
    assert sqlalchemy.inspect(db.engine).has_table("support_ticket_submission")
    assert "Kept" in run("list").output
    assert run("check-counters").exit_code == 0  # older tickets are counted


@every_database
def test_init_db_and_rebuild_search_fill_a_missing_search_index(run, make_ticket, monkeypatch):
    make_ticket(subject="Kept")
    index = current_tickets.models.words
    index.drop(db.session.connection())
    db.session.commit()
    forget_availability()
    assert run("init-db").exit_code == 0
    assert sqlalchemy.inspect(db.engine).has_table("support_ticket_words")
    assert "1 of 1" in run("list", "--search", "kept").output
    assert "1 tickets" in run("rebuild-search").output
    assert "1 of 1" in run("list", "--search", "kept").output
    monkeypatch.delitem(index.by_dialect, db.engine.dialect.name)
    forget_availability()
    assert "cannot index" in run("init-db").output
    assert "1 of 1" in run("list", "--search", "kept").output
    monkeypatch.undo()
    forget_availability()


def test_list_filters_searches_and_pages(run, make_ticket):
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


def test_check_counters_reports_differences_and_rebuild_corrects_them(run, make_ticket):
    """Rule N1."""
    make_ticket()
    assert run("check-counters").exit_code == 0
    execute("UPDATE support_ticket_counter SET new_count = 3")
    answer = run("check-counters")
    assert answer.exit_code == 1
    assert "#0 to #4095: 3 are counted as New, 1 are there." in answer.output
    assert "1 tickets" in run("check-counters", "--rebuild").output
    assert run("check-counters").exit_code == 0


def test_sweep_keys_removes_idempotency_keys_older_than_a_day(run, client_of, alice):
    """Rule F2."""
    body = {"subject": "S", "description": "D"}
    client_of(alice).post("/api/tickets", json=body, headers={"Idempotency-Key": "k"})
    assert run("sweep-keys").output == "Removed 0 old keys.\n"
    keys = current_tickets.models.TicketSubmission
    db.session.execute(sqlalchemy.update(keys).values(created_at=utc_now() - timedelta(hours=25)))
    db.session.commit()
    assert run("sweep-keys").output == "Removed 1 old keys.\n"


def test_openapi_prints_the_document(run):
    document = json.loads(run("openapi").output)
    assert document["openapi"] == "3.1.0"
    assert "/api/tickets" in document["paths"]


def test_show_prints_a_ticket_with_its_history(run, make_ticket):
    ticket = make_ticket(TicketStatus.InProgress, department="Sales")
    output = run("show", ticket.id).output
    for words in ("It does not work", "InProgress", "alice", "mona", "Sales", "StartProgress"):
        assert words in output
    assert "Assigned to: -" in run("show", make_ticket().id).output
    missing = run("show", 987654)
    assert (missing.exit_code, missing.output.startswith("Error: ")) == (1, True)


def test_move_transitions_a_ticket_on_behalf_of_a_staff_user(run, make_ticket, mona, adam):
    ticket = make_ticket()
    answer = run("move", ticket.id, "StartProgress", "--as", mona.id, "--assign-to", adam.id)
    assert answer.output == f"#{ticket.id} is InProgress.\n"
    assert f"Assigned to: {adam.username}" in run("show", ticket.id).output


def test_move_obeys_the_rules_of_the_workflow(run, make_ticket, make_user, alice, mona, everything):
    """Rules W2, W3, A2."""
    ticket = make_ticket()
    gone = make_user("gone", role="admin", active=False)
    before = everything()
    for arguments, words in (
        (("StartProgress", "--as", alice.id), "don't have permission"),
        (("Close", "--as", mona.id), "can't do this while the ticket is “New”"),
        (("Close", "--as", gone.id), "deactivated"),
        (("Close", "--as", 987654), "no user"),
        (("Close", "--as", "x"), "cannot be"),
        (("StartProgress", "--as", mona.id, "--assign-to", alice.id), "Error: "),
    ):
        answer = run("move", ticket.id, *arguments)
        assert answer.exit_code == 1, arguments
        assert words in answer.output
    assert everything() == before


def test_stats_counts_the_tickets_of_each_status(run, make_ticket):
    make_ticket()
    make_ticket(TicketStatus.Closed)
    lines = [line.split() for line in run("stats").output.splitlines()]
    assert lines == [
        ["New", "1"], ["InProgress", "0"], ["Resolved", "0"], ["Closed", "1"], ["Total", "2"],
    ]  # fmt: skip


def test_sweep_attachments_removes_unused_uploads_and_reports_them(run, alice, make_upload):
    """Rule B9."""
    make_upload(alice)
    assert "Removed 0 unused uploads and 0 files" in run("sweep-attachments").output
    trial = run("sweep-attachments", "--older-than", 0, "--dry-run")
    assert "Would remove 1 unused uploads and 0 files" in trial.output
    assert "Removed 1 unused uploads" in run("sweep-attachments", "--older-than", 0).output
    for hours in (-1, "inf", "nan", "1e300", "1e8"):
        assert run("sweep-attachments", "--older-than", hours).exit_code == 2, hours


def test_verify_attachments_exits_with_1_if_a_file_is_missing(run, alice, make_upload):
    upload = make_upload(alice)
    key, number = upload.storage_key, upload.id
    good = run("verify-attachments")
    assert good.exit_code == 0
    assert "1 files read, 0 of them wrong." in good.output
    current_tickets.store.remove(store_path(key))
    bad = run("verify-attachments")
    assert bad.exit_code == 1
    assert f"attachment {number}: missing" in bad.output
