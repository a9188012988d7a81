"""Emails about tickets: who gets them, what they say, and their headers."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.services import transition_ticket

from ..host import User, db, tickets
from .conftest import MailPolicy, text_of

Mails = Callable[[], list[EmailMessage]]


def notifications() -> list[Any]:
    table = tickets._declared.TicketNotification.__table__
    return list(db.session.execute(db.select(table).order_by(table.c.id)).all())


def test_requester_gets_a_receipt_and_staff_get_the_ticket(mails: Mails, make_ticket: Any) -> None:
    make_ticket(subject="No sound", description="I hear\nnothing.", department="Music")
    receipt, to_staff = mails()
    assert (receipt["To"], to_staff["To"]) == (
        "alice <alice@example.com>",
        "mona <mona@example.com>",
    )
    assert receipt["From"] == "Acme Support <support@acme.example>"
    assert receipt["Subject"] == to_staff["Subject"] == "[Acme Support #1] No sound"
    text = text_of(receipt)
    assert text.startswith("Thanks, we've got your ticket\n\nWe'll email you when we reply.")
    assert "\n#1 No sound\nStatus: New\n" in text
    assert "\n\n> I hear\n> nothing.\n\n" in text
    assert text.endswith(
        "\n-- \nAcme Support\nYou get this email because you opened this ticket.\n"
    )
    assert "https://acme.example/app/settings/ticket/1\n" in text
    text = text_of(to_staff)
    assert text.startswith("alice opened the ticket\n")
    assert "Status: New\nRequester: alice\nDepartment: Music\n" in text
    assert "https://acme.example/app/admin/tickets/1\n" in text
    assert "because you are on the support team" in text


def test_events_of_one_ticket_are_in_one_email(
    mails: Mails, make_ticket: Any, make_comment: Any, make_upload: Any, mona: User
) -> None:
    ticket = make_ticket()
    mails()
    start = {"ticket_id": ticket.id, "action": Action.StartProgress}
    unit_of_work(transition_ticket, actor=actor_for(mona), **start)
    upload = make_upload(mona, "how to.txt")
    make_comment(ticket, mona, "Try this.", attachment_urls=[upload.path, "https://x.example/a"])
    [mail] = mails()
    text = text_of(mail)
    assert text.startswith("mona replied\n\n#1 It does not work\nStatus: In progress\n")
    start_at, reply_at = text.index("mona started working"), text.index("mona replied ·")
    assert start_at < reply_at < text.index("> Try this.")
    assert "\nAttachments: how to.txt (7 bytes), https://x.example/a\n" in text
    assert "https://acme.example/app/settings/ticket/1#comment-1\n" in text
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_requester_reads_no_note_even_if_it_joins_a_reply(
    mails: Mails, make_ticket: Any, make_comment: Any, make_note: Any, mona: User, adam: User
) -> None:
    """Rules A4 and O2."""
    ticket = make_ticket(TicketStatus.InProgress, owner=mona, staff=mona)
    mails()
    make_note(ticket, adam, "A secret.")
    make_comment(ticket, adam, "An answer.")
    by_text = {("secret" in str(mail)): mail for mail in mails()}
    note, reply = by_text[True], by_text[False]
    assert "An answer." not in text_of(note)
    assert "added an internal note" in text_of(note)
    assert "An answer." in text_of(reply)
    assert "/settings/ticket/" in text_of(reply)
    assert "/admin/tickets/" in text_of(note)


@pytest.mark.parametrize(
    ("move", "sentence"),
    [
        ("MarkAsResolved", "Still not working? Open the ticket and choose “Send and reopen”."),
        ("Close", "This ticket is closed. If you still need help, open a new one."),
    ],
)
def test_requester_reads_what_to_do_about_a_finished_ticket(
    mails: Mails, make_ticket: Any, move: str, sentence: str
) -> None:
    make_ticket(TicketStatus.Resolved if move == "MarkAsResolved" else TicketStatus.Closed)
    mail = next(mail for mail in mails() if "alice" in mail["To"])
    assert sentence in text_of(mail)


def test_emails_of_a_ticket_are_one_conversation_and_marked_as_automatic(
    mails: Mails, make_ticket: Any
) -> None:
    make_ticket()
    receipt, to_staff = mails()
    roots = {mail[name] for mail in (receipt, to_staff) for name in ("In-Reply-To", "References")}
    assert len(roots) == 1
    assert roots.isdisjoint({receipt["Message-ID"], to_staff["Message-ID"]})
    assert receipt["Message-ID"] != to_staff["Message-ID"]
    assert all(name.endswith("@acme.example>") for name in (*roots, receipt["Message-ID"]))
    assert receipt["Date"].datetime.tzinfo is not None
    assert receipt["Auto-Submitted"] == "auto-generated"
    assert receipt["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert receipt["List-Id"] == "<support-tickets.acme.example>"
    make_ticket()
    assert mails()[0]["References"] not in roots


def test_user_without_an_address_is_skipped(
    mails: Mails, policy: MailPolicy, make_ticket: Any
) -> None:
    policy.emails = {"alice": None, "mona": "two@example.com, three@example.com"}
    make_ticket()
    assert mails() == []
    rows = [row for row in notifications() if row.user_id is not None]
    assert {row.last_error for row in rows} == {"The user has no email address."}
