"""Hosts that send email with Flask-Mail or Flask-Mailman."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask_mail
import flask_mailman
import pytest
from flask import Flask

from flask_support_tickets.delivery.mail.transports import has_transport
from flask_support_tickets.models.notification import NotificationState

from .conftest import SENDER, MailPolicy, deliver_all, text_of
from .mail_server import Answers, serve
from .test_emails import notifications

HEADERS = ["From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"]


@pytest.fixture
def host_config() -> dict[str, Any]:
    return {
        "SUPPORT_TICKETS_DELIVERY": "worker",
        "SUPPORT_TICKETS_BASE_URL": "https://acme.example",
        "MAIL_SUPPRESS_SEND": False,
        "MAIL_BACKEND": "smtp",
        "MAIL_DEFAULT_SENDER": ("Acme, Support", "support@acme.example"),
    }


@pytest.fixture(params=[flask_mail, flask_mailman], ids=["Flask-Mail", "Flask-Mailman"])
def set_up(request: pytest.FixtureRequest, app: Flask, policy: MailPolicy) -> Callable[..., None]:
    """Set the extension up on the app, after the tickets."""

    def set_up(**config: Any) -> None:
        app.config.update({f"MAIL_{name}": value for name, value in config.items()})
        request.param.Mail(app)

    return set_up


def test_emails_are_sent_with_the_hosts_extension(
    set_up: Callable[..., None], make_ticket: Any
) -> None:
    answers = Answers()
    with serve(answers) as port:
        make_ticket()  # not written down: there is no way to send it yet
        assert not has_transport()
        set_up(SERVER="localhost", PORT=port)
        make_ticket(subject="Ünïcode\N{EN DASH}", description="Zeile\nالسطر")
        deliver_all()
    receipt, to_staff = answers.mails
    assert receipt["Subject"] == "[Acme, Support #2] Ünïcode\N{EN DASH}"
    assert receipt["From"].addresses[0].display_name == "Acme, Support"
    assert receipt["From"].addresses[0].addr_spec == "support@acme.example"
    assert receipt["To"] == "alice@example.com"
    assert receipt["References"] == to_staff["In-Reply-To"]
    assert receipt["Message-ID"].startswith("<support-tickets.")
    assert [len(receipt.get_all(name)) for name in HEADERS] == [1] * len(HEADERS)
    assert "\n> Zeile\n> السطر\n" in text_of(receipt)
    assert "<h1" in text_of(receipt, "html")
    assert len(answers.sessions) <= 2  # one connection for each batch
    assert {row.state for row in notifications()} == {NotificationState.Sent}


@pytest.mark.parametrize(
    ("rcpt", "state"),
    [("450 Later", NotificationState.Pending), ("550 5.1.1 Who?", NotificationState.Failed)],
)
def test_refusals_mean_the_same_as_without_an_extension(
    set_up: Callable[..., None], make_ticket: Any, rcpt: str, state: NotificationState
) -> None:
    answers = Answers()
    answers.rcpt = rcpt
    with serve(answers) as port:
        set_up(SERVER="localhost", PORT=port)
        make_ticket()
        deliver_once()
    assert notifications()[0].state == state
    assert rcpt in notifications()[0].last_error


def deliver_once() -> None:
    from flask_support_tickets.delivery.delivery import deliver_due

    deliver_due()


def test_server_that_is_down_is_tried_again(set_up: Callable[..., None], make_ticket: Any) -> None:
    set_up(SERVER="localhost", PORT=1)
    make_ticket()
    deliver_once()
    assert notifications()[0].state == NotificationState.Pending


def test_flask_mail_suppresses_and_records_messages(
    app: Flask, policy: MailPolicy, make_ticket: Any
) -> None:
    app.config["MAIL_SUPPRESS_SEND"] = True
    mail = flask_mail.Mail(app)
    make_ticket()
    with mail.record_messages() as outbox:
        deliver_all()
    assert [message.recipients for message in outbox] == [
        ["alice@example.com"],
        ["mona@example.com"],
    ]


def test_flask_mailman_keeps_its_backend(app: Flask, policy: MailPolicy, make_ticket: Any) -> None:
    app.config["MAIL_BACKEND"] = "locmem"
    mail = flask_mailman.Mail(app)
    make_ticket()
    deliver_all()
    assert [message.to for message in mail.outbox] == [["alice@example.com"], ["mona@example.com"]]


def test_other_extension_with_the_same_key_is_left_alone(app: Flask) -> None:
    app.extensions["mail"] = object()
    assert not has_transport()


def test_app_without_a_sender_writes_no_emails(
    app: Flask, policy: MailPolicy, make_ticket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    flask_mail.Mail(app)
    app.config["MAIL_DEFAULT_SENDER"] = "not an address"
    make_ticket()
    app.config["MAIL_DEFAULT_SENDER"] = None
    make_ticket()
    make_ticket()
    assert notifications() == []
    warnings = [each.getMessage() for each in caplog.records if "No emails" in each.getMessage()]
    assert len(warnings) == 2
    assert warnings[1].endswith("Set SUPPORT_TICKETS_MAIL_FROM or MAIL_DEFAULT_SENDER.")
    app.config["MAIL_DEFAULT_SENDER"] = SENDER
    make_ticket()
    assert len(notifications()) == 2
