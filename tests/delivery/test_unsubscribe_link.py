"""An email contains a link that stops emails to its recipient with one POST (rule O5)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from flask_support_tickets.delivery.mail.unsubscribe import unsubscribe_url_for

from ..host import User, db, tickets


@pytest.fixture
def host_config() -> dict[str, Any]:
    return {"SUPPORT_TICKETS_BASE_URL": "https://example.org/shop"}


def test_link_unsubscribes_the_recipient(app: Flask, alice: User, bob: User) -> None:
    recipient: Any = SimpleNamespace(user_id=alice.id)
    url = unsubscribe_url_for(recipient)
    assert url is not None
    assert url.startswith("https://example.org/shop/settings/ticket/unsubscribe/")
    path = urlsplit(url).path.removeprefix("/shop")
    assert app.test_client().post(path).status_code == 200
    preference = tickets._declared.TicketNotificationPreference
    rows = db.session.scalars(select(preference)).all()
    assert {(row.user_id, row.channel, row.is_enabled) for row in rows} == {
        (alice.id, "email", False)
    }
