"""The example app: the demo's first start, its people, its pages; and as a host with a config."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app import create_app
from example_app.__main__ import introduction
from example_app.accounts import ACCOUNTS, MAIN_ACCOUNTS
from example_app.extensions import db, tickets
from example_app.local_path import local_path
from example_app.models import Post, User
from flask_support_tickets import TicketStatus

ROOT = Path(__file__).parents[1]
SignIn = Callable[[str], FlaskClient]


def let_go(app: Flask) -> None:
    """Close the app's connections."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo has been started once."""
    folder = tmp_path_factory.mktemp("first")
    let_go(create_app(instance_path=folder))
    return folder


@pytest.fixture
def folder(first_start: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to change."""
    return Path(shutil.copytree(first_start, tmp_path / "instance"))


@pytest.fixture
def demo(folder: Path) -> Iterator[Flask]:
    """The demo, started for the second time."""
    app = create_app(instance_path=folder)
    yield app
    let_go(app)


@pytest.fixture
def sign_in(demo: Flask) -> SignIn:
    """Return a client that is signed in through the form."""

    def sign(username: str) -> FlaskClient:
        client = demo.test_client()
        answer = client.post("/login", data={"username": username, "password": "demo"})
        assert answer.status_code == 303
        return client

    return sign


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


class TestSignIn:
    @pytest.mark.parametrize("username", [account.username for account in ACCOUNTS])
    def test_every_account_has_the_password(self, sign_in: SignIn, username: str) -> None:
        assert f"Signed in as {username}" in sign_in(username).get("/").text

    def test_the_page_names_the_accounts(self, demo: Flask) -> None:
        page = demo.test_client().get("/login").text
        for account in MAIN_ACCOUNTS:
            assert f"<code>{account.username}</code>" in page

    @pytest.mark.parametrize(
        ("username", "password"),
        [("alice", "wrong"), ("nobody", "demo"), ("", ""), ("a\x00b", "demo"), ("x" * 999, "demo")],
    )
    def test_wrong_credentials_are_401(self, demo: Flask, username: str, password: str) -> None:
        client = demo.test_client()
        data = {"username": username, "password": password, "next": "/settings"}
        answer = client.post("/login", data=data)
        assert answer.status_code == 401
        assert "no account with this name and password" in answer.text
        assert f'value="{username}"' in answer.text
        assert 'name="next" value="/settings"' in answer.text
        assert client.get("/settings").status_code == 302

    def test_a_deactivated_account_cannot_sign_in(self, demo: Flask, sign_in: SignIn) -> None:
        client = sign_in("bob")
        with demo.app_context():
            db.session.scalar(db.select(User).filter_by(username="bob")).active = False
            db.session.commit()
        assert client.get("/settings").status_code == 302
        answer = client.post("/login", data={"username": "bob", "password": "demo"})
        assert answer.status_code == 401

    def test_visitors_come_back_to_where_they_were(self, demo: Flask) -> None:
        client = demo.test_client()
        login = client.get("/settings/ticket?status=New", follow_redirects=True)
        target = re.search(r'name="next" value="([^"]+)"', login.text)
        assert target is not None
        data = {"username": "alice", "password": "demo", "next": target[1]}
        assert client.post("/login", data=data).location == "/settings/ticket?status=New"

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "http:///evil.example",
            "http://evil.example/",
            "https:evil.example",
            "javascript:alert(1)",
            "evil.example",
            "//[evil",
            "/a\x7fb",
        ],
    )
    def test_other_places_become_the_feed(self, demo: Flask, target: str) -> None:
        assert local_path(target) is None
        data = {"username": "alice", "password": "demo", "next": target}
        assert demo.test_client().post("/login", data=data).location == "/"
        answer = demo.test_client().get("/login", query_string={"next": target})
        assert 'name="next" value="/"' in answer.text

    @pytest.mark.parametrize("target", ["/", "/settings", "/a?b=//c&d=http://e#f", "/%5Cevil"])
    def test_paths_of_the_site_are_kept(self, target: str) -> None:
        assert local_path(target) == target

    def test_who_is_signed_in_does_not_see_the_form(self, sign_in: SignIn) -> None:
        assert sign_in("alice").get("/login?next=/settings").location == "/settings"

    def test_signing_out_ends_it(self, sign_in: SignIn) -> None:
        client = sign_in("alice")
        assert client.post("/logout").status_code == 303
        assert client.get("/settings").status_code == 302
        assert client.get("/logout").status_code == 405


class TestToken:
    def test_the_command_prints_one_that_the_api_takes(self, demo: Flask) -> None:
        printed = demo.test_cli_runner().invoke(args=["token", "bob"])
        headers = {"Authorization": f"Bearer {printed.output.strip()}"}
        answer = demo.test_client().get("/api/tickets", headers=headers)
        assert answer.status_code == 200
        assert answer.json["data"]["totalCount"] == 8

    @pytest.mark.parametrize("header", ["Bearer forged", "Bearer ", "Basic Ym9iOmRlbW8="])
    def test_others_are_refused(self, demo: Flask, header: str) -> None:
        answer = demo.test_client().get("/api/tickets", headers={"Authorization": header})
        assert answer.status_code == 401

    def test_nobody_gets_none(self, demo: Flask) -> None:
        printed = demo.test_cli_runner().invoke(args=["token", "nobody"])
        assert printed.exit_code == 1
        assert "no active account" in printed.output


class TestFeed:
    def test_everybody_can_read_it(self, demo: Flask) -> None:
        page = demo.test_client().get("/")
        assert page.status_code == 200
        assert "fog on the river" in page.text
        assert "<textarea" not in page.text

    def test_alice_posts(self, sign_in: SignIn) -> None:
        client = sign_in("alice")
        fields = form_fields_of(client, "/")
        answer = client.post("/posts", data={**fields, "text": " Hello <b>\r\nall\x00 "})
        assert (answer.status_code, answer.location) == (303, "/")
        assert '<p class="text" dir="auto">Hello &lt;b&gt;\nall</p>' in client.get("/").text

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2_001])
    def test_an_unusable_text_is_422(self, sign_in: SignIn, text: str) -> None:
        client = sign_in("alice")
        answer = client.post("/posts", data={**form_fields_of(client, "/"), "text": text})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text

    def test_without_a_token_nothing_is_posted(self, sign_in: SignIn) -> None:
        client = sign_in("alice")
        assert client.post("/posts", data={"text": "forged"}).status_code == 422
        assert "forged" not in client.get("/").text

    def test_visitors_are_sent_to_sign_in(self, demo: Flask) -> None:
        answer = demo.test_client().post("/posts", data={"text": "hello"})
        assert answer.location.startswith("/login")


class TestSettings:
    def test_there_is_an_entry_for_tickets(self, sign_in: SignIn) -> None:
        page = sign_in("alice").get("/settings").text
        assert '<a href="/settings/ticket">Ticket</a>' in page

    def test_alice_changes_her_name(self, sign_in: SignIn) -> None:
        client = sign_in("alice")
        fields = form_fields_of(client, "/settings/profile")
        data = {**fields, "display_name": " Alice R. "}
        assert client.post("/settings/profile", data=data).status_code == 303
        page = client.get("/settings/profile").text
        assert 'value="Alice R."' in page
        assert "Your name is saved." in page

    @pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b", "a\u202eb"])
    def test_an_unusable_name_is_422(self, sign_in: SignIn, name: str) -> None:
        client = sign_in("alice")
        fields = form_fields_of(client, "/settings/profile")
        answer = client.post("/settings/profile", data={**fields, "display_name": name})
        assert answer.status_code == 422
        assert "<bdi>Alice Rivers</bdi>" in client.get("/").text

    def test_the_ticket_pages_are_in_the_frame_of_the_site(self, sign_in: SignIn) -> None:
        client = sign_in("alice")
        for path in ("/settings/ticket", "/settings/ticket/new"):
            page = client.get(path)
            assert page.status_code == 200
            assert '<nav class="sections"' in page.text


ADMIN_PAGES = ["/admin/", "/admin/user/", "/admin/post/", "/admin/tickets/"]


class TestLanguage:
    def test_it_is_chosen_at_the_foot_and_kept(self, sign_in: SignIn) -> None:
        alice = sign_in("alice")
        page = alice.get("/settings/ticket?status=New").text
        assert 'name="next" value="/settings/ticket?status=New"' in page
        assert 'value="en" lang="en" aria-current="true">English' in page
        form = {"language": "ar", "next": "/settings/ticket?status=New"}
        answer = alice.post("/language", data=form)
        assert (answer.status_code, answer.location) == (303, form["next"])
        page = alice.get(answer.location).text
        assert '<div class="st-root" lang="ar" dir="rtl">' in page
        assert 'value="ar" lang="ar" aria-current="true">العربية' in page
        alice.post("/logout")
        assert alice.get("/login").status_code == 200
        kept = alice.get_cookie("language")
        assert kept is not None
        assert kept.value == "ar"

    def test_staff_have_it_in_the_sidebar(self, sign_in: SignIn) -> None:
        mona = sign_in("mona")
        mona.post("/language", data={"language": "de"})
        assert "Support-Tickets" in mona.get("/admin/tickets/").text
        assert "Support-Tickets" in mona.get("/admin/").text

    @pytest.mark.parametrize("tag", ["", "xx", "../de", "de; path=/"])
    def test_what_is_none_of_ours_changes_nothing(self, sign_in: SignIn, tag: str) -> None:
        alice = sign_in("alice")
        answer = alice.post("/language", data={"language": tag, "next": "//evil.example"})
        assert (answer.status_code, answer.location) == (303, "/")
        assert alice.get_cookie("language") is None


@pytest.mark.parametrize("path", ADMIN_PAGES)
class TestAdminSite:
    @pytest.mark.parametrize("username", ["mona", "adam"])
    def test_staff_see_it_with_the_sidebar(self, sign_in: SignIn, path: str, username: str) -> None:
        page = sign_in(username).get(path)
        assert page.status_code == 200
        sidebar = page.text.partition('<aside class="sidebar">')[2].partition("</aside>")[0]
        for name in ("Dashboard", "Users", "Posts", "Support Tickets", "Back to site", "Sign out"):
            assert name in sidebar
        assert sidebar.count('class="active"') == 1

    def test_users_are_refused(self, sign_in: SignIn, path: str) -> None:
        assert sign_in("alice").get(path).status_code == 403

    def test_visitors_are_sent_to_sign_in(self, demo: Flask, path: str) -> None:
        answer = demo.test_client().get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/login?next=%2Fadmin%2F")

    def test_it_allows_no_inline_code(self, sign_in: SignIn, path: str) -> None:
        page = sign_in("mona").get(path)
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=", page.text)


class TestAdminLists:
    def test_no_hash_is_shown(self, sign_in: SignIn) -> None:
        assert "scrypt" not in sign_in("adam").get("/admin/user/").text

    @pytest.mark.parametrize("model", ["user", "post"])
    @pytest.mark.parametrize("route", ["new", "edit", "delete", "details", "export/csv"])
    def test_they_are_read_only(self, demo: Flask, sign_in: SignIn, model: str, route: str) -> None:
        client = sign_in("adam")
        method = client.post if route == "delete" else client.get
        method(f"/admin/{model}/{route}/?id=1", data={"id": "1"})
        assert client.get(f"/admin/{model}/{route}/?id=1").status_code != 200
        with demo.app_context():
            assert db.session.scalar(db.select(db.func.count(User.id))) == len(ACCOUNTS)
            assert db.session.get(Post, 1) is not None


class TestErrorPages:
    def test_they_have_the_look_of_the_site(self, demo: Flask) -> None:
        answer = demo.test_client().get("/nowhere")
        assert answer.status_code == 404
        assert "Acme Commons" in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_a_wrong_method_names_the_right_ones(self, demo: Flask) -> None:
        answer = demo.test_client().delete("/login")
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]

    def test_the_api_still_answers_in_json(self, demo: Flask) -> None:
        answer = demo.test_client().get("/api/tickets/no/such/thing")
        assert answer.status_code == 404
        assert answer.json["error"]["code"] == "not_found"


def test_the_introduction_names_address_pages_and_accounts() -> None:
    text = introduction("http://127.0.0.1:5000")
    assert "http://127.0.0.1:5000/admin/tickets/" in text
    for account in MAIN_ACCOUNTS:
        assert account.username in text


def form_fields_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Return the CSRF token of the form on a page of the example app."""
    html = client.get(path).text
    found = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', html)
    assert found is not None
    return {"csrf_token": found[1]}
