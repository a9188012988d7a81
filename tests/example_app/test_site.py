"""Its site: languages, the admin, error pages."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from example_app.accounts import ACCOUNTS
from example_app.extensions import db
from example_app.models import Post, User

from .conftest import SignIn

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
