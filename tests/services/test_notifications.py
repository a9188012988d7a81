"""Notifications are written with their events and delivered to those who may know (O1 to O5)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.dialects.postgresql import psycopg2

from flask_support_tickets import (
    Action,
    Rejected,
    TicketStatus,
    actor_for,
    unit_of_work,
)
from flask_support_tickets.delivery import Message, deliver_due, deliver_notification
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services import transition_ticket
from flask_support_tickets.services.notifications.claims import (
    ATTEMPTS_MAX,
    claim_due,
    delay_after,
    finish,
    retry_failed,
)
from flask_support_tickets.services.notifications.outbox import _multi_row_insert

from ..databases import every_database
from ..host import User, db, tickets
from ..outbox import make_due, rows, use_channels


class GroupedChannel(HostChannel):
    is_grouped = True


class Elsewhere(HostChannel):
    """A channel with two targets outside the app."""

    is_personal = False

    def targets(self, action: str, *, is_internal: bool) -> list[str]:
        return ["first", "second"]


@pytest.fixture
def host_config() -> dict[str, Any]:
    kinds = ("opened", "reply", "status", "assigned", "note")
    return {"SUPPORT_TICKETS_NOTIFY": {kind: ["push"] for kind in kinds}}


@pytest.fixture
def sent(app: Flask) -> list[Message]:
    return []


@pytest.fixture(autouse=True)
def _channels(app: Flask, sent: list[Message]) -> None:
    use_channels(app, push=HostChannel(sent.append))


def deliver_all(sent: list[Message]) -> list[tuple[str, str]]:
    """Deliver everything and return the recipients and actions of each message."""
    make_due()
    sent.clear()
    while deliver_due():
        pass
    return sorted(
        (each.recipient.name, "+".join(event.action for event in each.events))
        for each in sent
        if each.recipient
    )


def move(ticket: Any, user: User, action: str, **options: Any) -> None:
    actor = actor_for(user)
    unit_of_work(
        transition_ticket, actor=actor, ticket_id=ticket.id, action=Action(action), **options
    )


@every_database
def test_each_event_notifies_its_recipients_but_not_its_author(
    make_ticket: Any,
    make_comment: Any,
    make_note: Any,
    sent: list[Message],
    alice: User,
    mona: User,
    adam: User,
) -> None:
    """Rule O2."""
    ticket = make_ticket()
    assert deliver_all(sent) == [("adam", "Open"), ("alice", "Open"), ("mona", "Open")]
    move(ticket, mona, "StartProgress", assigned_to_user_id=adam.id)
    assert deliver_all(sent) == [("adam", "StartProgress"), ("alice", "StartProgress")]
    make_comment(ticket, mona)
    assert deliver_all(sent) == [("alice", "Comment")]
    make_comment(ticket, alice)
    assert deliver_all(sent) == [("adam", "Comment")]
    make_note(ticket, mona)
    assert deliver_all(sent) == [("adam", "Note")]
    move(ticket, adam, "Assign", assigned_to_user_id=mona.id)
    assert deliver_all(sent) == [("mona", "Assign")]
    move(ticket, mona, "MarkAsResolved")
    assert deliver_all(sent) == [("alice", "MarkAsResolved")]
    move(ticket, alice, "Reopen")
    assert deliver_all(sent) == [("mona", "Reopen")]
    move(ticket, mona, "MarkAsResolved")
    move(ticket, mona, "Close")
    assert deliver_all(sent) == [("alice", "Close"), ("alice", "MarkAsResolved")]
    other = make_ticket()
    deliver_all(sent)
    move(other, alice, "Withdraw")
    assert deliver_all(sent) == [("adam", "Withdraw"), ("mona", "Withdraw")]


@every_database
def test_event_for_targets_outside_the_app_has_a_notification_for_each(
    app: Flask, make_ticket: Any
) -> None:
    """Rule O1: no row has a user, so that all keys of users are NULL."""
    use_channels(app, elsewhere=Elsewhere(print))
    make_ticket()
    assert [(row.target, row.user_id, row.state) for row in rows()] == [
        ("first", None, NotificationState.Pending),
        ("second", None, NotificationState.Pending),
    ]


def test_values_are_cast_for_every_driver_of_postgresql(app: Flask) -> None:
    """psycopg2 sends NULL without its type, which a UNION takes for text."""
    names = ("user_id", "state", "attempts", "target")
    statement = _multi_row_insert(tickets._declared, 2, names)
    assert str(statement.compile(dialect=psycopg2.dialect())).count("CAST(") == 8


def test_rejected_change_writes_no_notification(make_ticket: Any, mona: User) -> None:
    """Rule O1."""
    ticket = make_ticket()
    before = rows()
    with pytest.raises(RuntimeError, match="later"):
        unit_of_work(start_and_fail, ticket, mona)
    assert rows() == before


def start_and_fail(ticket: Any, mona: User) -> None:
    action = Action.StartProgress
    transition_ticket(actor=actor_for(mona), ticket_id=ticket.id, action=action)
    raise RuntimeError("something later fails")


def test_recipient_who_lost_access_gets_nothing(
    make_ticket: Any, make_note: Any, sent: list[Message], alice: User, mona: User, adam: User
) -> None:
    """Rule O2: access counts at the time of delivery."""
    ticket = make_ticket(TicketStatus.InProgress, staff=mona)
    deliver_all(sent)
    make_note(ticket, adam)
    mona.role = "user"
    db.session.commit()
    assert deliver_all(sent) == []
    assert rows()[-1].state == NotificationState.Skipped
    assert rows()[-1].last_error == "The user is no longer staff."


def test_staff_take_over_from_an_assignee_who_is_gone(
    make_ticket: Any, make_comment: Any, sent: list[Message], alice: User, mona: User, adam: User
) -> None:
    """Rule O2."""
    ticket = make_ticket(TicketStatus.InProgress, staff=mona)
    deliver_all(sent)
    make_comment(ticket, alice)
    mona.active = False
    db.session.commit()
    assert deliver_all(sent) == [("adam", "Comment")]


def test_requester_who_is_staff_reads_no_note_in_a_notification(
    app: Flask,
    make_ticket: Any,
    make_comment: Any,
    make_note: Any,
    sent: list[Message],
    mona: User,
    adam: User,
) -> None:
    """Rules O2 and A4: she gets the note as the assignee, in a message of its own."""
    use_channels(app, push=GroupedChannel(sent.append))
    ticket = make_ticket(TicketStatus.InProgress, owner=mona, staff=mona)
    deliver_all(sent)
    make_note(ticket, adam)
    make_comment(ticket, adam)
    assert deliver_all(sent) == [("mona", "Comment"), ("mona", "Note")]
    by_relation = {each.relation: each for each in sent}
    assert by_relation["requester"].ticket.comment_count == 1
    assert by_relation["assignee"].ticket.comment_count == 2


@every_database
def test_events_of_one_ticket_become_one_message(
    app: Flask, make_ticket: Any, make_comment: Any, sent: list[Message], mona: User
) -> None:
    """Rule O3: the reply does not wait, and takes the events before it along."""
    use_channels(app, push=GroupedChannel(sent.append))
    ticket = make_ticket()
    assert deliver_all(sent) == [("alice", "Open"), ("mona", "Open")]
    move(ticket, mona, "StartProgress")
    assert deliver_due() == 0
    first_id = rows()[-1].id
    make_comment(ticket, mona)
    assert deliver_due() == 2
    [message] = sent[2:]
    assert [event.action for event in message.events] == ["StartProgress", "Comment"]
    assert message.id == first_id
    assert [each.text for each in message.comments.values()] == ["A word."]


def test_failed_attempt_is_repeated_with_the_same_name_and_ends_as_failed(
    app: Flask, make_ticket: Any, sent: list[Message], mona: User
) -> None:
    """Rule O4."""
    names: list[int] = []

    def refuse(message: Message) -> None:
        names.append(message.id)
        raise OSError("the server is down")

    make_ticket()
    use_channels(app, push=HostChannel(refuse))
    for attempt in range(1, ATTEMPTS_MAX + 1):
        make_due()
        deliver_due(1)
        assert rows()[0].attempts == attempt
    first = rows()[0]
    assert first.state == NotificationState.Failed
    assert first.last_error == "OSError: the server is down"
    assert set(names[:1]) == {first.id}
    make_due()
    assert deliver_notification(first.id) is None
    use_channels(app, push=HostChannel(sent.append))
    assert unit_of_work(retry_failed, [first.id]) == 1
    assert deliver_notification(first.id) is None
    assert rows()[0].state == NotificationState.Sent


def test_delays_grow_to_a_day() -> None:
    """Rule O4."""
    delays = [delay_after(attempt).total_seconds() for attempt in range(1, ATTEMPTS_MAX)]
    assert 24 <= delays[0] <= 36
    assert 0.8 * 86_400 <= delays[-1] <= 1.2 * 86_400
    assert len(delays) == 10


def test_rejected_message_is_not_repeated(app: Flask, make_ticket: Any) -> None:
    """Rule O4."""

    def reject(message: Message) -> None:
        raise Rejected("there is no such phone")

    make_ticket()
    use_channels(app, push=HostChannel(reject))
    assert [deliver_due(), deliver_due()] == [2, 1]  # the second for each staff member
    states = {row.state for row in rows() if row.user_id is not None}
    assert states == {NotificationState.Failed}


@every_database
def test_workers_never_claim_the_same_notification(
    app: Flask, make_ticket: Any, mona: User, adam: User
) -> None:
    """Rule O4: eight workers, forty notifications, each claimed once."""
    for _ in range(20):
        make_ticket()
    make_due()
    claimed: list[int] = []

    def work() -> None:
        with app.app_context():
            while found := unit_of_work(claim_due, 3):
                claimed.extend(row.id for claim in found for row in claim.rows)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed) == [row.id for row in rows()]


@every_database
def test_worker_that_lost_its_claim_cannot_finish_it(make_ticket: Any) -> None:
    """Rule O4."""
    make_ticket()
    make_due()
    [old, *_] = unit_of_work(claim_due, 1)
    make_due()
    [new, *_] = unit_of_work(claim_due, 1)
    assert old.ids == new.ids
    assert unit_of_work(finish, old, NotificationState.Sent) is False
    assert unit_of_work(finish, new, NotificationState.Sent) is True


def test_choice_of_a_user_overrides_the_default(
    make_ticket: Any, make_comment: Any, sent: list[Message], alice: User, mona: User
) -> None:
    """Rule O5."""
    ticket = make_ticket(TicketStatus.InProgress, staff=mona)
    deliver_all(sent)
    model = tickets._declared.TicketNotificationPreference
    db.session.add(model(user_id=alice.id, kind="reply", channel="push", is_enabled=False))
    db.session.commit()
    make_comment(ticket, mona)
    assert deliver_all(sent) == []
    assert rows()[-1].state == NotificationState.Skipped
    move(ticket, mona, "MarkAsResolved")
    assert deliver_all(sent) == [("alice", "MarkAsResolved")]


class TestClosedGate:
    @pytest.fixture
    def host_config(self) -> dict[str, Any]:
        return {"supportTickets": False}

    def test_closed_gate_delivers_nothing(self, make_ticket: Any, sent: list[Message]) -> None:
        make_ticket()
        make_due()
        assert deliver_due() == 0
        assert sent == []
