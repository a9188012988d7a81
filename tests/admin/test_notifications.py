"""Staff see what was sent, and retry what failed (rules O4 and A3)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from flask_support_tickets import Policy
from flask_support_tickets.config import EXTENSION_KEY
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.models import utc_now
from flask_support_tickets.models.notification import NotificationState

from ..databases import every_database
from ..host import User, db, tickets

LIST = "/admin/ticket-notifications/"
QUEUE = "/admin/tickets/"


@pytest.fixture(autouse=True)
def _channels(app: Flask) -> None:
    use(app, channels={"push": HostChannel(print)})


def use(app: Flask, **changes: Any) -> None:
    app.extensions[EXTENSION_KEY] = replace(app.extensions[EXTENSION_KEY], **changes)


def table() -> Any:
    return tickets._declared.TicketNotification.__table__


def set_all(**values: Any) -> None:
    db.session.execute(update(table()).values(**values))
    db.session.commit()


def states() -> list[int]:
    db.session.rollback()  # MariaDB would read its old snapshot
    return list(db.session.scalars(select(table().c.state).order_by(table().c.id)))


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


@every_database
def test_staff_retry_one_failed_notification_and_then_all(
    client_of: Any, make_ticket: Any, mona: User
) -> None:
    make_ticket()
    set_all(state=NotificationState.Failed, attempts=11, last_error="OSError: <b>down</b>")
    client = client_of(mona)
    page = client.get(f"{LIST}?state=Failed").text
    assert "OSError: &lt;b&gt;down&lt;/b&gt;" in page
    data = {"csrf_token": token_in(page)}
    [first, _second] = db.session.scalars(select(table().c.id).order_by(table().c.id))
    assert client.post(f"{LIST}{first}/retry", data=data).status_code == 303
    assert states() == [NotificationState.Pending, NotificationState.Failed]
    assert client.post(f"{LIST}retry", data=data).status_code == 303
    assert states() == [NotificationState.Pending] * 2
    assert "1 notification will be sent again." in client.get(LIST).text


def test_retry_without_a_token_changes_nothing(
    client_of: Any, make_ticket: Any, mona: User
) -> None:
    make_ticket()
    set_all(state=NotificationState.Failed)
    client_of(mona).post(f"{LIST}retry")
    assert set(states()) == {NotificationState.Failed}


@pytest.mark.parametrize(
    "query", ["?state=Sent", "?state=x&page=x", "?page=0", "?page=99999999999"]
)
def test_filter_of_any_form_is_answered(
    client_of: Any, make_ticket: Any, mona: User, query: str
) -> None:
    make_ticket()
    assert client_of(mona).get(f"{LIST}{query}").status_code == 200


def test_staff_without_the_permission_are_refused(
    app: Flask, client_of: Any, make_ticket: Any, mona: User, alice: User
) -> None:
    class NoNotifications(Policy):
        def may(self, user: Any, permission: str) -> bool:
            return permission != "notifications"

    make_ticket()
    set_all(due_at=utc_now() - timedelta(hours=1))
    client = client_of(mona)
    assert "ticket-notifications" in client.get(QUEUE).text
    use(app, policy=NoNotifications())
    assert client_of(mona).get(LIST).status_code == 403
    assert "ticket-notifications" not in client_of(mona).get(QUEUE).text
    assert client_of(alice).get(LIST).status_code == 403


def test_notifications_about_hidden_tickets_are_hidden(
    app: Flask, client_of: Any, make_ticket: Any, mona: User
) -> None:
    """Rule A1."""

    class OnlyBilling(Policy):
        def visible_tickets(self, user: Any, Ticket: Any) -> Any:
            return Ticket.department == "Billing"

    hidden, shown = make_ticket(department="IT"), make_ticket(department="Billing")
    set_all(state=NotificationState.Failed)
    use(app, policy=OnlyBilling())
    client = client_of(mona)
    page = client.get(LIST).text
    assert f"#{shown.id}<" in page
    assert f"#{hidden.id}<" not in page
    client.post(
        f"{LIST}retry", data={"csrf_token": token_in(client.get(f"{LIST}?state=Failed").text)}
    )
    by_ticket = dict(db.session.execute(select(table().c.ticket_id, table().c.state)).all())
    assert by_ticket == {
        hidden.id: NotificationState.Failed,
        shown.id: NotificationState.Pending,
    }


def test_queue_warns_if_notifications_are_delayed(
    client_of: Any, make_ticket: Any, mona: User
) -> None:
    make_ticket()
    sentence = "Some notifications are more than 15 minutes late."
    set_all(due_at=utc_now() - timedelta(minutes=14))
    assert sentence not in client_of(mona).get(QUEUE).text
    set_all(due_at=utc_now() - timedelta(minutes=16))
    assert sentence in client_of(mona).get(QUEUE).text
    set_all(state=NotificationState.Sent)
    assert sentence not in client_of(mona).get(QUEUE).text
