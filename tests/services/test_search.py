"""What a search finds. Rule S1. The answers are the same with and without an index."""

from __future__ import annotations

import random
import unicodedata

from sqlalchemy import text

from flask_support_tickets import TicketStatus, actor_for, unit_of_work
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    create_search_index,
    list_tickets,
)
from flask_support_tickets.services.search.availability import index_to_read, index_to_write
from flask_support_tickets.services.search.query import index_texts, reindex_ticket
from flask_support_tickets.services.search.tokenizer import MARKER, Term, tokenize, tokenize_query

from ..databases import every_database
from ..host import db, tickets
from .search_texts import CASES, POOL
from .searching import drop_index, find

pytestmark = every_database


def test_search_finds_words_and_their_beginnings_in_any_spelling(make_ticket, choose_search):
    """Cases 81, 83."""
    ids = {}
    for number, (content, _, _) in enumerate(CASES):
        ids[content] = make_ticket(subject=f"Case n{number:03}", description=content).id
    choose_search()
    for content, found, missed in CASES:
        for search in found:
            assert ids[content] in find(search), (content, search)
        for search in missed:
            assert ids[content] not in find(search), (content, search)


def test_search_needs_every_word_in_subject_description_or_comments(
    make_ticket, make_comment, mona, alice, choose_search
):
    talked = make_ticket(TicketStatus.InProgress, subject="Slow", description="page")
    other = make_ticket(TicketStatus.InProgress, subject="Slow", description="tea")
    first = make_comment(talked, mona, "Warm cache?")
    make_comment(talked, alice, "Cold.", parent=first)
    choose_search()
    assert find("cold SLOW cache page") == [talked.id]
    assert find("slow") == [other.id, talked.id]
    assert find("slow cold tea") == []


def test_search_finds_names_of_attachments(
    make_ticket, make_upload, make_comment, mona, alice, act, choose_search
):
    links = ["https://example.org/wiki/Réseau_42.html", make_upload(alice, "Invoice März.txt").path]
    opened = make_ticket(TicketStatus.InProgress, attachment_urls=links)
    replied = make_ticket(TicketStatus.InProgress)
    url = make_upload(mona, "traceroute.txt").path
    act(add_comment, mona, ticket_id=replied.id, text="Look", attachment_urls=[url])
    make_upload(alice, "unused.txt")
    choose_search()
    for search in ("invoice marz", "reseau", "Résea 42 example", "nothing invoi"):
        assert find(search) == [opened.id], search
    assert find("look tracero") == [replied.id]
    assert find("txt") == [replied.id, opened.id]
    assert find("unused") == find("voice") == []


def test_only_staff_find_internal_notes(make_ticket, alice, mona, choose_search):
    ticket, other = make_ticket(subject="Printer"), make_ticket(subject="Secretary")
    values = {"user_id": mona.id, "is_staff": True, "created_at": utc_now()}
    row = {**values, "ticket_id": ticket.id, "text": "Secret 打印机 plan", "is_internal": True}
    comment_id = db.session.scalar(
        db.insert(tickets.TicketComment).values(**row).returning(tickets.TicketComment.id)
    )
    link = {"ticket_id": ticket.id, "comment_id": comment_id, "url": "https://example.org/hidden"}
    link |= {"user_id": mona.id, "created_at": utc_now()}
    db.session.execute(db.insert(tickets.TicketAttachment).values(**link))
    db.session.commit()
    unit_of_work(index_texts, ticket.id, row["text"], link["url"], is_note=True)
    choose_search()
    for search in ("secret plan", "secr print", "打印机", "hidden"):
        assert find(search) == [], search
        assert find(search, with_notes=True) == [ticket.id], search
    assert find("secre") == [other.id]
    assert find("secre", with_notes=True) == [other.id, ticket.id]
    for user, ids in ((mona, [other.id, ticket.id]), (alice, [other.id])):
        page = list_tickets(actor=actor_for(user), criteria=TicketFilter(search="secre"))
        assert [each.id for each in page.items] == ids


def test_search_finds_the_present_words_of_an_edited_ticket(make_ticket, choose_search):
    ticket = make_ticket(subject="Printer on fire", description="Red flames")
    make_ticket(subject="Printer")

    def edit():
        old = ticket.subject, ticket.description
        ticket.subject = "Scanner on fire"
        db.session.flush()
        reindex_ticket(ticket.id, *old)

    unit_of_work(edit)
    unit_of_work(edit)
    if db.engine.dialect.name == "sqlite":
        merge_fts5(random.Random(3))
    choose_search()
    assert find("scan fire flames") == [ticket.id]
    assert find("printer fire") == find("print flam") == []
    assert len(find("printer")) == 1
    assert index_to_write() is None or index_to_write().has(ticket.id, Term(MARKER))


def test_search_without_a_word_finds_nothing(make_ticket, choose_search):
    """Case 83."""
    make_ticket(subject="% _ 🔥 \\", description="'")
    choose_search()
    for search in ("%", "_", "🔥", "'", "-- ;", "\u0301", "#", "\\"):
        assert find(search) == [], search


def test_search_for_a_number_finds_the_ticket_with_that_id_first(make_ticket, choose_search):
    """Case 86."""
    first = make_ticket(subject="First")
    named = make_ticket(subject=f"About {first.id}")
    last = make_ticket(subject=f"And {first.id}")
    choose_search()
    for search in (str(first.id), f"#{first.id}", f" #{first.id} ", f"\uff03{first.id}"):
        assert find(search) == [first.id, last.id, named.id]
        assert find(search, limit=1) == [first.id]
        assert find(search, limit=2) == [first.id, last.id]
        assert find(search, limit=2, offset=1) == [last.id, named.id]
        assert find(search, limit=2, offset=3) == []
        assert find(search, after_id=first.id) == [last.id, named.id]
        assert find(search, after_id=last.id) == [named.id]
        assert find(search, after_id=named.id) == []
        assert find(search, tickets.Ticket.id != first.id) == [last.id, named.id]
        assert find(search, tickets.Ticket.id != first.id, after_id=first.id) == []
    assert find("#987654") == find("9" * 30) == []


def test_search_finds_words_at_the_end_of_the_longest_texts(
    make_ticket, make_comment, mona, choose_search
):
    ticket = make_ticket(TicketStatus.InProgress, description="ab " * 6_666 + "z")
    make_comment(ticket, mona, "".join(f"w{number:x} " for number in range(3_900))[:19_990])
    make_comment(ticket, mona, "打印机坏了" * 4_000)
    choose_search()
    for search in ("z ab", "w64 wb00", "了打 z"):
        assert find(search) == [ticket.id]


def test_search_is_limited_by_filters(make_ticket, alice, bob, mona, choose_search):
    """Rule A1. Case 10."""
    own = make_ticket(owner=bob, subject="The word")
    foreign = make_ticket(TicketStatus.InProgress, owner=alice, subject="The word")
    choose_search()

    def listed(user, **criteria):
        wanted = TicketFilter(search="word", **criteria)
        page = list_tickets(actor=actor_for(user), criteria=wanted)
        return [ticket.id for ticket in page.items], page.total_count

    assert listed(bob) == ([own.id], 1)
    assert listed(alice) == ([foreign.id], 1)
    assert listed(mona) == ([foreign.id, own.id], 2)
    assert listed(mona, statuses=[TicketStatus.New]) == ([own.id], 1)
    assert listed(mona, assigned_to=mona.id) == ([foreign.id], 1)
    assert listed(mona, is_unassigned=True) == ([own.id], 1)
    assert listed(mona, department="None") == ([], 0)


def test_index_and_scan_agree_with_brute_force(make_ticket, mona):
    rng, texts = random.Random(7), {}
    for _ in range(25):
        content = " ".join(rng.choices(POOL, k=rng.randint(1, 9))) + " x"
        ticket = make_ticket(TicketStatus.InProgress, subject="S", description=content)
        texts[ticket.id] = [content]
    for turn in range(20):
        unit_of_work(comment_at_random, rng, actor_for(mona), texts)
        if db.engine.dialect.name == "sqlite" and turn % 5 == 4:
            merge_fts5(rng)
    searches = [" ".join(rng.choices(POOL, k=rng.randint(1, 3))) for _ in range(60)]
    expected = [brute_force(search, texts) for search in searches]
    assert sum(map(len, expected)) > 80
    assert [find(search) for search in searches] == expected
    drop_index()
    assert [find(search) for search in searches] == expected
    assert create_search_index()
    assert index_to_read() is not None
    assert [find(search) for search in searches] == expected


def comment_at_random(rng, actor, texts):
    for _ in range(rng.randint(1, 3)):
        ticket_id = rng.choice(list(texts)[:12])
        content = " ".join(rng.choices(POOL, k=rng.randint(1, 5))) + " y"
        add_comment(actor=actor, ticket_id=ticket_id, text=content)
        texts[ticket_id].append(content)


def merge_fts5(rng):
    """Let FTS5 merge its segments: a ticket in several of them must not lose a word."""
    command = rng.choice(["('optimize', NULL)", "('merge', 8)", "('merge', -16)"])
    into = "support_ticket_words (support_ticket_words, rank)"
    db.session.execute(text(f"INSERT INTO {into} VALUES {command}"))
    db.session.commit()


def brute_force(search, texts):
    terms, number = tokenize_query(search), unicodedata.normalize("NFKC", search).removeprefix("#")
    found = [
        ticket_id
        for ticket_id, contents in texts.items()
        if (terms and all(term.is_in(tokenize("S", *contents)) for term in terms))
        or number == str(ticket_id)
    ]
    return sorted(found, key=lambda each: (number == str(each), each))[::-1]
