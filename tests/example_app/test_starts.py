"""Its first start, its second, and as a host with a config."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from example_app import create_app
from example_app.__main__ import introduction
from example_app.accounts import ACCOUNTS, MAIN_ACCOUNTS
from example_app.extensions import db, tickets
from example_app.models import Post, User
from flask_support_tickets import TicketStatus

from .conftest import ROOT, SignIn, let_go


class TestFirstStart:
    def test_it_makes_sixty_tickets_in_all_four_states(self, demo: Flask) -> None:
        with demo.app_context():
            rows = db.session.scalars(db.select(tickets.Ticket.status)).all()
        assert Counter(TicketStatus(status).name for status in rows) == {
            "New": 8,
            "InProgress": 14,
            "Resolved": 16,
            "Closed": 22,
        }

    def test_alice_and_bob_own_tickets_in_several_states(self, demo: Flask) -> None:
        with demo.app_context():
            for username, count in (("alice", 10), ("bob", 8)):
                owner = db.session.scalar(db.select(User).filter_by(username=username))
                found = db.session.scalars(db.select(tickets.Ticket).filter_by(user_id=owner.id))
                statuses = [ticket.status for ticket in found]
                assert len(statuses) == count
                assert set(statuses) == {0, 1, 2, 3}

    def test_both_staff_work_on_tickets(self, demo: Flask) -> None:
        with demo.app_context():
            query = db.select(User.username).join(
                tickets.Ticket, tickets.Ticket.assigned_to_user_id == User.id
            )
            assert set(db.session.scalars(query)) == {"mona", "adam"}

    def test_the_times_tell_one_story(self, demo: Flask) -> None:
        with demo.app_context():
            found = db.session.scalars(db.select(tickets.Ticket).order_by("id")).all()
            filed = [ticket.created_at for ticket in found]
            assert filed == sorted(filed)
            assert 35 < (filed[-1] - filed[0]).days < 45
            for ticket in found:
                self.check_times(ticket)

    def check_times(self, ticket: Any) -> None:
        history = db.session.scalars(
            db.select(tickets.TicketEvent).filter_by(ticket_id=ticket.id).order_by("id")
        ).all()
        moments = [event.created_at for event in history]
        assert moments == sorted(moments)
        assert (moments[0], moments[-1]) == (ticket.created_at, ticket.updated_at)
        assert (ticket.resolved_at is None) == (ticket.status < TicketStatus.Resolved)
        assert (ticket.closed_at is None) == (ticket.status < TicketStatus.Closed)
        assert ticket.closed_at in (None, ticket.updated_at)
        said = {event.comment_id: event.created_at for event in history if event.comment_id}
        comments = db.session.scalars(
            db.select(tickets.TicketComment).filter_by(ticket_id=ticket.id)
        ).all()
        assert {comment.id: comment.created_at for comment in comments} == said
        assert ticket.comment_count == len(said)

    def test_some_resolved_tickets_have_feedback(self, demo: Flask) -> None:
        ticket, comment = tickets.Ticket, tickets.TicketComment
        with demo.app_context():
            query = db.select(comment).join(ticket, comment.ticket_id == ticket.id)
            waiting = query.where(
                ticket.status == TicketStatus.Resolved, comment.created_at > ticket.resolved_at
            )
            assert len(db.session.scalars(waiting).all()) >= 3

    def test_the_secret_is_kept_for_the_owner_alone(self, first_start: Path) -> None:
        secret = first_start / "secret_key"
        assert len(secret.read_text()) >= 32
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600

    def test_it_leaves_no_drafts(self, first_start: Path) -> None:
        names = {path.name.partition("-")[0] for path in first_start.iterdir()}
        assert names == {"commons.sqlite3", "secret_key", "support_tickets"}


class TestSecondStart:
    def test_it_keeps_what_is_there(self, folder: Path) -> None:
        secrets = []
        for text in ("one", "two"):
            app = create_app(instance_path=folder)
            secrets.append(app.config["SECRET_KEY"])
            with app.app_context():
                db.session.add(Post(user_id=1, text=text))
                db.session.commit()
            let_go(app)
        app = create_app(instance_path=folder)
        with app.app_context():
            texts = list(db.session.scalars(db.select(Post.text).order_by(Post.id)))
            assert texts[-2:] == ["one", "two"]
            assert db.session.scalar(db.select(db.func.count(User.id))) == len(ACCOUNTS)
            assert db.session.scalar(db.select(db.func.count(tickets.Ticket.id))) == 60
        let_go(app)
        assert secrets[0] == secrets[1] == app.config["SECRET_KEY"]

    def test_a_database_of_another_version_is_named(self, folder: Path) -> None:
        app = create_app(instance_path=folder)
        with app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE post RENAME COLUMN text TO words")
        let_go(app)
        with pytest.raises(RuntimeError, match="another version"):
            create_app(instance_path=folder)

    def test_a_log_of_a_deleted_database_is_not_played(self, folder: Path) -> None:
        (folder / "commons.sqlite3").unlink()
        (folder / "commons.sqlite3-wal").write_bytes(b"left by a killed server")
        app = create_app(instance_path=folder)
        assert app.test_client().get("/").status_code == 200
        let_go(app)


def test_two_first_starts_at_once_make_one_demo(tmp_path: Path) -> None:
    code = f"from example_app import create_app; create_app(instance_path={str(tmp_path)!r})"
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
    app = create_app(instance_path=tmp_path)
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count(User.id))) == len(ACCOUNTS)
        assert db.session.scalar(db.select(db.func.count(tickets.Ticket.id))) == 60
    let_go(app)


class TestConfig:
    def test_it_is_applied_and_nothing_is_made(self, tmp_path: Path) -> None:
        uri = f"sqlite:///{tmp_path / 'mine.db'}"
        config = {"SECRET_KEY": "mine", "SQLALCHEMY_DATABASE_URI": uri, "supportTickets": False}
        app = create_app(config)
        assert app.config["SECRET_KEY"] == "mine"
        assert app.config["supportTickets"] is False
        let_go(app)
        assert list(tmp_path.iterdir()) == []

    def test_under_test_it_gets_tables_and_accounts_once(self, tmp_path: Path) -> None:
        uri = f"sqlite:///{tmp_path / 'mine.db'}"
        config = {"SECRET_KEY": "mine", "SQLALCHEMY_DATABASE_URI": uri, "TESTING": True}
        let_go(create_app(config))
        app = create_app(config)
        client = app.test_client()
        answer = client.post("/login", data={"username": "mona", "password": "demo"})
        assert answer.status_code == 303
        assert client.get("/api/tickets").json["data"]["totalCount"] == 0
        let_go(app)

    def test_tickets_are_on_unless_it_says_otherwise(self) -> None:
        app = create_app({"SECRET_KEY": "mine", "SQLALCHEMY_DATABASE_URI": "sqlite://"})
        assert app.config["supportTickets"] is True

    @pytest.mark.parametrize("missing", ["SECRET_KEY", "SQLALCHEMY_DATABASE_URI"])
    def test_it_needs_a_secret_and_a_database(self, missing: str) -> None:
        config = {"SECRET_KEY": "mine", "SQLALCHEMY_DATABASE_URI": "sqlite://", missing: ""}
        with pytest.raises(RuntimeError, match=f"Set {missing} to"):
            create_app(config)

    def test_switched_off_the_site_works_without_a_trace(
        self, demo: Flask, sign_in: SignIn
    ) -> None:
        demo.config["supportTickets"] = False
        settings = sign_in("alice").get("/settings")
        assert settings.status_code == 200
        assert "/settings/ticket" not in settings.text
        dashboard = sign_in("mona").get("/admin/")
        assert dashboard.status_code == 200
        assert "ticket" not in dashboard.text.lower()
        assert sign_in("mona").get("/admin/tickets/").status_code == 404


def test_the_introduction_names_address_pages_and_accounts() -> None:
    text = introduction("http://127.0.0.1:5000")
    assert "http://127.0.0.1:5000/admin/tickets/" in text
    for account in MAIN_ACCOUNTS:
        assert account.username in text
