"""Staff who want it get one email a day with what is waiting (rule O7)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from flask_support_tickets import Policy, TicketStatus, actor_for
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.config import EXTENSION_KEY
from flask_support_tickets.delivery import worker
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.delivery.delivery import deliver_due
from flask_support_tickets.delivery.digest import enqueue_digests
from flask_support_tickets.delivery.mail.digest import compose_digest
from flask_support_tickets.mail_settings import Sender
from flask_support_tickets.models.notification import NotificationState

from ..databases import every_database
from ..host import User, db, tickets


def zone_at(hour: int) -> str:
    """Return a time zone in which it is now between ``hour`` and ``hour`` + 1."""
    behind = (datetime.now(UTC).hour - hour) % 24
    return f"Etc/GMT{behind:+d}" if behind <= 12 else f"Etc/GMT-{24 - behind}"


class Zones(Policy):
    zone = "UTC"

    def time_zone(self, user: Any) -> str:
        return self.zone

    def email(self, user: Any) -> str:
        return f"{user.username}@example.org"


@pytest.fixture
def policy() -> Zones:
    return Zones()


@pytest.fixture
def sent(app: Flask, policy: Zones) -> list[Any]:
    found: list[Any] = []
    channels = {"email": HostChannel(found.append)}
    state = app.extensions[EXTENSION_KEY]
    app.extensions[EXTENSION_KEY] = replace(state, channels=channels, policy=policy)
    return found


@pytest.fixture
def wants_digest() -> Any:
    def choose(user: User, is_enabled: bool = True) -> None:
        model = tickets._declared.TicketNotificationPreference
        row = model(user_id=user.id, kind="digest", channel="email", is_enabled=is_enabled)
        db.session.add(row)
        db.session.commit()

    return choose


@every_database
def test_digest_is_sent_once_a_day_to_those_who_want_it(
    make_ticket: Any,
    wants_digest: Any,
    sent: list[Any],
    policy: Zones,
    alice: User,
    mona: User,
    adam: User,
) -> None:
    waiting = make_ticket(subject="The <door> is stuck")
    make_ticket(TicketStatus.Closed)
    for user in (alice, mona):  # alice is no longer staff
        wants_digest(user)
    wants_digest(adam, is_enabled=False)
    policy.zone = zone_at(7)
    assert enqueue_digests() == 0
    policy.zone = zone_at(9)
    assert enqueue_digests() == 1
    assert enqueue_digests() == 0
    while deliver_due():
        pass
    [digest] = [each for each in sent if hasattr(each, "contents")]
    assert digest.recipient.name == "mona"
    assert [ticket.id for ticket in digest.contents.waiting] == [waiting.id]
    email = compose_digest(digest, Sender("Acme", "support@example.org"))
    assert email["Subject"] == "[Acme] 1 ticket is waiting"
    text = email.get_body(("plain",)).get_content()
    assert f"#{waiting.id} The <door> is stuck" in text
    assert "The &lt;door&gt; is stuck" in email.get_body(("html",)).get_content()


def test_failing_policy_does_not_stop_digests(
    app: Flask, wants_digest: Any, policy: Zones, mona: User, adam: User, monkeypatch: Any
) -> None:
    for user in (mona, adam):
        wants_digest(user)
    policy.zone = zone_at(9)

    def fail_for_mona(user: Any) -> str:
        if user.username == "mona":
            raise RuntimeError("The directory is down.")
        return policy.zone

    monkeypatch.setattr(policy, "time_zone", fail_for_mona)
    state = app.extensions[EXTENSION_KEY]
    app.extensions[EXTENSION_KEY] = replace(state, policy=policy)
    enqueue_digests()
    table = tickets._declared.TicketNotification.__table__
    assert adam.id in db.session.scalars(select(table.c.user_id)).all()


@pytest.mark.parametrize("arguments", [[], ["--watch"]])
def test_command_writes_and_delivers_digests(
    app: Flask,
    make_ticket: Any,
    wants_digest: Any,
    sent: list[Any],
    policy: Zones,
    mona: User,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
) -> None:
    make_ticket()
    wants_digest(mona)
    policy.zone = zone_at(9)
    db.session.rollback()
    monkeypatch.setattr(worker, "_CHORES_SECONDS", 0)
    command = ["deliver", "--limit", "4", *arguments]  # a receipt, two for staff, and the digest
    assert app.test_cli_runner().invoke(support_tickets_cli, command).exit_code == 0
    assert [hasattr(each, "contents") for each in sent].count(True) == 1


def test_digest_without_waiting_tickets_is_skipped(
    wants_digest: Any, sent: list[Any], policy: Zones, mona: User
) -> None:
    wants_digest(mona)
    policy.zone = zone_at(9)
    assert enqueue_digests() == 1
    deliver_due()
    assert sent == []
    [row] = db.session.execute(select(tickets._declared.TicketNotification.__table__)).all()
    assert (row.state, row.last_error) == (NotificationState.Skipped, "Nothing is waiting.")


@every_database
def test_two_workers_write_one_digest(
    app: Flask, make_ticket: Any, wants_digest: Any, sent: list[Any], policy: Zones, mona: User
) -> None:
    wants_digest(mona)
    policy.zone = zone_at(9)
    written: list[int] = []

    def work() -> None:
        with app.app_context():
            written.append(enqueue_digests())
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(written) == [0, 0, 0, 1]


class TestByDefault:
    @pytest.fixture
    def host_config(self) -> dict[str, Any]:
        return {"SUPPORT_TICKETS_NOTIFY": {"digest": ["email"]}}

    def test_all_staff_but_those_who_refused_get_it(
        self, wants_digest: Any, sent: list[Any], policy: Zones, alice: User, mona: User, adam: User
    ) -> None:
        wants_digest(adam, is_enabled=False)
        policy.zone = zone_at(9)
        assert enqueue_digests() == 1
        [row] = db.session.execute(select(tickets._declared.TicketNotification.__table__)).all()
        assert row.user_id == mona.id
        assert actor_for(mona).is_staff
