"""No email makes an error, and none changes anything without the right sender and token."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flask_support_tickets import receive_mail

from ..host import db, tickets
from .conftest import REPLY_ADDRESS, comments
from .test_mails import MAILS

TOKEN = b"{token}"
FEW = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAMES = st.sampled_from(
    [
        *("From", "To", "Cc", "Subject", "Content-Type", "Content-Transfer-Encoding", "Message-ID"),
        *("Delivered-To", "Return-Path", "Auto-Submitted", "Content-Disposition", "MIME-Version"),
        *("Authentication-Results", "Precedence", "Content-ID"),
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            *("multipart/mixed; boundary=b", "multipart/report; boundary=b", "text/html", "text/"),
            *("text/plain; charset=utf-16; format=flowed", "message/rfc822", "base64", "uuencode"),
            *("quoted-printable", "attachment; filename*0*=utf-8''%; filename*1=x", "image/png"),
            *("=?utf-8?B?/////?=", "=?x?Q?=?=", "multipart/mixed; boundary*=utf-16''%00%ff"),
            *("message/delivery-status", "text/plain; charset*=x'y'utf-8", "alice@example.com"),
            *("Alice <alice@example.com>", "tickets+{token}@acme.example", "a" * 3_000),
        ]
    ),
    st.text(max_size=60),
)
LINES = st.one_of(
    st.tuples(NAMES, VALUES).map(lambda pair: f"{pair[0]}: {pair[1]}".encode(errors="replace")),
    st.sampled_from([b"", b"--b", b"--b--", b"> quoted", b"<div><blockquote>", b"begin 644 a.txt"]),
    st.binary(max_size=80),
)
STRUCTURED = st.lists(LINES, max_size=30).map(b"\n".join)


def with_token(mail: bytes, address: str) -> bytes:
    before, _, after = REPLY_ADDRESS.partition("{token}")
    return mail.replace(TOKEN, address.removeprefix(before).removesuffix(after).encode())


def forget_mail() -> None:
    db.session.execute(db.delete(tickets._declared.TicketReceivedMail))
    db.session.commit()


@pytest.mark.slow
def test_any_bytes_are_dropped(address: str, everything: Callable[[], Any]) -> None:
    """Rule O6."""
    before = everything()

    @FEW
    @given(st.one_of(st.binary(max_size=2_000), STRUCTURED))
    def receive(mail: bytes) -> None:
        assert receive_mail(mail).comment_id is None

    receive()
    assert everything() == before


@pytest.mark.slow
def test_malformed_mails_of_the_right_person_make_no_error(address: str) -> None:
    """Rule O6."""
    head = with_token(b"From: alice@example.com\nTo: tickets+{token}@acme.example\n", address)

    @FEW
    @given(STRUCTURED)
    def receive(mail: bytes) -> None:
        forget_mail()
        received = receive_mail(head + with_token(mail, address))
        assert received.comment_id is None or received.reason is None

    receive()


@pytest.mark.slow
def test_damaged_mails_make_no_error_and_quote_nothing_else(address: str, alice: Any) -> None:
    """Rule O6: bytes of the emails of the corpus are changed, cut and repeated."""
    chance = random.Random(19)
    for path in MAILS:
        for _ in range(4):
            forget_mail()
            receive_mail(damaged(with_token(path.read_bytes(), address), chance))
    assert {each.user_id for each in comments()[1:]} <= {alice.id}
    assert all(len(each.text) <= 20_000 for each in comments())


def damaged(mail: bytes, chance: random.Random) -> bytes:
    data = bytearray(mail)
    for _ in range(chance.randint(1, 12)):
        start = chance.randrange(len(data))
        end = min(len(data), start + chance.choice([1, 1, 4, 30, 400]))
        data[start:end] = chance.choice(
            [b"", data[start:end] * 2, chance.randbytes(end - start), b"\n", b"\0", b"--", b"\r"]
        )
    return bytes(data)


@pytest.mark.slow
def test_huge_mails_are_processed_in_bounded_time(address: str) -> None:
    """Rule O6."""
    head = with_token(b"From: alice@example.com\nTo: tickets+{token}@acme.example\n", address)
    line = b"x" * 70 + b"\n"
    for number, mail in enumerate(
        [
            head + b"Received: from x\n" * 500_000 + b"\nText",
            head + b"Subject: " + b"a" * 5_000_000 + b"\n\nText",
            head + b"Subject:" + b" =?utf-8?Q?a?=" * 300_000 + b"\n\nText",
            head + b"\n" + line * 200_000,
            head + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 300_000,
            head + b"Content-Type: text/html\n\n" + b"<div>" * 1_000_000,
            head + b"Content-Transfer-Encoding: base64\n\n" + b"QUJD\n" * 1_000_000,
        ]
    ):
        forget_mail()
        before = time.process_time()
        receive_mail(mail + b"\n" + str(number).encode())
        assert time.process_time() - before < 30
