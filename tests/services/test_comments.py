"""Comments and replies: what they may hold, where they hang, and how they are listed."""

from __future__ import annotations

import pytest

from flask_support_tickets import Invalid, TicketStatus, actor_for
from flask_support_tickets.services import (
    add_comment,
    get_ticket,
    list_comments,
    list_events,
    list_replies,
    list_threads,
    page_of_comment,
    transition_ticket,
)
from flask_support_tickets.services.comments import threads

from ..databases import every_database


@pytest.fixture
def ticket(make_ticket):
    return make_ticket(TicketStatus.InProgress)


@pytest.fixture
def threads_of(mona):
    """Return the page of threads of a ticket, as mona sees it."""

    def read(ticket, **page):
        actor = actor_for(mona)
        shown = get_ticket(actor=actor, ticket_id=ticket.id)
        return list_threads(actor=actor, ticket=shown, **page)

    return read


@pytest.mark.parametrize("text", ["", " \n", "\x00", "\ud800", "x" * 20_001, "\u200b"])
def test_comment_with_text_that_breaks_a_rule_is_refused(act, mona, ticket, everything, text):
    """Rules T2, T3, T4."""
    before = everything()
    with pytest.raises(Invalid) as refusal:
        act(add_comment, mona, ticket_id=ticket.id, text=text)
    assert list(refusal.value.fields) == ["text"]
    assert everything() == before


@every_database
def test_parent_on_another_ticket_is_refused_like_a_missing_one(
    act, mona, make_ticket, make_comment, ticket, everything
):
    """Rule A2."""
    foreign = make_comment(make_ticket(TicketStatus.InProgress), mona)
    before, messages = everything(), set()
    for parent_id in (foreign.id, 987_654, 2**63 - 1):
        with pytest.raises(Invalid) as refusal:
            act(add_comment, mona, ticket_id=ticket.id, text="T", parent_comment_id=parent_id)
        messages.add(str(refusal.value.fields))
    assert len(messages) == 1
    assert everything() == before


class TestReplyDepth:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_MAX_REPLY_DEPTH": 2}

    def test_reply_below_the_deepest_level_is_refused(self, act, mona, ticket, make_comment):
        """Case 93."""
        comment = make_comment(ticket, mona)
        for depth in (1, 2):
            comment = make_comment(ticket, mona, parent=comment)
            assert comment.depth == depth
        reply = {"ticket_id": ticket.id, "text": "T", "parent_comment_id": comment.id}
        with pytest.raises(Invalid):
            act(add_comment, mona, **reply)


@every_database
def test_comments_are_counted_on_ticket_and_parent(alice, mona, ticket, make_comment):
    root = make_comment(ticket, mona)
    reply = make_comment(ticket, alice, parent=root)
    nested = make_comment(ticket, mona, parent=reply)
    assert (ticket.comment_count, ticket.thread_count, ticket.staff_comment_count) == (3, 1, 2)
    assert [each.reply_count for each in (root, reply, nested)] == [1, 1, 0]
    assert [each.root_comment_id for each in (root, reply, nested)] == [None, root.id, root.id]
    assert [each.is_staff for each in (root, reply, nested)] == [True, False, True]
    assert ticket.status == TicketStatus.InProgress


@every_database
def test_threads_are_in_reading_order(alice, mona, ticket, make_comment, threads_of):
    one, two = make_comment(ticket, mona, "1"), make_comment(ticket, alice, "2")
    first = make_comment(ticket, alice, "1.1", parent=one)
    make_comment(ticket, mona, "2.1", parent=two)
    make_comment(ticket, alice, "1.2", parent=one)
    make_comment(ticket, mona, "1.1.1", parent=first)
    texts = [comment.text for comment in threads_of(ticket).items]
    assert texts == ["1", "1.1", "1.1.1", "1.2", "2", "2.1"]
    last = threads_of(ticket, page=2, page_size=1)
    assert ([comment.text for comment in last.items], last.has_more) == (["2", "2.1"], False)
    place = {"actor": actor_for(alice), "page_size": 1}
    assert [page_of_comment(each, **place) for each in (one, first, two)] == [1, 1, 2]


def test_thread_with_too_many_replies_is_cut_and_says_so(
    mona, ticket, make_comment, threads_of, monkeypatch
):
    monkeypatch.setattr(threads, "REPLIES_MAX", 3)
    root = make_comment(ticket, mona)
    replies = [make_comment(ticket, mona, parent=root) for _ in range(3)]
    expected = [comment.id for comment in (root, *replies)]
    for is_cut in (False, True):
        found = threads_of(ticket)
        assert ([shown.id for shown in found.items], found.is_cut) == (expected, is_cut)
        make_comment(ticket, mona, parent=replies[0])


@every_database
@pytest.mark.parametrize("kind", ["comments", "replies", "events"])
def test_pages_and_cursors_show_every_row_once(mona, ticket, make_comment, kind):
    """Rule P1. With a cursor, rows that are added meanwhile come last."""
    root = make_comment(ticket, mona, "0")
    parent = root if kind == "replies" else None

    def read(**place):
        if kind == "replies":
            return list_replies(actor=actor_for(mona), comment_id=root.id, page_size=2, **place)
        listing = list_comments if kind == "comments" else list_events
        return listing(actor=actor_for(mona), ticket_id=ticket.id, page_size=2, **place)

    for number in range(1, 6):
        make_comment(ticket, mona, str(number), parent=parent)
    by_page = [row.id for page in (1, 2, 3, 4) for row in read(page=page).items]
    total = read().total_count
    assert by_page == sorted(set(by_page))
    assert len(by_page) == total
    assert (read(page=99).items, read(page=99).total_count) == ([], total)
    seen, page = [], read(after_id=0)
    while page.items:
        seen += [row.id for row in page.items]
        if len(seen) == 4:
            make_comment(ticket, mona, "new", parent=parent)
        page = read(after_id=page.last_id)
    assert seen[:-1] == by_page
    assert len(seen) == total + 1


@pytest.mark.parametrize("what", ["comment", "transition"])
def test_ticket_is_locked_before_comment_and_event_get_their_ids(
    act, mona, make_ticket, ticket, statements, what
):
    """Otherwise a cursor could miss a row that is committed later than one with a higher id."""
    with statements() as sent:
        if what == "comment":
            act(add_comment, mona, ticket_id=ticket.id, text="T")
        else:
            act(transition_ticket, mona, ticket_id=ticket.id, action="MarkAsResolved")
    writes = [each for each in sent if each.startswith(("UPDATE", "INSERT"))]
    assert writes[0].startswith("UPDATE support_ticket ")
    assert any(each.startswith("INSERT INTO support_ticket_event") for each in writes)
