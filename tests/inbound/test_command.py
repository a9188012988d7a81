"""The ways in: the command for mail servers, and the view for a provider's webhook."""

from __future__ import annotations

import contextvars
import hmac
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import OperationalError

from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.inbound import command, receive
from flask_support_tickets.services.notifications import mail_replies

from ..host import db, tickets
from .conftest import comments, make_mail

Run = Callable[..., Result]
VIEW = Path(__file__).parents[2] / "docs" / "examples" / "inbound_webhook.py"


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(mail: bytes, *arguments: str) -> Result:
        runner, words = app.test_cli_runner(), ["receive-mail", *arguments]
        # As in a process of its own, there is no app context yet.
        return contextvars.Context().run(runner.invoke, support_tickets_cli, words, input=mail)

    return invoke


def test_command_reports_what_became_of_the_mail(run: Run, address: str) -> None:
    """Rule O6."""
    result = run(make_mail(address))
    assert (result.exit_code, result.output) == (0, "The email became comment 2.\n")
    result = run(make_mail(address))
    assert result.output == "The email did not become a comment: duplicate.\n"
    result = run(make_mail("support@acme.example", "More."), "--recipient", address)
    assert result.output == "The email became comment 3.\n"
    result = run(make_mail(address, "\n"))
    assert (
        result.output == "The email did not become a comment: no_text. The sender got an answer.\n"
    )
    assert result.exit_code == 0


@pytest.mark.parametrize("mail", [b"", b"\n", b"\0" * 100, b"\xff\xfe", b":" * 1000, b"From:\n\n"])
def test_command_accepts_any_bytes(run: Run, mail: bytes) -> None:
    result = run(mail)
    assert (result.exit_code, result.exception) == (0, None)


def test_mail_server_tries_again_while_the_database_is_not_available(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule O6."""

    def fail(*_: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("no connection"))

    for module, name in ((mail_replies, "run"), (mail_replies, "get_ticket")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fail)
            result = run(make_mail(address))
        assert result.exit_code == 75
        assert result.stderr.count("\n") == 1
    assert run(make_mail(address)).output == "The email became comment 2.\n"


def test_mail_server_tries_again_while_the_license_is_missing(
    run: Run, app: Flask, address: str
) -> None:
    app.config["supportTickets"] = False
    result = run(make_mail(address))
    assert result.exit_code == 75
    assert result.stderr == "Support Tickets are off, so no mail is received.\n"
    app.config["supportTickets"] = True
    assert run(make_mail(address)).output == "The email became comment 2.\n"


def test_mail_server_tries_again_after_a_fault_of_ours(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(receive, "tokens_in", lambda *_: 1 / 0)
        result = run(make_mail(address))
    assert result.exit_code == 75
    assert result.stderr.endswith("The email could not be processed: ZeroDivisionError.\n")
    db.session.execute(db.text("DROP TABLE support_ticket_received_mail"))
    db.session.commit()
    assert run(make_mail(address)).exit_code == 75  # the tables were not migrated yet
    assert len(comments()) == 1


def test_command_reads_everything_but_keeps_only_what_it_needs(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "MESSAGE_MAX_BYTES", 2_000)
    monkeypatch.setattr(command, "MESSAGE_MAX_BYTES", 2_000)
    monkeypatch.setattr(command, "_CHUNK_BYTES", 100)
    assert "too_large" in run(make_mail(address, "x" * 10_000)).output


@pytest.fixture
def post(app: Flask) -> Callable[..., int]:
    """Post an email as Mailgun does, and return the status."""
    spec = importlib.util.spec_from_file_location(VIEW.stem, VIEW)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app.config["MAILGUN_SIGNING_KEY"] = "secret"
    app.add_url_rule("/webhooks/inbound/mime", view_func=module.inbound_mail, methods=["POST"])

    def send(mail: bytes, recipient: str, key: bytes = b"secret", age: int = 0) -> int:
        timestamp = str(int(time.time()) - age)
        form = {
            "timestamp": timestamp,
            "token": "t" * 50,
            "signature": hmac.digest(key, f"{timestamp}{'t' * 50}".encode(), "sha256").hex(),
            "recipient": recipient,
            "body-mime": mail.decode(),
        }
        return app.test_client().post("/webhooks/inbound/mime", data=form).status_code

    return send


def test_view_of_the_docs_checks_the_signature(post: Callable[..., int], address: str) -> None:
    mail = make_mail("support@acme.example")
    assert post(mail, address, key=b"other") == 403
    assert post(mail, address, age=400) == 403
    assert len(comments()) == 1
    assert post(mail, address) == 204
    assert post(make_mail(address, From="mallory@example.net"), address) == 204
    assert len(comments()) == 2
    assert db.session.get_one(tickets.TicketComment, 2).text == "Yes, twice."
