"""What becomes of an email from the right person: status by status, with files, and by limits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from flask_support_tickets import Action, StorageFull, TicketStatus, actor_for, receive_mail
from flask_support_tickets.current import current_tickets
from flask_support_tickets.inbound import receive
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import forget_old_mail, transition_ticket
from flask_support_tickets.services.notifications.mail_replies import MAILS_PER_HOUR
from flask_support_tickets.transaction import unit_of_work

from ..databases import every_database
from ..host import User, db, tickets
from ..mail.conftest import MailPolicy, deliver_all, text_of
from .conftest import address_in, answers, comments, make_mail, read_folder

Mails = Callable[[], list[EmailMessage]]


@pytest.fixture
def to(mails: Mails) -> Callable[[str], str]:
    """Return the address for answers of a user to what they have been notified of."""

    def find(username: str) -> str:
        found = [mail for mail in mails() if mail["To"].addresses[0].username == username]
        return address_in(found[-1])

    return find


def move(ticket: Any, user: User, *actions: str) -> None:
    for action in actions:
        options = {"ticket_id": ticket.id, "action": Action(action)}
        unit_of_work(transition_ticket, actor=actor_for(user), **options)


def status_of(ticket: Any) -> TicketStatus:
    db.session.rollback()
    return TicketStatus(db.session.get_one(tickets.Ticket, ticket.id).status)


# By status, as in the table of the rule.


@every_database
@pytest.mark.parametrize(
    ("moves", "becomes", "reason"),
    [
        ((), TicketStatus.New, "comments_not_allowed"),
        (("StartProgress",), TicketStatus.InProgress, None),
        (("StartProgress", "MarkAsResolved"), TicketStatus.InProgress, None),
        (("StartProgress", "MarkAsResolved", "Close"), TicketStatus.Closed, "comments_not_allowed"),
    ],
)
def test_requester_answers_in_each_status(
    moves: tuple[str, ...],
    becomes: TicketStatus,
    reason: str | None,
    make_ticket: Any,
    to: Callable[[str], str],
    mona: User,
    folder: Path,
) -> None:
    """Rule O6."""
    ticket = make_ticket()
    address = to("alice")
    move(ticket, mona, *moves)
    received = receive_mail(make_mail(address))
    assert (received.reason, received.is_answered) == (reason, reason is not None)
    assert status_of(ticket) == becomes
    assert len(comments()) == (reason is None)


@pytest.mark.parametrize("switch", ["reply_reopens", "allow_reopen"])
def test_requester_only_comments_on_a_resolved_ticket_without_reopening(
    switch: str,
    app: Flask,
    make_ticket: Any,
    to: Callable[[str], str],
    mona: User,
) -> None:
    """Rule O6."""
    object.__setattr__(current_tickets.config, switch, False)
    ticket = make_ticket(TicketStatus.Resolved)
    assert receive_mail(make_mail(to("alice"))).reason is None
    assert status_of(ticket) is TicketStatus.Resolved
    assert len(comments()) == 1


@every_database
def test_staff_answer_in_each_status(
    make_ticket: Any, to: Callable[[str], str], alice: User, mona: User, adam: User
) -> None:
    """Rule O6: an answer starts a New ticket, and is refused on a Resolved one."""
    ticket = make_ticket()
    address = to("adam")

    def answer(text: str) -> str | None:
        return receive_mail(make_mail(address, text, From="adam@example.com")).reason

    assert answer("I'm on it.") is None
    assert status_of(ticket) is TicketStatus.InProgress
    assert db.session.get_one(tickets.Ticket, ticket.id).assigned_to_user_id == adam.id
    assert answer("Done.") is None
    assert [(each.is_staff, each.is_internal) for each in comments()] == [(True, False)] * 2
    move(ticket, mona, "MarkAsResolved")
    assert answer("One more thing.") == "comments_not_allowed"
    move(ticket, mona, "Close")
    assert answer("And another.") == "comments_not_allowed"
    assert len(comments()) == 2


@every_database
def test_an_answer_to_a_note_is_a_note(
    make_ticket: Any, make_note: Any, to: Callable[[str], str], mails: Mails, mona: User, adam: User
) -> None:
    """Rules O6 and A4."""
    ticket = make_ticket(TicketStatus.InProgress)
    mails()
    make_note(ticket, adam, "Is this the customer with the dog?")
    address = to("mona")
    for status in (TicketStatus.InProgress, TicketStatus.Resolved):
        assert status_of(ticket) is status
        mail = make_mail(address, f"Yes, {status.name}.", From="mona@example.com")
        assert receive_mail(mail).reason is None
        if status is TicketStatus.InProgress:
            move(ticket, mona, "MarkAsResolved")
    assert all(each.is_internal for each in comments())
    assert len(comments()) == 3
    told = {mail["To"].addresses[0].username for mail in mails() if "Yes," in text_of(mail)}
    assert "alice" not in told


def test_a_mail_about_a_reply_and_a_note_is_answered_by_a_note(
    make_ticket: Any,
    make_comment: Any,
    make_note: Any,
    to: Any,
    mails: Mails,
    alice: User,
    adam: User,
) -> None:
    """Rules O6 and A4: nothing internal is answered in public by mistake."""
    ticket = make_ticket(TicketStatus.InProgress)
    mails()
    make_comment(ticket, alice, "Any news?")
    make_note(ticket, adam, "We forgot her.")
    assert receive_mail(make_mail(to("mona"), "Oh no!", From="mona@example.com")).reason is None
    assert comments()[-1].is_internal


def test_staff_answer_their_own_ticket_as_requesters(
    make_ticket: Any, to: Callable[[str], str], mona: User, adam: User
) -> None:
    ticket = make_ticket(owner=mona)
    address = to("mona")
    mail = make_mail(address, From="mona@example.com")
    assert receive_mail(mail).reason == "comments_not_allowed"
    move(ticket, adam, "StartProgress", "MarkAsResolved")
    assert receive_mail(make_mail(address, "Again.", From="mona@example.com")).reason is None
    assert status_of(ticket) is TicketStatus.InProgress


# The answers.


def test_a_refusal_is_answered_with_the_reason_and_a_link(
    make_ticket: Any, to: Callable[[str], str], folder: Path
) -> None:
    """Rule O6."""
    make_ticket(subject="No sound")
    received = receive_mail(make_mail(to("alice"), Message_ID="<5@mail.example.com>"))
    assert (received.reason, received.is_answered) == ("comments_not_allowed", True)
    [answer] = answers(folder)
    assert answer["To"].addresses[0].addr_spec == "alice@example.com"
    assert answer["From"] == "Acme Support <support@acme.example>"
    assert answer["Subject"] == "[Acme Support #1] No sound"
    assert answer["In-Reply-To"] == "<5@mail.example.com>"
    assert answer["Reply-To"] is None
    assert answer["Precedence"] is None
    for kind in ("plain", "html"):
        text = text_of(answer, kind)
        assert "You can't reply while the ticket is “New”." in text
        assert "You can change the ticket until someone picks it up." in text
        assert "https://acme.example/app/settings/ticket/1" in text
        assert "settings/ticket/new" not in text
    assert receive_mail(answer.as_bytes()).reason == "automatic"


def test_the_answer_about_a_closed_ticket_links_to_a_new_one(
    make_ticket: Any, to: Callable[[str], str], folder: Path, policy: MailPolicy
) -> None:
    policy.locales["alice"] = "de"
    make_ticket(TicketStatus.Closed)
    receive_mail(make_mail(to("alice")))
    [answer] = answers(folder)
    assert "Wir konnten Ihre E-Mail nicht zum Ticket hinzufügen" in text_of(answer)
    assert "https://acme.example/app/settings/ticket/new" in text_of(answer)


def test_staff_get_the_link_to_their_own_page(
    make_ticket: Any, to: Callable[[str], str], folder: Path, mona: User
) -> None:
    ticket = make_ticket()
    address = to("mona")
    move(ticket, mona, "StartProgress", "MarkAsResolved", "Close")
    receive_mail(make_mail(address, From="mona@example.com"))
    [answer] = answers(folder)
    assert "https://acme.example/app/admin/tickets/1" in text_of(answer)
    assert "settings/ticket" not in text_of(answer)


def test_a_refused_mail_is_answered_once_and_stores_nothing(
    make_ticket: Any, to: Callable[[str], str], folder: Path, state: Callable[[], Any]
) -> None:
    make_ticket()
    mail = make_mail(to("alice"))
    before, files = state()
    assert receive_mail(mail).is_answered
    for path in folder.glob("*.eml"):
        path.unlink()
    received = receive_mail(mail)
    assert (received.reason, received.comment_id) == ("duplicate", None)
    assert answers(folder) == []
    after, files_after = state()
    after.pop("support_ticket_received_mail")
    before.pop("support_ticket_received_mail")
    assert (after, files_after) == (before, files)


def test_nothing_is_sent_to_an_address_that_bounces(
    make_ticket: Any, to: Callable[[str], str], folder: Path
) -> None:
    from flask_support_tickets.services import mark_undeliverable

    make_ticket()
    address = to("alice")
    mark_undeliverable("alice@example.com")
    received = receive_mail(make_mail(address))
    assert (received.reason, received.is_answered) == ("comments_not_allowed", False)


def test_a_mail_server_that_fails_does_not_lose_the_refusal(
    make_ticket: Any, to: Callable[[str], str], folder: Path
) -> None:
    make_ticket()
    address = to("alice")
    for path in folder.glob("*"):
        path.unlink()
    folder.rmdir()
    folder.write_text("not a folder")
    received = receive_mail(make_mail(address))
    assert (received.reason, received.is_answered) == ("comments_not_allowed", False)


# Files.


def with_file(address: str, name: str, data: bytes, text: str = "See the file.") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "alice@example.com", address, f"<{name}@x>"
    mail.set_content(text)
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def test_a_file_that_is_not_accepted_refuses_the_mail(
    address: str, folder: Path, state: Callable[[], Any]
) -> None:
    """Rule O6."""
    before = state()[1]
    mail = with_file(address, "a.txt", b"Fine.").replace(b"--\n", b"--\n", 1)
    assert receive_mail(mail).reason is None
    received = receive_mail(with_file(address, "run.exe", b"MZ" + bytes(100)))
    assert (received.reason, received.is_answered) == ("invalid", True)
    [answer] = answers(folder)
    assert "“run.exe”: This is a Windows program, which isn't accepted." in text_of(answer)
    assert len(comments()) == 2
    assert len(state()[1]) == len(before) + 1


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="../../etc/passwd.txt"', "passwd.txt"),
        ('filename="=?utf-8?Q?=C3=84.txt?="', "Ä.txt"),
        ('filename="Ä.txt"', "Ä.txt"),
        ("filename*=utf-8''%C3%84%E2%80%AE.txt", "Ä.txt"),
        ("filename*=x-unknown''a.txt", "a.txt"),
    ],
)
def test_names_of_files_are_decoded_and_cleaned(address: str, parameter: str, name: str) -> None:
    mail = with_file(address, "x.txt", b"Hello.")
    mail = mail.replace(b'filename="x.txt"', parameter.encode())
    assert receive_mail(mail).reason is None
    [file] = comments()[-1].attachments
    assert file.filename == name


def test_a_full_disk_is_tried_again(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule O6: the mail server keeps the email."""

    def fail(*_: Any) -> None:
        raise StorageFull

    mail = with_file(address, "a.txt", b"Fine.")
    with monkeypatch.context() as patch:
        patch.setattr(type(current_tickets.store), "write", fail)
        with pytest.raises(StorageFull):
            receive_mail(mail)
    assert receive_mail(mail).reason is None


def test_a_large_mail_is_answered_without_parsing_it(
    address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "MESSAGE_MAX_BYTES", 10_000)
    received = receive_mail(make_mail(address, "x" * 10_000))
    assert (received.reason, received.is_answered) == ("too_large", True)


# Limits.


@every_database
def test_a_person_is_limited_in_an_hour(address: str, folder: Path) -> None:
    """Rule O6."""
    for number in range(MAILS_PER_HOUR):
        assert receive_mail(make_mail(address, f"Text {number}.")).reason is None
    received = receive_mail(make_mail(address, "One more."))
    assert (received.reason, received.is_answered) == ("too_many", False)
    table = tickets._declared.TicketReceivedMail.__table__
    hour_ago = utc_now() - timedelta(minutes=61)
    db.session.execute(update(table).values(created_at=hour_ago))
    db.session.commit()
    assert receive_mail(make_mail(address, "One more.")).reason is None


def test_quotas_apply(address: str, app: Flask, folder: Path) -> None:
    """Rule Q1."""
    object.__setattr__(current_tickets.config, "comments_per_hour", 1)
    assert receive_mail(make_mail(address, "First.")).reason is None
    received = receive_mail(make_mail(address, "Second."))
    assert (received.reason, received.is_answered) == ("too_many_requests", True)


@every_database
def test_simultaneous_copies_become_one_comment(app: Flask, address: str) -> None:
    """Rule O6."""
    mail, results = make_mail(address), []
    barrier = threading.Barrier(4)

    def work() -> None:
        with app.app_context():
            barrier.wait()
            results.append(receive_mail(mail))

    db.session.rollback()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(comments()) == 2
    assert {each.comment_id for each in results} == {comments()[1].id}


def test_old_records_are_forgotten(address: str) -> None:
    receive_mail(make_mail(address))
    table = tickets._declared.TicketReceivedMail.__table__
    assert unit_of_work(forget_old_mail) == 0
    db.session.execute(update(table).values(created_at=utc_now() - timedelta(days=181)))
    db.session.commit()
    assert unit_of_work(forget_old_mail) == 1


# Bounces.

BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com
To: {to}
Auto-Submitted: auto-replied
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {failed}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} No such user

--b--
"""


@pytest.mark.parametrize(
    ("failed", "action", "status", "is_marked"),
    [
        ("alice@example.com", "failed", "5.1.1", True),
        ("Alice@Example.com", "Failed", "5.1.10", True),
        ("alice@example.com", "failed", "5.0.0", True),
        ("alice@example.com", "failed", "5.2.2", False),
        ("alice@example.com", "failed", "5.7.1", False),
        ("alice@example.com", "delayed", "5.1.1", False),
        ("alice@example.com", "failed", "4.1.1", False),
        ("mona@example.com", "failed", "5.1.1", False),
        ("", "failed", "5.1.1", False),
    ],
)
def test_a_bounce_marks_only_the_address_that_we_wrote_to(
    failed: str, action: str, status: str, is_marked: bool, address: str
) -> None:
    """Rule O6."""
    mail = BOUNCE.format(to=address, failed=failed, action=action, status=status).encode()
    assert receive_mail(mail).reason == "automatic"
    rows = list(db.session.scalars(db.select(tickets._declared.TicketUndeliverable)))
    assert [each.address for each in rows] == ["alice@example.com"] * is_marked
    if rows:
        assert rows[0].reason == f"{status} 550 {status} No such user"


def test_a_bounce_without_our_token_marks_nothing(address: str) -> None:
    mail = BOUNCE.format(
        to="tickets@acme.example", failed="alice@example.com", action="failed", status="5.1.1"
    )
    assert receive_mail(mail.encode()).reason == "automatic"
    assert db.session.scalar(db.select(tickets._declared.TicketUndeliverable)) is None


# Loops.


def test_our_own_mails_are_dropped_whoever_sends_them_back(
    make_ticket: Any, mails: Mails, policy: MailPolicy, folder: Path
) -> None:
    """Rule O6."""
    make_ticket(TicketStatus.InProgress)
    for mail in mails():
        back = mail.as_bytes().replace(b"\nTo:", b"\nX-To:")
        to = b"To: " + address_in(mail).encode() + b"\n"
        without_marks = b"\n".join(
            line for line in back.split(b"\n") if not line.startswith((b"Auto-Submitted", b"List-"))
        )
        for copy in (to + back, to + without_marks):
            assert receive_mail(copy).reason == "automatic"
    assert comments() == []


def test_two_systems_that_answer_each_other_stop(address: str, folder: Path) -> None:
    """Rule O6: even a program that does not say what it is ends at the limit."""
    reasons = [receive_mail(make_mail(address, f"Ticket {n}")).reason for n in range(40)]
    assert reasons == [None] * MAILS_PER_HOUR + ["too_many"] * (40 - MAILS_PER_HOUR)
    deliver_all()
    assert len(answers(folder)) == 0
    assert len(read_folder(folder)) < 10
