"""Only the person to whom an email was sent can answer it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from flask_support_tickets import TicketStatus, receive_mail
from flask_support_tickets.delivery.mail.reply_address import ReplyToken, find_tokens, make_token
from flask_support_tickets.models import utc_now
from flask_support_tickets.services.notifications.mail_replies import REPLY_LIFETIME

from ..databases import every_database
from ..host import User, db, tickets
from ..mail.conftest import MailPolicy
from .conftest import address_in, answers, comments, make_mail

Everything = Callable[[], dict[str, list[Any]]]


@every_database
def test_the_recipient_can_answer_by_mail(address: str, alice: User, folder: Path) -> None:
    """Rule O6."""
    received = receive_mail(make_mail(address))
    [_, comment] = comments()
    assert (received.comment_id, received.reason) == (comment.id, None)
    assert (comment.user_id, comment.text) == (alice.id, "Yes, twice.")
    assert (comment.is_staff, comment.is_internal) == (False, False)
    assert answers(folder) == []


FORGED_SENDERS = [
    "mallory@example.net",
    "alice@example.com, mallory@example.net",
    '"alice@example.com" <mallory@example.net>',
    "alice@example.com <mallory@example.net>",
    "Alice <alice@example.com> <mallory@example.net>",
    "mallory@example.net (alice@example.com)",
    "alice@example.com.example.net",
    "alice@example.co",
    "xalice@example.com",
    "alice@@example.com",
    '"<alice@example.com>" <mallory@example.net>',
    "alice@example.com:mallory@example.net;",
    "Group: alice@example.com;",
    "alice@exa\u200bmple.com",
    "alıce@example.com",
    "=?utf-8?Q?alice=40example.com?= <mallory@example.net>",
    "=?utf-8?Q?alice=40example.com?=",
    "",
    "<>",
    "alice",
]


def test_nothing_is_accepted_from_other_senders(
    address: str, everything: Everything, folder: Path, alice: User, bob: User
) -> None:
    """Rule O6."""
    before = everything()
    for sender in [*FORGED_SENDERS, "bob@example.com"]:
        received = receive_mail(make_mail(address, From=sender))
        assert (received.reason, received.comment_id) == ("wrong_sender", None), sender
    mail = make_mail(address).replace(b"From:", b"From: mallory@example.net\nFrom:")
    assert receive_mail(mail).reason == "wrong_sender"
    mail = make_mail(address, Sender="alice@example.com", Reply_To="alice@example.com", From="x@y")
    assert receive_mail(mail).reason == "wrong_sender"
    assert everything() == before
    assert answers(folder) == []


SENDERS = [
    "alice@example.com",
    "ALICE@Example.COM",
    "<alice@example.com>",
    '"Adams, Alice" <alice@example.com>',
    "=?utf-8?Q?Alice_=C3=84?= <alice@example.com>",
    "Alice A. <alice@example.com>",
]


@pytest.mark.parametrize("sender", SENDERS)
def test_the_address_may_be_written_in_other_ways(address: str, sender: str) -> None:
    assert receive_mail(make_mail(address, From=sender)).reason is None


def test_the_policy_can_know_more_addresses_of_a_user(
    address: str, policy: MailPolicy, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule O6."""
    known = {"alice@home.example": alice, "bob@home.example": bob}
    monkeypatch.setattr(policy, "find_user_by_email", known.get)
    assert receive_mail(make_mail(address, From="bob@home.example")).reason == "wrong_sender"
    assert receive_mail(make_mail(address, From="alice@home.example")).reason is None
    monkeypatch.setattr(policy, "find_user_by_email", lambda address: 1 / 0)
    assert receive_mail(make_mail(address, From="al@home.example")).reason == "wrong_sender"


def swapped(address: str, other: str) -> str:
    """Return an address with the id of one token and the MAC of another."""
    [mine], [theirs] = find_tokens(address), find_tokens(other)
    return address.replace(mine, mine[:13] + theirs[13:])


@every_database
def test_nothing_is_accepted_with_other_tokens(
    address: str,
    make_ticket: Any,
    mails: Callable[[], list[EmailMessage]],
    everything: Everything,
    folder: Path,
    bob: User,
) -> None:
    """Rule O6: forged, swapped and foreign tokens."""
    make_ticket(TicketStatus.InProgress, owner=bob)
    to_bob = next(mail for mail in mails() if mail["To"].addresses[0].username == "bob")
    before = everything()
    [token] = find_tokens(address)
    forged = [
        address.replace(token, "a" * 32),
        address.replace(token, make_token(ReplyToken(2**63 - 1, False))),
        swapped(address, address_in(to_bob)),
        address.replace(f"+{token}", ""),
    ]
    for each in forged:
        assert receive_mail(make_mail(each)).reason == "unknown_address"
    assert receive_mail(make_mail(address_in(to_bob))).reason == "wrong_sender"
    assert receive_mail(make_mail(address, From="bob@example.com")).reason == "wrong_sender"
    assert everything() == before
    assert answers(folder) == []


def test_a_requester_cannot_make_a_note_with_the_token_of_a_reply(
    address: str, everything: Everything
) -> None:
    """Rules O6 and A4: such a token is never made, and would not be accepted."""
    table = tickets._declared.TicketNotification.__table__
    newest = db.session.scalar(db.select(db.func.max(table.c.id)))
    before = everything()
    token = make_token(ReplyToken(newest, is_internal=True))
    mail = make_mail(f"tickets+{token}@acme.example")
    assert receive_mail(mail).reason == "unknown_address"
    assert everything() == before


def change_notifications(**values: Any) -> None:
    table = tickets._declared.TicketNotification.__table__
    db.session.execute(update(table).values(**values))
    db.session.commit()


@every_database
@pytest.mark.parametrize("change", ["expired", "purged", "deactivated", "not the owner", "deleted"])
def test_nothing_is_accepted_after_access_is_lost(
    change: str,
    address: str,
    alice: User,
    bob: User,
    ticket: Any,
    everything: Everything,
    folder: Path,
) -> None:
    """Rule O6."""
    if change == "expired":
        change_notifications(created_at=utc_now() - REPLY_LIFETIME - timedelta(hours=1))
    elif change == "purged":
        db.session.execute(db.delete(tickets._declared.TicketNotification))
    elif change == "deactivated":
        alice.active = False
    elif change == "not the owner":
        db.session.get_one(tickets.Ticket, ticket.id).user_id = bob.id
    else:
        db.session.delete(alice)
    db.session.commit()
    before = everything()
    received = receive_mail(make_mail(address))
    assert (received.reason, received.is_answered) == ("unknown_address", False)
    assert everything() == before
    assert answers(folder) == []


def test_staff_who_lost_the_role_cannot_answer(
    make_ticket: Any, mails: Any, mona: User, everything: Everything
) -> None:
    """Rule O6."""
    make_ticket()
    to_mona = next(mail for mail in mails() if mail["To"].addresses[0].username == "mona")
    mona.role = "user"
    db.session.commit()
    before = everything()
    mail = make_mail(address_in(to_mona), From="mona@example.com")
    assert receive_mail(mail).reason == "unknown_address"
    assert everything() == before


@every_database
def test_a_replayed_mail_is_processed_once(address: str, everything: Everything) -> None:
    """Rule O6."""
    mail = make_mail(address, Message_ID="<1@mail.example.com>")
    first = receive_mail(mail)
    before = everything()
    for again in (mail, make_mail(address, "Another text.", Message_ID="<1@mail.example.com>")):
        received = receive_mail(again)
        assert (received.reason, received.comment_id) == ("duplicate", first.comment_id)
    assert everything() == before
    assert receive_mail(make_mail(address, Message_ID="<2@mail.example.com>")).reason is None


def test_a_mail_without_an_id_is_known_by_its_content(address: str) -> None:
    mail = make_mail(address).replace(b"Message-ID", b"X-Other")
    assert receive_mail(mail).reason is None
    assert receive_mail(mail).reason == "duplicate"
    assert receive_mail(mail + b"And more.").reason is None


@pytest.mark.parametrize(
    "name",
    ["Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To"],
)
def test_the_token_can_be_in_another_header(address: str, name: str) -> None:
    mail = make_mail("support@acme.example", **{name: address})
    assert receive_mail(mail).reason is None


def test_the_recipient_can_be_passed(address: str) -> None:
    mail = make_mail("support@acme.example")
    assert receive_mail(mail).reason == "unknown_address"
    assert receive_mail(mail, recipient=address).reason is None


def test_dmarc_failures_are_dropped_if_the_mail_server_reports_them(address: str) -> None:
    """Rule O6."""
    failed = "mx.acme.example; spf=pass; dmarc=fail (p=reject) header.from=example.com"
    mail = make_mail(address, Authentication_Results=failed)
    assert receive_mail(mail).reason == "not_authenticated"
    passed = "mx.acme.example; dmarc=pass header.from=example.com"
    assert receive_mail(make_mail(address, Authentication_Results=passed)).reason is None


def test_closed_gate_and_missing_setting_change_nothing(app: Flask, address: str) -> None:
    from flask_support_tickets import ConfigurationError, Unavailable

    app.config["supportTickets"] = False
    with pytest.raises(Unavailable):
        receive_mail(make_mail(address))
    app.config["supportTickets"] = True
    object.__setattr__(tickets_config(app), "reply_address", None)
    with pytest.raises(ConfigurationError, match="SUPPORT_TICKETS_REPLY_ADDRESS"):
        receive_mail(make_mail(address))
    assert len(comments()) == 1


def tickets_config(app: Flask) -> Any:
    return app.extensions["support_tickets"].config
