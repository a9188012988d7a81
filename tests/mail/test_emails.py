"""Emails about tickets: who gets them, what they say, and their headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader

from flask_support_tickets import Action, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.delivery.mail import rendering
from flask_support_tickets.delivery.mail.compose import Headers, compose
from flask_support_tickets.delivery.mail.rendering import Content
from flask_support_tickets.delivery.message import RecipientInfo
from flask_support_tickets.mail_settings import Sender, header_line
from flask_support_tickets.models.notification import NotificationState
from flask_support_tickets.services import (
    mark_deliverable,
    mark_undeliverable,
    transition_ticket,
)

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
    reason = "You get this email because you opened this ticket."
    assert f"\n-- \nAcme Support\n{reason}\nUnsubscribe: https://acme.example/app/" in text
    assert "https://acme.example/app/settings/ticket/1\n" in text
    text = text_of(to_staff)
    assert text.startswith("alice opened the ticket\n")
    assert "Status: New\nRequester: alice\nDepartment: Music\n" in text
    assert "https://acme.example/app/admin/tickets/1\n" in text
    assert "because you're on the support team" in text


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


@pytest.mark.parametrize("tag", ["en", "de", "fr", "es", "ar"])
def test_email_is_in_the_language_and_time_zone_of_its_recipient(
    mails: Mails, policy: MailPolicy, make_ticket: Any, make_comment: Any, mona: User, tag: str
) -> None:
    ticket = make_ticket(TicketStatus.InProgress)
    mails()
    policy.locales, policy.zones = {"alice": tag}, {"alice": "Asia/Tokyo"}
    make_comment(ticket, mona)
    [mail] = mails()
    sentence = {
        "en": "mona replied",
        "de": "mona hat geantwortet",
        "fr": "mona a répondu",
        "es": "mona respondió",
        "ar": "أضاف mona ردًا",
    }[tag]
    text, html = text_of(mail), text_of(mail, "html")
    assert text.startswith(f"{sentence}\n")
    assert " JST\n" in text
    assert f'<html lang="{tag}" dir="{"rtl" if tag == "ar" else "ltr"}"' in html
    assert "%(" not in text + html


def test_name_of_a_deleted_user_is_in_the_language_of_the_recipient(
    mails: Mails, policy: MailPolicy, make_ticket: Any, make_comment: Any, adam: User
) -> None:
    ticket = make_ticket(TicketStatus.InProgress)
    mails()
    policy.locales = {"alice": "de"}
    make_comment(ticket, adam)
    db.session.delete(adam)
    db.session.commit()
    [mail] = mails()
    assert text_of(mail).startswith("Gelöschter Benutzer hat geantwortet\n")


def test_policy_that_needs_a_request_does_not_stop_emails(
    mails: Mails, policy: MailPolicy, make_ticket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "locale", lambda user: request.cookies["language"])
    make_ticket()
    assert text_of(mails()[0]).startswith("Thanks, we've got your ticket\n")


HOSTILE = '<b>bold</b> & "quotes" {{ 7 * 7 }} <script>alert(1)</script>'


def test_what_people_write_is_escaped(
    mails: Mails, policy: MailPolicy, make_ticket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "display_name", lambda user: HOSTILE)
    make_ticket(subject=HOSTILE, description=f"{HOSTILE}\nhttps://x.example/?a=1&b=2 .\n")
    found = mails()
    assert len(found) == 2
    for mail in found:
        html = text_of(mail, "html")
        assert "<script" not in html
        assert "<b>" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in html
        assert 'href="https://x.example/?a=1&amp;b=2"' in html
        assert "{{ 7 * 7 }}" in html
        assert f"> {HOSTILE}\n" in text_of(mail)
        assert not re.search(r"\bsrc=|url\(|@import|<link", html)


@pytest.mark.parametrize(
    "evil",
    ["A\r\nBcc: x@example.com", "A\nBcc: x", "A\u2028Bcc: x", "A\x85Bcc: x", "A\0b", "é" * 200],
)
def test_names_and_subjects_cannot_add_headers(
    mails: Mails, policy: MailPolicy, make_ticket: Any, monkeypatch: pytest.MonkeyPatch, evil: str
) -> None:
    monkeypatch.setattr(policy, "display_name", lambda user: evil)
    ticket = make_ticket()
    table = tickets._declared.Ticket.__table__
    stored = evil.replace("\0", "\x01")  # the services refuse it, but the host writes the table too
    db.session.execute(db.update(table).where(table.c.id == ticket.id).values(subject=stored))
    db.session.commit()
    found = mails()
    assert len(found) == 2
    for mail in found:
        names = [name.lower() for name in mail]
        assert "bcc" not in names
        assert len(names) == len(set(names)) == 14
        assert mail["Subject"].startswith("[Acme Support #1] " + evil[:1])
        assert mail["To"].addresses[0].domain == "example.com"
        assert len(mail["To"].addresses) == 1
        assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())


@settings(deadline=None, max_examples=200)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
)
def test_any_subject_and_name_survive_the_headers(subject: str, name: str) -> None:
    recipient = RecipientInfo(1, name, False, "a@example.com", None, None)
    sender = Sender(header_line(name), "s@example.com")
    headers = Headers(f"[#1] {subject}", "<1@example.com>")
    email = compose(recipient, sender, headers, Content("text", "<p>html</p>"))
    parsed = message_from_bytes(email.as_bytes(), policy=default)
    assert list(parsed) == list(email)
    assert parsed["To"].addresses[0].addr_spec == "a@example.com"
    assert parsed["From"].addresses[0].addr_spec == "s@example.com"
    assert not re.search(rb"^\S+:[ \t]*\r\n", email.as_bytes().split(b"\r\n\r\n")[0], re.MULTILINE)
    assert "".join(parsed["Subject"].split()) == "".join(header_line(f"[#1] {subject}").split())


def test_unsubscribe_and_reply_headers_appear_with_their_addresses() -> None:
    recipient = RecipientInfo(1, "Ann", False, "a@example.com", None, None)
    headers = Headers(
        "Subject",
        "<1@example.com>",
        reply_to="tickets+token@example.com",
        unsubscribe_url="https://example.com/u/1",
    )
    email = compose(recipient, Sender("Acme", "s@example.com"), headers, Content("t", "h"))
    assert email["Reply-To"] == "Acme <tickets+token@example.com>"
    assert email["List-Unsubscribe"] == "<https://example.com/u/1>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_marked_address_gets_no_email_until_it_is_lifted(mails: Mails, make_ticket: Any) -> None:
    mark_undeliverable("Alice@Example.COM", "mailbox\nfull")
    mark_undeliverable("alice@example.com", "spam complaint")
    make_ticket()
    [to_staff] = mails()
    assert to_staff["To"].startswith("mona")
    row = notifications()[0]
    assert row.state == NotificationState.Failed
    assert row.last_error == "Rejected: Email to alice@example.com bounces. spam complaint"
    assert mark_deliverable("ALICE@example.com")
    assert not mark_deliverable("alice@example.com")
    make_ticket()
    assert len(mails()) == 2
    with pytest.raises(ValueError, match="not an email address"):
        mark_undeliverable("alice")


def test_html_without_css_inline_keeps_its_rules(
    mails: Mails, make_ticket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "_has_css_inline", lambda: False)
    make_ticket()
    html = text_of(mails()[0], "html")
    assert ".button { display: inline-block;" in html
    assert " style=" not in html


def test_host_can_override_a_part_of_the_emails(app: Flask, mails: Mails, make_ticket: Any) -> None:
    footer = {"support_tickets/mail/footer.txt": "Acme Ltd, {{ reason }}"}
    app.jinja_loader = DictLoader(footer)
    make_ticket()
    assert text_of(mails()[0]).endswith(
        "-- \nAcme Ltd, You get this email because you opened this ticket.\n"
    )
