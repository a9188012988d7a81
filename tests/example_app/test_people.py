"""The example app's users: sign-in, tokens, the feed, settings."""

from __future__ import annotations

import re

from example_app.accounts import MAIN_ACCOUNTS
from example_app.extensions import db
from example_app.local_path import local_path
from example_app.models import User
from flask_support_tickets.actor import avatar_url_of, email_of, profile_url_of
from flask_support_tickets.services.requesters import find_user_by_email

from .conftest import csrf_token_of

OTHER_SITES = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example",
    "http:///evil.example", "http://evil.example/", "https:evil.example", "javascript:alert(1)",
    "evil.example", "//[evil", "/a\x7fb", "/\r/evil.example", "//evil.example/%2f..",
    "/\\/evil.example", "\\/evil.example", "https:///evil.example/%2e%2e", "data:text/html,evil",
]  # fmt: skip


def test_wrong_credentials_are_401(demo):
    client = demo.test_client()
    for username in ("alice", "nobody", "", "a\x00b", "x" * 999):
        data = {"username": username, "password": "wrong", "next": "/settings"}
        answer = client.post("/login", data=data)
        assert answer.status_code == 401, username
        assert f'value="{username}"' in answer.text
        assert 'name="next" value="/settings"' in answer.text
        assert client.get("/settings").status_code == 302


def test_deactivated_account_is_signed_out_and_cannot_sign_in(demo, sign_in):
    """Rule I1."""
    client = sign_in("bob")
    with demo.app_context():
        db.session.scalar(db.select(User).filter_by(username="bob")).active = False
        db.session.commit()
    assert client.get("/settings").status_code == 302
    answer = client.post("/login", data={"username": "bob", "password": "demo"})
    assert answer.status_code == 401


def test_sign_in_returns_to_the_page_the_visitor_came_from(demo):
    client = demo.test_client()
    login = client.get("/settings/ticket?status=New", follow_redirects=True).text
    for account in MAIN_ACCOUNTS:
        assert f"<code>{account.username}</code>" in login
    target = re.search(r'name="next" value="([^"]+)"', login)
    assert target is not None
    data = {"username": "alice", "password": "demo", "next": target[1]}
    assert client.post("/login", data=data).location == "/settings/ticket?status=New"
    assert client.get("/login?next=/settings").location == "/settings"  # signed in already
    assert client.post("/logout").status_code == 303
    assert client.get("/settings").status_code == 302
    assert client.get("/logout").status_code == 405


def test_sign_in_never_leads_to_another_site(demo):
    """Case 98."""
    client = demo.test_client()
    for target in OTHER_SITES:
        assert local_path(target) is None, target
        page = client.get("/login", query_string={"next": target}).text
        assert 'name="next" value="/"' in page, target
    for target in ("/", "/settings", "/a?b=//c&d=http://e#f", "/%5Cevil"):
        assert local_path(target) == target
    data = {"username": "alice", "password": "demo", "next": "/\\evil.example"}
    assert client.post("/login", data=data).location == "/"


def test_token_of_the_command_signs_in_to_the_api_and_no_other_does(demo):
    def status(header: str) -> int:
        headers = {"Authorization": header}
        return demo.test_client().get("/api/tickets", headers=headers).status_code

    run = demo.test_cli_runner().invoke
    assert status(f"Bearer {run(args=['token', 'bob']).output.strip()}") == 200
    for header in ("Bearer forged", "Bearer ", "Basic Ym9iOmRlbW8="):
        assert status(header) == 401, header
    refused = run(args=["token", "nobody"])
    assert refused.exit_code == 1
    assert "no active account" in refused.output


def test_user_posts_escaped_text_to_the_feed_and_visitors_only_read(demo, sign_in):
    client, visitor = sign_in("alice"), demo.test_client()
    token = csrf_token_of(client, "/")
    for form in ({**token, "text": "  "}, {**token, "text": "x" * 2_001}, {"text": "forged"}):
        assert client.post("/posts", data=form).status_code == 422
    answer = client.post("/posts", data={**token, "text": " Hello <b>\r\nall\x00 "})
    assert (answer.status_code, answer.location) == (303, "/")
    assert visitor.post("/posts", data={"text": "hello"}).location.startswith("/login")
    page = visitor.get("/").text
    assert '<p class="text" dir="auto">Hello &lt;b&gt;\nall</p>' in page
    assert "forged" not in page
    assert "<textarea" not in page


def test_user_changes_the_display_name_to_a_visible_line(sign_in):
    client, path = sign_in("alice"), "/settings/profile"
    token = csrf_token_of(client, path)
    for name in ("", "  ", "x" * 81, "a\x00b", "a\u202eb"):
        answer = client.post(path, data={**token, "display_name": name})
        assert answer.status_code == 422, name
    assert "<bdi>Alice Rivers</bdi>" in client.get("/").text
    answer = client.post(path, data={**token, "display_name": " Alice R. "})
    assert answer.status_code == 303
    page = client.get(path).text
    assert 'value="Alice R."' in page
    assert "Your name is saved." in page


def test_ticket_pages_are_in_the_frame_and_menu_of_the_settings(sign_in):
    client = sign_in("alice")
    assert '<a href="/settings/ticket">Ticket</a>' in client.get("/settings").text
    for path in ("/settings/ticket", "/settings/ticket/new"):
        page = client.get(path)
        assert page.status_code == 200
        assert '<nav class="sections"' in page.text


def test_person_has_a_page_with_their_posts_and_a_picture(demo, sign_in):
    visitor = demo.test_client()
    assert '<a class="author" href="/people/emma">' in visitor.get("/").text
    page = visitor.get("/people/emma").text
    assert "<bdi>Emma Dubois</bdi>" in page
    assert 'src="/people/emma/picture.svg"' in page
    assert "@example.com" not in page
    with demo.app_context():
        db.session.scalar(db.select(User).filter_by(username="emma")).display_name = "<Emma"
        db.session.commit()
    picture = visitor.get("/people/emma/picture.svg")
    assert picture.content_type == "image/svg+xml; charset=utf-8"
    assert ">&lt;</text>" in picture.text
    for path in ("/people/nobody", "/people/nobody/picture.svg", "/people/a%00b"):
        assert visitor.get(path).status_code == 404, path


def test_tickets_know_the_address_page_and_picture_of_a_person(demo):
    with demo.test_request_context():
        alice = find_user_by_email("Alice@Example.com")
        assert (alice.username, email_of(alice)) == ("alice", "alice@example.com")
        assert profile_url_of(alice) == "/people/alice"
        assert avatar_url_of(alice) == "/people/alice/picture.svg"
