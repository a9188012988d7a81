"""The demo's first start, its second, and the app with a config."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from example_app import create_app
from example_app.accounts import ACCOUNTS
from example_app.extensions import db, tickets
from example_app.models import Post, User
from flask_support_tickets import TicketStatus

from .conftest import close

ROOT = Path(__file__).parents[2]
TICKETS = 60


def count_of(model: Any) -> int:
    return db.session.scalar(db.select(db.func.count(model.id)))


def test_demo_has_tickets_in_every_status_with_consistent_times(demo):
    with demo.app_context():
        found = db.session.scalars(db.select(tickets.Ticket).order_by("id")).all()
        names = {user.id: user.username for user in db.session.scalars(db.select(User))}
        assert len([ticket for ticket in found if has_feedback(ticket)]) >= 3
    opened = [ticket.created_at for ticket in found]
    assert opened == sorted(opened)
    assert 35 < (opened[-1] - opened[0]).days < 45
    assert len(found) == TICKETS
    assert {names[each.assigned_to_user_id] for each in found if each.status} == {"mona", "adam"}
    for username in ("alice", "bob"):
        own = [ticket.status for ticket in found if names[ticket.user_id] == username]
        assert set(own) == {0, 1, 2, 3}, username


def has_feedback(ticket: Any) -> bool:
    """Compare a ticket with its history, and return whether it is Resolved with feedback."""
    query = db.select(tickets.TicketEvent).filter_by(ticket_id=ticket.id).order_by("id")
    history = db.session.scalars(query).all()
    moments = [event.created_at for event in history]
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (ticket.created_at, ticket.updated_at)
    assert (ticket.resolved_at is None) == (ticket.status < TicketStatus.Resolved)
    assert (ticket.closed_at is None) == (ticket.status < TicketStatus.Closed)
    written = {event.comment_id: event.created_at for event in history if event.comment_id}
    query = db.select(tickets.TicketComment).filter_by(ticket_id=ticket.id)
    comments = {each.id: each.created_at for each in db.session.scalars(query)}
    assert comments == written
    assert ticket.comment_count == len(written)
    is_resolved = ticket.status == TicketStatus.Resolved
    return is_resolved and any(moment > ticket.resolved_at for moment in comments.values())


def test_first_start_leaves_a_private_secret_and_no_drafts(first_start):
    secret = first_start / "secret_key"
    assert len(secret.read_text()) >= 32
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    names = {path.name.partition("-")[0] for path in first_start.iterdir()}
    assert names == {"commons.sqlite3", "secret_key", "support_tickets"}


def test_second_start_keeps_data_and_secret(folder):
    secrets = []
    for text in ("one", "two"):
        app = create_app(instance_path=folder)
        secrets.append(app.config["SECRET_KEY"])
        with app.app_context():
            db.session.add(Post(user_id=1, text=text))
            db.session.commit()
            texts = list(db.session.scalars(db.select(Post.text).order_by(Post.id)))
            counts = (count_of(User), count_of(tickets.Ticket))
        close(app)
    assert texts[-2:] == ["one", "two"]
    assert counts == (len(ACCOUNTS), TICKETS)
    assert secrets[0] == secrets[1]


def test_database_of_another_version_is_refused(folder):
    app = create_app(instance_path=folder)
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE post RENAME COLUMN text TO words")
    close(app)
    with pytest.raises(RuntimeError, match="another version"):
        create_app(instance_path=folder)


def test_write_ahead_log_of_a_deleted_database_is_ignored(folder):
    (folder / "commons.sqlite3").unlink()
    (folder / "commons.sqlite3-wal").write_bytes(b"left by a killed server")
    app = create_app(instance_path=folder)
    assert app.test_client().get("/").status_code == 200
    close(app)


@pytest.mark.slow
def test_two_simultaneous_first_starts_make_one_demo(tmp_path):
    code = f"from example_app import create_app; create_app(instance_path={str(tmp_path)!r})"
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr
    app = create_app(instance_path=tmp_path)
    with app.app_context():
        assert (count_of(User), count_of(tickets.Ticket)) == (len(ACCOUNTS), TICKETS)
    close(app)


def test_app_with_a_config_creates_nothing_and_needs_a_secret_and_a_database(tmp_path):
    config = {"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'mine.db'}"}
    app = create_app(config)
    assert app.config["supportTickets"] is True
    close(app)
    assert list(tmp_path.iterdir()) == []
    for key in config:
        with pytest.raises(RuntimeError, match=f"Set {key} to"):
            create_app({**config, key: ""})


def test_site_with_tickets_switched_off_shows_no_trace_of_them(demo, sign_in):
    """Rule L3."""
    demo.config["supportTickets"] = False
    settings = sign_in("alice").get("/settings")
    assert settings.status_code == 200
    assert "/settings/ticket" not in settings.text
    mona = sign_in("mona")
    dashboard = mona.get("/admin/")
    assert dashboard.status_code == 200
    assert "ticket" not in dashboard.text.lower()
    assert mona.get("/admin/tickets/").status_code == 404
