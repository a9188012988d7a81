"""Requests that are small to send and could take long to answer: the work for each is bounded.

Rules S2, V3. Cases 93, 94.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.models import utc_now

from ..host import db, tickets

#: As long as common servers let a header be.
LINE = 8_000
LIMIT = 20_000
#: Texts that choke other renderers.
HEAVY = [
    "[" * LIMIT, "*a " * 6_666, "> " * 9_999 + "x", "`" * LIMIT, "![" * 10_000, "_" * LIMIT,
    "https://example.org/" * 1_000, "&" * LIMIT, "<" * LIMIT, "\u0301a" * 10_000,
    "a\n" * 9_999 + "a", "\u202e" * 19_999 + "x",
]  # fmt: skip


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when the block needs ten times what it may: 10 seconds of this thread's processor."""
    started = time.thread_time()
    yield
    assert time.thread_time() - started < 10


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_LOCALE": "auto"}])
def test_long_accept_language_is_read_quickly(client_of, mona, make_ticket, host_config):
    make_ticket()
    client = client_of(mona)
    for accepted in (
        "a-" * (LINE // 2) + "a", "de-" + "x" * LINE, "xx," * (LINE // 3) + "de", "q" * LINE,
    ):  # fmt: skip
        for url in ("/admin/tickets/stats", "/admin/tickets/", "/settings/ticket", "/api/tickets"):
            with bounded():
                answer = client.get(url, headers={"Accept-Language": accepted})
            assert answer.status_code == 200
    headers = {"Accept-Language": "xx," * 1_000 + "de-AT-1996;q=0.5"}
    message = client_of(None).get("/api/tickets", headers=headers).json["error"]["message"]
    assert message == "Melden Sie sich an, um fortzufahren."


@pytest.mark.parametrize("shape", ["comments", "replies", "chain"])
def test_ticket_with_ten_thousand_comments_opens_in_bounded_pages(
    client_of, alice, mona, make_ticket, make_comment, shape
):
    """Also a chain of replies that is deeper than the rules allow."""
    ticket = make_ticket(TicketStatus.InProgress)
    first = make_comment(ticket, alice, "the first").id
    rows = []
    for number in range(1, 10_001):
        parent = {"comments": None, "replies": first, "chain": first + number - 1}[shape]
        rows.append({
            "id": first + number, "ticket_id": ticket.id, "user_id": alice.id, "is_staff": False,
            "text": "words", "created_at": utc_now(), "reply_count": 0,
            "parent_comment_id": parent, "root_comment_id": None if parent is None else first,
            "depth": {"comments": 0, "replies": 1, "chain": number}[shape],
        })  # fmt: skip
    db.session.execute(db.insert(tickets.TicketComment), rows)
    db.session.commit()
    for user, url in (
        (alice, f"/settings/ticket/{ticket.id}"),
        (mona, f"/admin/tickets/{ticket.id}"),
        (mona, f"/api/ticket-comments/ticket/{ticket.id}?pageSize=100"),
        (mona, f"/api/ticket-comments/{first}/replies?pageSize=100"),
    ):
        with bounded():
            answer = client_of(user).get(url)
        assert answer.status_code == 200
        assert len(answer.data) < 1_000_000
        if url.startswith("/settings"):
            assert answer.text.count("st-comment ") == (50 if shape == "comments" else 501)


def test_texts_that_choke_other_renderers_are_shown(
    client_of, alice, mona, make_ticket, make_comment
):
    ticket = make_ticket(TicketStatus.InProgress, description=HEAVY[0])
    for text in HEAVY:
        make_comment(ticket, alice, text)
    for user, url in (
        (alice, f"/settings/ticket/{ticket.id}"),
        (mona, f"/admin/tickets/{ticket.id}"),
        (mona, "/admin/tickets/"),
    ):
        with bounded():
            assert client_of(user).get(url).status_code == 200


@pytest.mark.parametrize("character", ["\ufdfa", "中", "x"])
def test_match_without_end_is_marked_in_part(client_of, mona, make_ticket, character):
    """U+FDFA is eighteen characters to the search."""
    make_ticket(description=f"{character * 19_000} words")
    with bounded():
        page = client_of(mona).get("/admin/tickets/", query_string={"search": character})
    marks = [part.partition("</mark>")[0] for part in page.text.split("<mark>")[1:]]
    assert (marks == []) is (character == "x")  # not the word that was asked for
    assert all(1 <= len(mark) <= 420 for mark in marks)
