"""A thousand random searches: each index and the scan agree with the rules. Rules S1, S3."""

from __future__ import annotations

import random
import unicodedata

import pytest

from flask_support_tickets import Action, Actor, TicketStatus, actor_for, unit_of_work
from flask_support_tickets.errors import Invalid
from flask_support_tickets.services import (
    TicketFilter,
    add_comment,
    list_tickets,
    open_ticket,
    transition_ticket,
)
from flask_support_tickets.services.search.availability import index_to_read
from flask_support_tickets.services.search.operators import split_search
from flask_support_tickets.services.search.tokenizer import tokenize, tokenize_query

from ..databases import every_database
from ..host import db
from .search_texts import CASES, POOL
from .searching import drop_index

pytestmark = [every_database, pytest.mark.slow]

STAFF = Actor(id=None, is_staff=True, name="Staff")
STATUSES = {
    **{text: {status} for status in TicketStatus for text in (status.name, f"{status:d}")},
    "open": {TicketStatus.New, TicketStatus.InProgress},
    "in-progress": {TicketStatus.InProgress},
    "new,CLOSED": {TicketStatus.New, TicketStatus.Closed},
}
#: Alphabets for words, some of which begin like others.
ALPHABETS = [
    "abe", "aáäåbcç", "ебёйи", "اأإبَُّـ", "אבּגָ", "가각나낙", "打印机坏", "がかカパ", "กำิ่", "नमस्ते",
    "12３²", "ßsſS", "İiıI", "_-.'", "a가", "x打",
]  # fmt: skip
HOSTILE = [
    "'", '"', "''", "*", "%", "_", "\\", "a'b", 'a"b', "a*", "a%", "':*", "'a':*", "a & b",
    "a | !b", "(a", "a)", "NEAR(a b)", "a OR b", "NOT a", "a:b", "a<->b", "+a -b", "~a", "@1",
    "a\x00b",
    "a\x1fb", "\ud800a", "a\u200bb", "a\u00adb", "a\u2028b", "\ufeff", "\u0301", "a\u0338",
    "x" * 300, "é" * 199, "火" * 90, "ﷺ" * 40, "🔥a", "{}", "%(a)s", "${a}", ":a", "?", "; --",
    "_2", "zzw", "zzw_0",
]  # fmt: skip
VALUES = {
    "from": ["alice", "BOB", "li", '"bob"', "1", "2", "99", "nobody", "%", "_", "'", "me", "none"],
    "assignee": ["mona", "2", "none", "None", "me", "alice", '"mona', "“mona”", "\x00"],
    "status": [*STATUSES, "nope", "4", "-1", '""', "new,", "'"],
    "department": ["sales", "SALES", '"Customer care"', "käse", "KÄSE", "none", "%"],
    "foo": ["bar"],
    "http": ["//example.org"],
}


def random_word(rng):
    kind = rng.random()
    if kind < 0.4:
        return "".join(rng.choices(rng.choice(ALPHABETS), k=rng.randint(1, 6)))
    word = rng.choice(POOL) if kind < 0.8 else rng.choice(rng.choice(CASES)[0].split())
    return word[: rng.randint(1, len(word))] if rng.random() < 0.3 else word


def random_text(rng, most):
    return " ".join(random_word(rng) for _ in range(rng.randint(1, most)))


def random_search(rng):
    parts = [random_word(rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))]
    if rng.random() < 0.2:
        parts.append(rng.choice(HOSTILE))
    while not parts or rng.random() < 0.25:
        name = rng.choice(list(VALUES))
        parts.append(f"{rng.choice((name, name.upper()))}:{rng.choice(VALUES[name])}")
    if rng.random() < 0.1:
        parts = [f"{rng.choice(('#', ''))}{rng.randint(1, 320)}", *parts[:1]]
    rng.shuffle(parts)
    return rng.choice((" ", "  ", "\t", "\n")).join(parts)


def fill(rng, alice, bob, mona):
    """Open tickets and return what their searches depend on, by ID."""
    filled, staff = {}, actor_for(mona)
    for _ in range(300):
        owner, department = rng.choice((alice, bob)), rng.choice(("Sales", "Käse", "Customer care"))
        department = rng.choice((department, None))
        texts = [random_text(rng, 4) + " s", random_text(rng, 12) + " d"]
        links = [f"https://example.org/{rng.choice(('Invoice_März', 'print'))}.pdf"]
        links = links if rng.random() < 0.2 else []
        content = {"subject": texts[0], "description": texts[1], "department": department}
        ticket_id = unit_of_work(
            open_ticket, actor=actor_for(owner), attachment_urls=links, **content
        ).id
        status = TicketStatus(rng.choice((0, 0, 1, 1, 2, 3)))
        for action in (Action.StartProgress, Action.MarkAsResolved, Action.Close)[:status]:
            if action is Action.MarkAsResolved:
                texts.append(random_text(rng, 8) + " c")
                comment = {"ticket_id": ticket_id, "text": texts[-1]}
                unit_of_work(add_comment, actor=actor_for(owner), **comment)
            unit_of_work(transition_ticket, actor=staff, ticket_id=ticket_id, action=action)
        tokens = tokenize(*texts, *links)
        filled[ticket_id] = owner, department, status, mona if status else None, tokens
    return filled


def expected(search, filled, users):
    """Return the IDs that match by the rules, or None if the search is refused."""
    words, operators = split_search(search)
    terms = tokenize_query(words)
    number = unicodedata.normalize("NFKC", words).strip().removeprefix("#")
    found = []
    for ticket_id, (owner, department, status, assignee, tokens) in filled.items():
        is_match = bool(terms or operators) and all(term.is_in(tokens) for term in terms)
        is_match = is_match or number == str(ticket_id)
        for name, value in operators:
            if name == "status":
                statuses = {text.lower(): each for text, each in STATUSES.items()}.get(
                    value.lower()
                )
                if statuses is None:
                    return None
                is_match = is_match and status in statuses
            elif name == "department":
                spellings = (value, value.lower(), value.upper(), value.capitalize(), value.title())
                is_match = is_match and department in spellings
            elif name == "assignee" and value.lower() == "none":
                is_match = is_match and assignee is None
            else:
                keys = {user.id for user in users if str(user.id) == value} or {
                    user.id for user in users if value.lower() in user.username
                }
                keys = set() if value.lower() == "me" else keys
                person = owner if name == "from" else assignee
                is_match = is_match and person is not None and person.id in keys
        if is_match:
            found.append(ticket_id)
    return sorted(found, key=lambda each: (number == str(each), each), reverse=True)


def answer(search):
    try:
        page = list_tickets(actor=STAFF, criteria=TicketFilter(search=search), page_size=400)
    except Invalid:
        return None
    finally:
        db.session.rollback()
    return [ticket.id for ticket in page.items]


def test_a_thousand_searches_are_answered_alike_by_every_index_and_the_scan(alice, bob, mona):
    rng = random.Random(2)
    filled = fill(rng, alice, bob, mona)
    searches = [random_search(rng) for _ in range(1_000)]
    answers = {each: expected(each, filled, (alice, bob, mona)) for each in searches}
    assert sum(map(bool, answers.values())) > 300
    assert sum(each is None for each in answers.values()) > 10
    assert index_to_read() is not None
    wrong = [each for each in searches if answer(each) != answers[each]]
    assert wrong == []
    drop_index()
    assert index_to_read() is None
    wrong = [each for each in searches if answer(each) != answers[each]]
    assert wrong == []
