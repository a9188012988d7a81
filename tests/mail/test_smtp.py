"""Emails over SMTP, with a real server: TLS, sign-in, refusals, and a server that fails."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from flask import Flask

from flask_support_tickets.delivery.delivery import deliver_due
from flask_support_tickets.delivery.mail import smtp
from flask_support_tickets.delivery.tls import client_context
from flask_support_tickets.mail_settings import parse_smtp_url
from flask_support_tickets.models.notification import NotificationState

from .conftest import MailPolicy, make_due
from .mail_server import Answers, check_password, free_port, serve, tls_context
from .test_emails import notifications

Use = Callable[[str], None]


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def use_server(app: Flask, policy: MailPolicy, change_state: Callable[..., None]) -> Use:
    """Send to the server with this URL."""

    def use(url: str) -> None:
        config = app.extensions["support_tickets"].config
        server = parse_smtp_url("SMTP_URL", url)
        change_state(config=dataclasses.replace(config, smtp_url=server))

    return use


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """A certificate authority that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    client_context.cache_clear()
    yield authority
    client_context.cache_clear()


def deliver() -> list[Any]:
    """Try to deliver everything once, and return the notifications to people."""
    make_due()
    deliver_due()  # expands the notification to staff
    deliver_due()
    return [row for row in notifications() if row.user_id is not None]


def test_emails_of_a_batch_share_one_connection(
    answers: Answers, use_server: Use, make_ticket: Any
) -> None:
    with serve(answers) as port:
        use_server(f"smtp://localhost:{port}")
        make_ticket()
        make_ticket()
        states = {row.state for row in deliver()}
    assert states == {NotificationState.Sent}
    assert len(answers.envelopes) == 4
    envelope, mail = answers.envelopes[0], answers.mails[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "support@acme.example",
        ["alice@example.com"],
    )
    assert mail["Subject"] == "[Acme Support #1] It does not work"
    assert len(answers.sessions) == 2  # two batches


def test_signing_in_needs_starttls_with_a_trusted_certificate(
    answers: Answers, use_server: Use, make_ticket: Any, authority: trustme.CA
) -> None:
    options = {"tls_context": tls_context(authority), "authenticator": check_password}
    with serve(answers, **options, auth_required=True) as port:
        use_server(f"smtp://me:p%40ss@localhost:{port}")
        make_ticket()
        assert deliver()[0].state == NotificationState.Sent


def test_smtps_starts_with_tls(
    answers: Answers, use_server: Use, make_ticket: Any, authority: trustme.CA
) -> None:
    with serve(answers, ssl_context=tls_context(authority)) as port:
        use_server(f"smtps://localhost:{port}")
        make_ticket()
        assert deliver()[0].state == NotificationState.Sent


@pytest.mark.parametrize("name", ["other.example", None])
def test_untrusted_certificate_is_refused_and_tried_again(
    answers: Answers, use_server: Use, make_ticket: Any, authority: trustme.CA, name: str | None
) -> None:
    issuer = authority if name else trustme.CA()
    with serve(answers, ssl_context=tls_context(issuer, name or "localhost")) as port:
        use_server(f"smtps://localhost:{port}")
        make_ticket()
        row = deliver()[0]
    assert row.state == NotificationState.Pending
    assert "CERTIFICATE_VERIFY_FAILED" in row.last_error
    assert answers.attempts == 0


def test_password_is_not_sent_without_tls(
    answers: Answers, use_server: Use, make_ticket: Any
) -> None:
    options = {"authenticator": check_password, "auth_require_tls": False}
    with serve(answers, **options) as port:
        use_server(f"smtp://me:p%40ss@localhost:{port}")
        make_ticket()
        row = deliver()[0]
        assert row.state == NotificationState.Pending
        assert "STARTTLS" in row.last_error
        use_server(f"smtp://me:p%40ss@localhost:{port}?starttls=no")
        assert deliver()[0].state == NotificationState.Sent


def test_wrong_password_is_tried_again_and_never_logged(
    answers: Answers, use_server: Use, make_ticket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(answers, authenticator=check_password, auth_require_tls=False) as port:
        use_server(f"smtp://myself:wr0ng@localhost:{port}?starttls=no")
        make_ticket()
        row = deliver()[0]
    assert row.state == NotificationState.Pending
    assert row.last_error == "MailServerError: The mail server refused the sign-in (535)."
    logged = "\n".join(
        f"{record.getMessage()} {record.exc_text}"
        for record in caplog.records
        if record.name.startswith("flask_support_tickets")
    )
    assert "refused the sign-in" in logged
    assert "wr0ng" not in logged
    assert "bXlzZWxm" not in logged  # the username in base 64


@pytest.mark.parametrize(
    ("rcpt", "state"),
    [
        ("450 4.2.1 Mailbox busy", NotificationState.Pending),
        ("550 5.7.1 Not here", NotificationState.Failed),
        ("552 5.2.2 Mailbox full", NotificationState.Failed),
    ],
)
def test_refused_recipient_is_final_only_with_5xx(
    answers: Answers, use_server: Use, make_ticket: Any, rcpt: str, state: NotificationState
) -> None:
    """Rule O4."""
    answers.rcpt = rcpt
    with serve(answers) as port:
        use_server(f"smtp://localhost:{port}")
        make_ticket()
        rows = deliver()
        assert {row.state for row in rows} == {state}
        assert rcpt in rows[0].last_error
        answers.rcpt = "250 OK"
        make_ticket()  # the address is not marked
        assert deliver()[-1].state == NotificationState.Sent


@pytest.mark.parametrize("rcpt", ["550 5.1.1 No such user", "556 5.1.10 Null MX"])
def test_address_that_does_not_exist_gets_no_more_mail(
    answers: Answers, use_server: Use, make_ticket: Any, rcpt: str
) -> None:
    answers.rcpt = rcpt
    with serve(answers) as port:
        use_server(f"smtp://localhost:{port}")
        make_ticket()
        assert deliver()[0].state == NotificationState.Failed
        attempts, answers.rcpt = answers.attempts, "250 OK"
        make_ticket()
        row = deliver()[-1]
    assert row.state == NotificationState.Failed
    assert rcpt in row.last_error
    assert answers.attempts == attempts


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ("451 4.3.0 Try later", NotificationState.Pending),
        ("554 5.6.0 Looks like spam", NotificationState.Failed),
    ],
)
def test_refused_content_is_final_only_with_5xx(
    answers: Answers, use_server: Use, make_ticket: Any, data: str, state: NotificationState
) -> None:
    answers.data = data
    with serve(answers) as port:
        use_server(f"smtp://localhost:{port}")
        make_ticket()
        assert deliver()[0].state == state


@pytest.mark.parametrize("failure", ["drops", "stalls", "is down"])
def test_server_that_fails_gets_the_same_email_again(
    answers: Answers,
    use_server: Use,
    make_ticket: Any,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rule O4: the message id stays the same."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)
    answers.drops, answers.stalls = failure == "drops", 1.0 if failure == "stalls" else 0.0
    make_ticket()
    with serve(answers) as port:
        use_server(f"smtp://localhost:{free_port() if failure == 'is down' else port}")
        assert {row.state for row in deliver()} == {NotificationState.Pending}
        answers.drops, answers.stalls = False, 0.0
        answers.envelopes.clear()
        use_server(f"smtp://localhost:{port}")
        assert {row.state for row in deliver()} == {NotificationState.Sent}
    ids = {mail["Message-ID"].split(".")[1] for mail in answers.mails}
    assert ids == {str(row.id) for row in notifications() if row.user_id is not None}


def test_address_in_utf8_needs_a_server_that_knows_it(
    answers: Answers, use_server: Use, policy: MailPolicy, make_ticket: Any
) -> None:
    policy.emails = {"alice": "jörg@bücher.example", "mona": "mona@bücher.example"}
    with serve(answers, enable_SMTPUTF8=False) as port:
        use_server(f"smtp://localhost:{port}")
        make_ticket()
        refused, sent = deliver()
    assert refused.state == NotificationState.Failed
    assert "only ASCII" in refused.last_error
    assert sent.state == NotificationState.Sent
    assert answers.envelopes[0].rcpt_tos == ["mona@xn--bcher-kva.example"]
    with serve(answers, enable_SMTPUTF8=True) as port:
        use_server(f"smtp://localhost:{port}")
        make_ticket()
        deliver()
    assert answers.envelopes[1].rcpt_tos == ["jörg@xn--bcher-kva.example"]
    assert "jörg@xn--bcher-kva.example".encode() in answers.envelopes[1].content
