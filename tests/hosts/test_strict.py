"""A host with ``CSRFProtect``, ``StrictUndefined`` and a CSP of ``default-src 'self'``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from jinja2 import UndefinedError

from .inline import find_inline
from .small import declare_users, dispose, settle, sign_in
from .strict import POLICY, create_app
from .trip import Trip

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
NEW_TICKET = {"subject": "No paper", "description": "None at all."}


@pytest.fixture
def host(uri: str) -> Iterator[Flask]:
    users = declare_users()
    app = create_app(users, uri)
    settle(app, users)
    yield app
    dispose(app, users)


@pytest.fixture
def alice(host: Flask) -> FlaskClient:
    return sign_in(host, "alice")


@pytest.fixture
def mona(host: Flask) -> FlaskClient:
    return sign_in(host, "mona")


@pytest.fixture
def trip(alice: FlaskClient, mona: FlaskClient) -> Trip:
    return Trip(alice, mona)


@pytest.fixture
def answered(trip: Trip) -> Trip:
    """A ticket in progress with a comment, a reply and an attachment."""
    answer = trip.owner.post(
        "/api/tickets", json={**NEW_TICKET, "attachmentUrls": ["https://example.org/a.png"]}
    )
    trip.ticket_id = answer.json["data"]["id"]
    trip.start_progress()
    trip.reply_as_staff("Where?")
    body = {"ticketId": trip.ticket_id, "text": "Here.", "parentCommentId": 1}
    assert trip.owner.post("/api/ticket-comments", json=body).status_code == 201
    return trip


def user_pages(ticket_id: int) -> list[str]:
    page = f"/settings/ticket/{ticket_id}"
    lists = ["/settings/ticket", "/settings/ticket?status=Closed", "/settings/ticket?page=9"]
    return [
        *lists,
        "/settings/ticket?status=what",
        "/settings/ticket/new",
        page,
        f"{page}?replyTo=1",
    ]


def admin_pages(ticket_id: int) -> list[str]:
    page = f"/admin/tickets/{ticket_id}"
    lists = ["", "?status=New", "?search=paper", "?page=9", "?status=what", "?assignedTo=me"]
    return [*(f"/admin/tickets/{query}" for query in lists), page, f"{page}?replyTo=1"]


class TestLifeOfATicket:
    def test_it_goes_from_filing_to_closing_through_every_face(self, trip: Trip) -> None:
        assert trip.live()["statusName"] == "Closed"

    def test_the_host_is_as_strict_as_it_says(self, host: Flask, alice: FlaskClient) -> None:
        with host.test_request_context(), pytest.raises(UndefinedError):
            render_template_string("{{ nothing_of_the_kind }}")
        assert alice.post("/hosts-own").status_code == 400


class TestStrictUndefined:
    def test_every_page_renders_in_every_status(self, answered: Trip) -> None:
        pages = user_pages(answered.ticket_id)
        for step in (lambda: None, answered.resolve, answered.close):
            step()
            for path in pages:
                assert answered.owner.get(path).status_code in (200, 422), path
            for path in admin_pages(answered.ticket_id):
                assert answered.staff.get(path).status_code in (200, 422), path

    def test_flask_admins_own_page_renders_with_our_entry(self, mona: FlaskClient) -> None:
        answer = mona.get("/admin/")
        assert answer.status_code == 200
        assert 'href="/admin/tickets/"' in answer.text

    def test_empty_lists_and_a_new_ticket_render(self, trip: Trip) -> None:
        trip.get(trip.owner, "/settings/ticket")
        trip.get(trip.staff, "/admin/tickets/")
        trip.file()
        trip.get(trip.owner, f"/settings/ticket/{trip.ticket_id}")
        trip.get(trip.staff, f"/admin/tickets/{trip.ticket_id}")


class TestContentSecurityPolicy:
    def test_user_pages_hold_nothing_inline(self, answered: Trip) -> None:
        for path in user_pages(answered.ticket_id):
            answer = answered.owner.get(path)
            assert find_inline(answer.text) == [], path
            assert answer.headers["Content-Security-Policy"] == POLICY

    def test_our_part_of_the_admin_pages_holds_nothing_inline(self, answered: Trip) -> None:
        for path in admin_pages(answered.ticket_id):
            answer = answered.staff.get(path)
            assert find_inline(answer.text, "st-root") == [], path
            assert answer.headers["Content-Security-Policy"] == POLICY

    def test_our_script_and_styles_are_files_of_the_same_site(self, answered: Trip) -> None:
        html = answered.staff.get("/admin/tickets/").text
        for name in ("admin.js", "admin.css", "support_tickets.css"):
            assert f'="/support_tickets/static/{name}"' in html
            answer = answered.staff.get(f"/support_tickets/static/{name}")
            assert answer.status_code == 200
            assert answer.headers["Content-Security-Policy"] == POLICY

    @pytest.mark.parametrize(
        "html",
        [
            "<script>alert(1)</script>",
            '<script src="https://cdn.example.org/x.js"></script>',
            "<style>p {}</style>",
            '<p style="color: red">',
            '<button onclick="go()">',
            '<a href="javascript:go()">',
            '<img src="data:image/png;base64,AA">',
        ],
    )
    def test_the_search_for_inline_code_finds_it(self, html: str) -> None:
        assert find_inline(html)
        assert find_inline(f'<div class="st-root"><div>{html}</div></div>', "st-root")
        assert not find_inline(f'<div class="st-root"><br></div><div>{html}</div>', "st-root")


class TestCsrfOfTheHost:
    def test_the_api_takes_a_write_from_the_same_site_without_a_token(
        self, alice: FlaskClient
    ) -> None:
        answer = alice.post("/api/tickets", json=NEW_TICKET, headers=SAME_ORIGIN)
        assert answer.status_code == 201

    def test_the_api_refuses_a_write_from_another_site(self, alice: FlaskClient) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = alice.post("/api/tickets", json=NEW_TICKET, headers=headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "cross_site_request")

    def test_the_hosts_own_form_stays_protected_after_ours_were_used(self, trip: Trip) -> None:
        trip.live()
        assert trip.owner.post("/hosts-own").status_code == 400
        assert trip.staff.post("/hosts-own").status_code == 400

    @pytest.mark.parametrize("token", [None, "", "forged"])
    def test_a_bad_token_on_the_new_page_is_400_and_keeps_what_was_typed(
        self, alice: FlaskClient, token: str | None
    ) -> None:
        typed = NEW_TICKET if token is None else {**NEW_TICKET, "csrf_token": token}
        answer = alice.post("/settings/ticket/new", data=typed)
        assert answer.status_code == 400
        assert 'value="No paper"' in answer.text
        assert "None at all.</textarea>" in answer.text
        assert alice.get("/api/tickets").json["data"]["totalCount"] == 0

    def test_a_bad_token_on_a_comment_is_400_and_keeps_what_was_typed(self, answered: Trip) -> None:
        for client, page in (
            (answered.owner, f"/settings/ticket/{answered.ticket_id}"),
            (answered.staff, f"/admin/tickets/{answered.ticket_id}"),
        ):
            answer = client.post(f"{page}/comments", data={"text": "Typed with care."})
            assert answer.status_code == 400
            assert "Typed with care.</textarea>" in answer.text
        assert answered.ticket()["commentCount"] == 2

    def test_a_step_in_the_admin_without_a_token_changes_nothing(self, trip: Trip) -> None:
        trip.file()
        page = f"/admin/tickets/{trip.ticket_id}"
        trip.staff.post(f"{page}/status", data={"action": "StartProgress"})
        assert trip.ticket()["statusName"] == "New"
        assert "open for too long" in trip.get(trip.staff, page).text

    def test_a_token_of_somebody_else_is_refused(self, trip: Trip) -> None:
        page = trip.get(trip.staff, "/settings/ticket/new").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        answer = trip.owner.post("/settings/ticket/new", data={**NEW_TICKET, "csrf_token": token})
        assert answer.status_code == 400
