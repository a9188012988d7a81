"""The example app's site: languages, the admin, error pages."""

from __future__ import annotations

import re

from example_app.accounts import ACCOUNTS
from example_app.extensions import db
from example_app.models import Post, User

ADMIN_PAGES = ["/admin/", "/admin/user/", "/admin/post/", "/admin/tickets/"]
LINKS = ("Dashboard", "Users", "Posts", "Support Tickets", "Back to site", "Sign out")


def test_user_chooses_a_language_that_lasts_beyond_sign_out(sign_in):
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
    assert '<div class="st-root" lang="ar" dir="rtl">' in sign_in("alice").get(form["next"]).text
    assert '<div class="st-root" lang="en" dir="ltr">' in sign_in("bob").get(form["next"]).text


def test_staff_see_the_queue_and_its_menu_entry_in_their_language(sign_in):
    mona = sign_in("mona")
    mona.post("/language", data={"language": "de"})
    assert "Support-Tickets" in mona.get("/admin/tickets/").text
    assert "Support-Tickets" in mona.get("/admin/").text


def test_unknown_language_changes_nothing(demo, sign_in):
    assert (
        demo.test_client().post("/language", data={"language": "de"}).location
        == "/login?next=%2Flanguage"
    )
    client = sign_in("alice")
    for tag in ("", "xx", "../de", "de; path=/"):
        answer = client.post("/language", data={"language": tag, "next": "//evil.example"})
        assert (answer.status_code, answer.location) == (303, "/")
        assert 'value="en" lang="en" aria-current="true"' in client.get("/settings").text, tag


def test_staff_see_admin_pages_with_the_sidebar_and_without_inline_code(sign_in):
    client = sign_in("mona")
    for path in ADMIN_PAGES:
        page = client.get(path)
        assert page.status_code == 200, path
        sidebar = page.text.partition('<aside class="sidebar">')[2].partition("</aside>")[0]
        assert all(name in sidebar for name in LINKS), path
        assert sidebar.count('class="active"') == 1
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=", page.text), path
    assert "scrypt" not in client.get("/admin/user/").text


def test_users_and_visitors_are_kept_out_of_the_admin(demo, sign_in):
    alice, visitor = sign_in("alice"), demo.test_client()
    for path in ADMIN_PAGES:
        assert alice.get(path).status_code == 403, path
        answer = visitor.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/login?next=%2Fadmin%2F"), path


def test_admin_lists_of_users_and_posts_are_read_only(demo, sign_in):
    client = sign_in("adam")
    for model in ("user", "post"):
        for route in ("new", "edit", "delete", "details", "export/csv"):
            path = f"/admin/{model}/{route}/?id=1"
            client.post(path, data={"id": "1"})
            assert client.get(path).status_code != 200, path
    with demo.app_context():
        assert db.session.scalar(db.select(db.func.count(User.id))) == len(ACCOUNTS)
        assert db.session.get(Post, 1) is not None


def test_error_pages_have_the_look_of_the_site_and_the_api_answers_in_json(demo):
    client = demo.test_client()
    missing = client.get("/nowhere")
    assert missing.status_code == 404
    assert "Acme Commons" in missing.text
    assert missing.headers["X-Content-Type-Options"] == "nosniff"
    wrong_method = client.delete("/login")
    assert wrong_method.status_code == 405
    assert "POST" in wrong_method.headers["Allow"]
    answer = client.get("/api/tickets/no/such/thing")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
