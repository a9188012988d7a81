"""``flask support-tickets deliver``, the loop of workers, and their claims. Rule O4."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from flask_support_tickets import unit_of_work
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.delivery import deliver_due, delivery, heartbeat
from flask_support_tickets.delivery.channels import HostChannel
from flask_support_tickets.delivery.worker import Worker
from flask_support_tickets.models import utc_now
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services.notifications import claims
from flask_support_tickets.services.notifications.claims import ATTEMPTS_MAX, claim_due
from flask_support_tickets.services.notifications.retention import purge_notifications

from ..databases import every_database
from ..host import db
from ..outbox import rows, set_columns, use_channels
from .conftest import NOTIFY

PENDING, SENT, FAILED, SKIPPED = NotificationState


@pytest.fixture
def host_config() -> dict[str, Any]:
    return {"SUPPORT_TICKETS_NOTIFY": NOTIFY}


@pytest.fixture
def run(app):
    def invoke(*arguments):
        db.session.rollback()
        return app.test_cli_runner().invoke(support_tickets_cli, ["deliver", *map(str, arguments)])

    return invoke


@pytest.fixture(autouse=True)
def _people(alice, mona):
    """Each ticket notifies its requester and one staff member."""


@pytest.fixture
def fail(app) -> Callable[[], None]:
    """Let the channel fail."""

    def refuse(_message: Any) -> None:
        raise OSError("the server is down")

    return lambda: use_channels(app, push=HostChannel(refuse))


def stop_after(count: int, sent: list[Any]) -> Callable[[], bool]:
    return lambda: len(sent) >= count


def test_command_delivers_what_is_due_and_exits(run, sent, make_ticket):
    make_ticket()
    assert "3 notifications were processed." in run().output
    assert sorted(each.recipient.name for each in sent) == ["alice", "mona"]
    assert {row.state for row in rows()} == {SENT}
    assert "0 notifications were processed." in run().output


def test_limit_ends_the_command(run, sent, make_ticket):
    make_ticket()
    assert "1 notifications were processed." in run("--limit", 1).output
    assert [len(sent), [row.state for row in rows()]] == [1, [SENT, PENDING]]
    assert "2 notifications were processed." in run("--watch", "--limit", 2).output
    assert len(sent) == 2


def test_command_retries_failed_notifications(app, run, fail, sent, make_ticket):
    fail()
    make_ticket()
    set_columns(attempts=ATTEMPTS_MAX - 1)
    run()
    assert rows()[0].state == FAILED
    use_channels(app, push=HostChannel(sent.append))
    assert "0 notifications" in run().output
    assert "1 failed notifications are due again." in run("--retry-failed").output
    assert rows()[0].state == SENT
    assert [each.recipient.name for each in sent] == ["alice"]


def test_command_says_that_a_closed_gate_delivers_nothing(app, run, sent, make_ticket):
    make_ticket()
    app.config["supportTickets"] = False
    result = run()
    assert "Support Tickets are off, so nothing is delivered." in result.stderr
    assert (result.exit_code, sent) == (0, [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_the_command_finish_its_message_and_release_the_others(
    app, run, sent, make_ticket, number
):
    for _ in range(3):
        make_ticket()

    def send(message: Any) -> None:
        os.kill(os.getpid(), number)
        sent.append(message)

    use_channels(app, push=HostChannel(send))
    before = signal.getsignal(number)
    result = run("--watch")
    assert (result.exit_code, len(sent)) == (0, 1)
    assert signal.getsignal(number) is before
    assert [row.state for row in rows()].count(SENT) == 1
    others = [row for row in rows() if row.state == PENDING]
    assert {(row.claimed_by, row.attempts, row.due_at <= utc_now()) for row in others} == {
        (None, 0, True)
    }
    assert "notifications were processed" in result.output


def test_watching_command_delivers_what_is_written_later_and_stops_while_idle(
    app, run, sent, make_ticket
):
    def write_and_stop() -> None:
        with app.app_context():
            make_ticket()
            db.session.remove()
        while len(sent) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Timer(0.5, write_and_stop)
    thread.start()
    assert run("--watch").exit_code == 0
    thread.join()
    assert len(sent) == 2


def test_slow_channel_does_not_keep_claims_from_other_workers(app, sent, make_ticket, monkeypatch):
    """What was not sent within ten seconds goes back, the oldest first."""
    for _ in range(3):
        make_ticket()
    monkeypatch.setattr(delivery, "BATCH_SECONDS", -1)
    assert [deliver_due(), deliver_due()] == [1, 1]
    assert [row.state for row in rows()[:2]] == [SENT, SENT]
    assert {(row.claimed_by, row.attempts) for row in rows() if row.state == PENDING} == {(None, 0)}


@every_database
def test_heartbeat_keeps_a_claim_while_a_channel_is_slow(app, sent, make_ticket, monkeypatch):
    monkeypatch.setattr(claims, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(heartbeat, "LEASE", timedelta(seconds=0.3))
    make_ticket()
    others: list[int] = []

    def send(message: Any) -> None:
        for _ in range(6):
            time.sleep(0.5)
            with app.app_context():
                others.extend(row.id for claim in unit_of_work(claim_due, 9) for row in claim.rows)
        sent.append(message)

    use_channels(app, push=HostChannel(send))
    assert deliver_due(1) == 1
    assert rows()[0].id not in others
    assert rows()[0].state == SENT


def test_notification_that_kills_its_workers_fails(sent, make_ticket):
    make_ticket()
    set_columns(attempts=ATTEMPTS_MAX)  # each worker counted its attempt, and died
    deliver_due(1)
    assert sent == []
    assert rows()[0].state == FAILED
    assert "died" in rows()[0].last_error


def test_database_outage_is_logged_once_and_survived(app, sent, make_ticket, caplog):
    make_ticket()
    pauses: list[float] = []

    def fail(*_: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1_100:
            event.remove(db.engine, "before_cursor_execute", fail)

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", fail)
    worker = Worker(lambda: app, should_stop=stop_after(2, sent), wait=wait)
    caplog.set_level("INFO", "flask_support_tickets")
    worker.run(1)
    assert len(sent) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert 1.6 <= pauses[0] <= 2.4
    assert all(45 <= pause <= 75 for pause in pauses[5:1_100])


@every_database
def test_old_notifications_are_removed_but_failed_and_pending_ones_are_not(sent, make_ticket):
    for _ in range(4):
        make_ticket()
    states = [*NotificationState] * 2
    set_columns(due_at=utc_now() - timedelta(days=91))
    for row, state in zip(rows(), states, strict=True):
        set_columns(row.id, state=state)
    assert unit_of_work(purge_notifications, 3) == 3
    assert unit_of_work(purge_notifications, 3) == 1
    assert unit_of_work(purge_notifications, 3) == 0
    assert sorted(row.state for row in rows()) == [PENDING, PENDING, FAILED, FAILED]


def test_notifications_are_kept_for_ninety_days_or_forever(
    change_state, app, run, sent, make_ticket
):
    make_ticket()
    set_columns(state=SENT, due_at=utc_now() - timedelta(days=89))
    run()
    assert len(rows()) == 2
    set_columns(due_at=utc_now() - timedelta(days=91))
    config = app.extensions["support_tickets"].config
    change_state(config=type(config).from_mapping({"SUPPORT_TICKETS_KEEP_NOTIFICATIONS_DAYS": 0}))
    run()
    assert len(rows()) == 2
    change_state(config=config)
    run()
    assert rows() == []


def test_running_worker_removes_old_notifications(app, sent, make_ticket, monkeypatch):
    make_ticket()
    set_columns(state=SENT, due_at=utc_now() - timedelta(days=91))
    pauses: list[float] = []
    worker = Worker(lambda: app, should_stop=lambda: len(pauses) > 1, wait=pauses.append)
    clock = time.monotonic() + 3_601
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    worker.run(1)
    assert rows() == []
