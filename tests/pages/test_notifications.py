"""Users choose their notifications, and can unsubscribe without signing in (rule O5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from flask_support_tickets.config import EXTENSION_KEY
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.web.unsubscribe_token import make_token, read_token

from ..databases import every_database
from ..host import User, create_host, db, tickets

PAGE = "/settings/ticket/notifications"


@pytest.fixture
def host_config() -> dict[str, Any]:
    return {"SUPPORT_TICKETS_NOTIFY": {"reply": ["push"], "opened": ["push"]}}


@pytest.fixture(autouse=True)
def _channels(app: Any) -> None:
    state = app.extensions[EXTENSION_KEY]
    app.extensions[EXTENSION_KEY] = replace(state, channels={"push": HostChannel(print)})


def choices(user: User) -> dict[str, bool]:
    db.session.rollback()  # MariaDB reads an old snapshot otherwise
    table = tickets._declared.TicketNotificationPreference.__table__
    rows = db.session.execute(select(table).where(table.c.user_id == user.id)).all()
    return {f"{row.kind}:{row.channel}": row.is_enabled for row in rows}


def checked(page: str) -> set[str]:
    return set(re.findall(r'name="enabled" value="([^"]+)"[^>]* checked', page))


def boxes(page: str) -> set[str]:
    return set(re.findall(r'name="enabled" value="([^"]+)"', page))


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


@every_database
def test_requester_changes_what_the_defaults_say(client_of: Any, alice: User) -> None:
    client = client_of(alice)
    page = client.get(PAGE).text
    assert boxes(page) == {"opened:push", "reply:push", "status:push"}
    assert checked(page) == {"opened:push", "reply:push"}
    data = {"csrf_token": token_in(page), "enabled": ["status:push", "note:push", "x", "reply:fax"]}
    response = client.post(PAGE, data=data)
    assert response.status_code == 303
    saved = client.get(response.location).text
    assert checked(saved) == {"status:push"}
    assert "Your notification settings were saved." in saved
    assert choices(alice) == {"opened:push": False, "reply:push": False, "status:push": True}


def test_staff_have_more_kinds(client_of: Any, mona: User) -> None:
    assert len(boxes(client_of(mona).get(PAGE).text)) == 5  # a digest is an email


def test_expired_form_changes_nothing_and_keeps_the_boxes(client_of: Any, alice: User) -> None:
    response = client_of(alice).post(PAGE, data={"csrf_token": "x", "enabled": ["status:push"]})
    assert response.status_code == 400
    assert checked(response.text) == {"status:push"}
    assert choices(alice) == {}


@every_database
def test_link_in_an_email_unsubscribes_without_signing_in(app: Any, alice: User) -> None:
    """A GET changes nothing, and the POST may come from a mail program (RFC 8058)."""
    link = f"/settings/ticket/unsubscribe/{make_token(alice.id)}"
    client = app.test_client()
    page = client.get(link)
    assert page.status_code == 200
    assert choices(alice) == {}
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example.org"}
    response = client.post(link, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert response.status_code == 200
    assert set(choices(alice).values()) == {False}
    assert "reply:email" in choices(alice)
    assert client.post(link).status_code == 200


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: f"x{token}", lambda _: "x"]
)
def test_forged_link_is_not_found(app: Any, alice: User, change: Any) -> None:
    token = change(make_token(alice.id))
    for method in ("get", "post"):
        link = f"/settings/ticket/unsubscribe/{token}"
        assert getattr(app.test_client(), method)(link).status_code == 404
    assert choices(alice) == {}


def test_token_survives_a_new_secret_key(app: Any, alice: User) -> None:
    token = make_token(alice.id)
    app.config["SECRET_KEY_FALLBACKS"] = [app.secret_key]
    app.secret_key = "a new one"
    assert read_token(token) == alice.id
    app.config["SECRET_KEY_FALLBACKS"] = []
    assert read_token(token) is None


def test_closed_gate_hides_both_pages(alice: User, client_of: Any, app: Any) -> None:
    app.config["supportTickets"] = False
    link = f"/settings/ticket/unsubscribe/{make_token(alice.id)}"
    assert client_of(alice).get(PAGE).status_code == 404
    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link).status_code == 404


def test_site_without_channels_says_so(alice: User) -> None:
    host = create_host("sqlite://")
    with host.app_context():
        db.create_all()
        db.session.add(User(username="zoe"))
        db.session.commit()
        client = host.test_client()
        client.post("/login", data={"username": "zoe"})
        page = client.get(PAGE).text
    assert "This site doesn&#39;t send notifications." in page
