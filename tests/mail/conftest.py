"""A host with email addresses that writes its emails to a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from flask_support_tickets import Policy
from flask_support_tickets.delivery.delivery import deliver_due
from flask_support_tickets.models import utc_now

from ..host import User, db, tickets

SENDER = "Acme Support <support@acme.example>"


class MailPolicy(Policy):
    """Users have addresses; some have a language or a zone."""

    locales: dict[str, str] = {}
    zones: dict[str, str] = {}
    emails: dict[str, Any] = {}

    def email(self, user: User) -> Any:
        return self.emails.get(user.username, f"{user.username}@example.com")

    def locale(self, user: User) -> str | None:
        return self.locales.get(user.username)

    def time_zone(self, user: User) -> str | None:
        return self.zones.get(user.username)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def host_config(folder: Path) -> dict[str, Any]:
    return {
        "SUPPORT_TICKETS_SMTP_URL": folder.as_uri(),
        "SUPPORT_TICKETS_MAIL_FROM": SENDER,
        "SUPPORT_TICKETS_BASE_URL": "https://acme.example/app",
        "SUPPORT_TICKETS_DELIVERY": "worker",
    }


@pytest.fixture
def policy(app: Flask, change_state: Callable[..., None]) -> Iterator[MailPolicy]:
    policy = MailPolicy()
    policy.locales, policy.zones, policy.emails = {}, {}, {}
    change_state(policy=policy)
    return policy


@pytest.fixture
def mails(policy: MailPolicy, folder: Path) -> Callable[[], list[EmailMessage]]:
    """Deliver everything, and return the emails since the last call, by their id."""

    def read() -> list[EmailMessage]:
        for path in folder.glob("*.eml"):
            path.unlink()
        deliver_all()
        return sorted(read_folder(folder), key=lambda mail: int(mail["Message-ID"].split(".")[1]))

    return read


def deliver_all() -> None:
    make_due()
    while deliver_due():
        make_due()


def make_due() -> None:
    table = tickets._declared.TicketNotification.__table__
    pending = update(table).where(table.c.state == 0)
    db.session.execute(pending.values(due_at=utc_now() - timedelta(seconds=1)))
    db.session.commit()


def read_folder(folder: Path) -> list[EmailMessage]:
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml")]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
