"""Emails as mail programs write them become the right comment, or are refused or dropped (O6).

For each ``mails/<name>.eml``, ``<name>.txt`` has the expected outcome and the text of the comment.
``{token}`` stands for the token of the ticket's reply address.
"""

from __future__ import annotations

from email import message_from_string
from pathlib import Path
from typing import Any

from flask_support_tickets import receive_mail

from ..host import db, tickets
from .conftest import REPLY_ADDRESS, answers

MAILS = sorted((Path(__file__).parent / "mails").glob("*.eml"))


def test_each_mail_has_the_expected_outcome(address: str, folder: Path) -> None:
    """Rule O6."""
    assert len(MAILS) >= 100
    before, _, after = REPLY_ADDRESS.partition("{token}")
    token = address.removeprefix(before).removesuffix(after).encode()
    outcomes = {path.stem: outcome_of(path, token, folder) for path in MAILS}
    assert outcomes == {path.stem: expected_outcome_of(path) for path in MAILS}


def outcome_of(path: Path, token: bytes, folder: Path) -> tuple[Any, ...]:
    """Receive an email and return the reason, whether it was answered, the text and the files."""
    forget_everything(folder)
    mail = path.read_bytes().replace(b"{token}", token).replace(b"{TOKEN}", token.upper())
    received = receive_mail(mail)
    assert len(answers(folder)) == received.is_answered
    if received.comment_id is None:
        return received.reason, received.is_answered, "", ""
    comment = db.session.get_one(tickets.TicketComment, received.comment_id)
    files = ", ".join(each.filename for each in comment.attachments)
    return received.reason, received.is_answered, comment.text, files


def expected_outcome_of(path: Path) -> tuple[Any, ...]:
    expected = message_from_string(path.with_suffix(".txt").read_text("utf-8"))
    is_refused, text = expected["outcome"] == "refused", expected.get_payload()
    return expected["reason"], is_refused, text.strip(), expected["files"] or ""


def forget_everything(folder: Path) -> None:
    """Forget the earlier emails of this person, which count towards the limit."""
    for path in folder.glob("*.eml"):
        path.unlink()
    for model in (tickets._declared.TicketReceivedMail, tickets._declared.TicketUndeliverable):
        db.session.execute(db.delete(model))
    db.session.commit()
