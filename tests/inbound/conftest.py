"""A host that receives replies by mail, and a ticket whose requester got an email about a reply."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flask_support_tickets import TicketStatus

from ..host import User, db, tickets
from ..mail.conftest import folder, mails, policy, read_folder

__all__ = ["folder", "mails", "policy"]

SENDER = "Acme Support <support@acme.example>"
REPLY_ADDRESS = "tickets+{token}@acme.example"


@pytest.fixture
def host_config(folder: Path) -> dict[str, Any]:
    return {
        "SUPPORT_TICKETS_SMTP_URL": folder.as_uri(),
        "SUPPORT_TICKETS_MAIL_FROM": SENDER,
        "SUPPORT_TICKETS_BASE_URL": "https://acme.example/app",
        "SUPPORT_TICKETS_DELIVERY": "worker",
        "SUPPORT_TICKETS_REPLY_ADDRESS": REPLY_ADDRESS,
    }


@pytest.fixture
def ticket(make_ticket: Any) -> Any:
    return make_ticket(TicketStatus.InProgress)


@pytest.fixture
def address(
    ticket: Any, make_comment: Any, mona: User, mails: Callable[[], list[EmailMessage]]
) -> str:
    """Return the address for alice's answer to a reply by mona."""
    mails()
    make_comment(ticket, mona, "Does the red light blink?")
    [mail] = mails()
    return address_in(mail)


def address_in(mail: EmailMessage) -> str:
    return str(mail["Reply-To"].addresses[0].addr_spec)


def make_mail(to: str, text: str = "Yes, twice.", **headers: str) -> bytes:
    """Return an email from alice: ``make_mail(address, Subject="Hi", From="bob@example.com")``."""
    headers = {
        "From": "Alice <alice@example.com>",
        "To": to,
        "Subject": "Re: It does not work",
        "Message-ID": f"<{abs(hash((to, text)))}@mail.example.com>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"{lines}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


def comments() -> list[Any]:
    model = tickets.TicketComment
    db.session.rollback()
    return list(db.session.scalars(db.select(model).order_by(model.id)))


def answers(folder: Path) -> list[EmailMessage]:
    """Return the emails that answer replies by mail."""
    return [mail for mail in read_folder(folder) if mail["Auto-Submitted"] == "auto-replied"]
