"""A function of the host enqueues notifications. Rule O4."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from flask_support_tickets import actor_for, unit_of_work
from flask_support_tickets.delivery import Message, deliver_due, deliver_notification
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services import open_ticket
from flask_support_tickets.services.notifications.claims import claim_due, retry_failed

from ..databases import every_database
from ..host import db
from ..outbox import make_due, rows, set_columns, use_channels
from .conftest import NOTIFY


class Broker:
    """Keeps the ids that the host's function was called with."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.is_down = False

    def enqueue(self, notification_id: int) -> None:
        if self.is_down:
            raise OSError("the broker is down")
        self.ids.append(notification_id)


class GroupedChannel(HostChannel):
    is_grouped = True


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def host_config(broker) -> dict[str, Any]:
    return {"SUPPORT_TICKETS_NOTIFY": NOTIFY, "SUPPORT_TICKETS_DELIVERY": broker.enqueue}


@pytest.fixture(autouse=True)
def _people(alice, mona, adam) -> Iterator[None]:
    """Each ticket notifies its requester and two staff members."""
    yield
    db.session.rollback()


@every_database
def test_each_committed_notification_is_enqueued_once(broker, sent, make_ticket):
    make_ticket()
    assert broker.ids == [row.id for row in rows()]
    for notification_id in broker.ids:  # grows when the one for all staff is delivered
        assert deliver_notification(notification_id) is None
    assert broker.ids == [row.id for row in rows()]
    assert sorted(each.recipient.name for each in sent) == ["adam", "alice", "mona"]


def test_event_that_is_rolled_back_is_not_enqueued(broker, sent, alice):
    def open_and_fail() -> None:
        open_ticket(actor=actor_for(alice), subject="S", description="D")
        raise RuntimeError("something later fails")

    with pytest.raises(RuntimeError, match="later"):
        unit_of_work(open_and_fail)
    assert (broker.ids, rows()) == ([], [])


def test_broken_broker_fails_no_request_and_loses_nothing(broker, sent, client_of, alice, caplog):
    broker.is_down = True
    caplog.set_level(logging.ERROR)
    answer = client_of(alice).post("/api/tickets", json={"subject": "S", "description": "D"})
    assert answer.status_code == 201
    [record] = caplog.records  # not one for each notification, because each can take a timeout
    assert "was not enqueued" in record.getMessage()
    while deliver_due():
        pass
    assert len(sent) == 3


def test_task_that_comes_too_early_waits_and_loses_nothing(app, broker, sent, make_ticket):
    """Rule O3: a notification waits for others of its ticket."""
    use_channels(app, push=GroupedChannel(sent.append))
    make_ticket()
    receipt, to_staff = broker.ids
    assert deliver_notification(receipt) is None
    assert 40 < (deliver_notification(to_staff) or 0) < 61
    assert len(sent) == 1
    make_due()
    assert deliver_notification(to_staff) is None


def test_task_is_told_when_to_repeat_a_failed_attempt(app, broker, make_ticket):
    def refuse(message: Message) -> None:
        raise OSError("the server is down")

    use_channels(app, push=HostChannel(refuse))
    make_ticket()
    first = broker.ids[0]
    assert 15 < (deliver_notification(first) or 0) < 37
    set_columns(attempts=9)
    make_due()
    assert deliver_notification(first) == 900  # because brokers handle long delays badly
    set_columns(attempts=10)
    make_due()
    assert deliver_notification(first) is None
    assert rows()[0].state == NotificationState.Failed
    broker.ids.clear()
    unit_of_work(retry_failed, [first])
    assert broker.ids == [first]


def test_task_comes_back_when_the_lease_of_another_worker_ends(broker, sent, make_ticket):
    make_ticket()
    unit_of_work(claim_due, 1)
    assert 100 < (deliver_notification(broker.ids[0]) or 0) < 121
    assert sent == []
    assert deliver_notification(10**9) is None


def test_delivery_leaves_the_pending_changes_of_its_caller_alone(broker, sent, make_ticket, alice):
    make_ticket()
    alice.username = "changed"
    deliver_notification(broker.ids[0])
    assert alice in db.session.dirty
    assert sent[0].recipient.name == "alice"


def test_task_does_not_come_back_while_the_gate_is_closed(app, broker, sent, make_ticket):
    make_ticket()
    app.config["supportTickets"] = False
    assert deliver_notification(broker.ids[0]) is None
    assert sent == []
    assert rows()[0].state == NotificationState.Pending
