"""Events are sent to chats by Apprise, but internal ones are not (rules O4 and A4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from flask_support_tickets import TicketStatus
from flask_support_tickets.delivery.delivery import deliver_due
from flask_support_tickets.models.notification import NotificationState

from ..host import User, db, tickets
from .test_webhooks import Receiver, deliver_all, receiver, rows

__all__ = ["receiver"]


@pytest.fixture
def host_config(receiver: Receiver) -> dict[str, Any]:
    return {"SUPPORT_TICKETS_APPRISE_URLS": [receiver.url.replace("http:", "json:")]}


def test_chat_gets_what_happened_but_no_note(
    receiver: Receiver, make_ticket: Any, make_comment: Any, make_note: Any, mona: User
) -> None:
    ticket = make_ticket(TicketStatus.InProgress, subject="The door is stuck")
    make_note(ticket, mona, "Between us.")
    make_comment(ticket, mona, "Push. " * 200)
    deliver_all()
    sent = [json.loads(body) for _, _, body in receiver.requests]
    assert [each["title"] for each in sent] == [f"#{ticket.id} The door is stuck"] * 3
    texts = [each["message"] for each in sent]
    assert texts[0].startswith("alice opened the ticket")
    assert texts[2].startswith("mona replied\n\nPush. Push.")
    assert len(texts[2]) < 600
    assert "Between us" not in str(receiver.requests)


class TestWithAddress:
    @pytest.fixture
    def host_config(self, host_config: dict[str, Any]) -> dict[str, Any]:
        return {**host_config, "SUPPORT_TICKETS_BASE_URL": "https://acme.example/app"}

    def test_message_ends_with_a_link_to_the_page_for_staff(
        self, receiver: Receiver, make_ticket: Any
    ) -> None:
        make_ticket()
        deliver_all()
        [(_, _, body)] = receiver.requests
        text = json.loads(body)["message"]
        assert text.endswith("\n\nhttps://acme.example/app/admin/tickets/1")


def test_failing_chat_is_tried_again(receiver: Receiver, make_ticket: Any) -> None:
    receiver.status = 500
    make_ticket()
    deliver_due()
    [row] = rows()
    assert (row.state, row.attempts) == (NotificationState.Pending, 1)
    assert row.last_error == "OSError: The chat did not accept the message."


def test_removed_chat_fails_for_good(receiver: Receiver, make_ticket: Any) -> None:
    make_ticket()
    db.session.execute(
        update(tickets._declared.TicketNotification.__table__).values(target="another")
    )
    db.session.commit()
    deliver_due()
    assert rows()[0].state == NotificationState.Failed
