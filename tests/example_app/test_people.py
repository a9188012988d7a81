"""Its people: signing in, tokens, the feed, settings."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from example_app.accounts import ACCOUNTS, MAIN_ACCOUNTS
from example_app.extensions import db
from example_app.local_path import local_path
from example_app.models import User

from .conftest import SignIn, form_fields_of


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
