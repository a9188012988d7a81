"""What a search found, marked as the search compares it. Rule S2."""

import random
from types import SimpleNamespace

import pytest
from markupsafe import escape

from flask_support_tickets.services.search.tokenizer import (
    find_token_spans,
    tokenize,
    tokenize_query,
)
from flask_support_tickets.web.highlight import Highlight

from ..services.search_texts import POOL


def found(text, search):
    return [text[start:end] for start, end in find_token_spans(text, tokenize_query(search))]


def test_word_is_marked_exactly_when_search_finds_it():
    draw = random.Random(5)
    for _ in range(1_000):
        text = "".join(draw.choice(POOL) + draw.choice(" -\n. ") for _ in range(5))
        search = draw.choice(POOL)
        is_there = any(term.is_in(tokenize(text)) for term in tokenize_query(search))
        assert bool(found(text, search)) is is_there, (text, search)


@pytest.mark.parametrize("length", [999, 1_000, 1_001, 2_500])
def test_marks_in_long_text_come_once_and_in_order(length):
    assert "".join(found("中" * length, "中")) == "中" * length
    for place in range(length - 30, length):
        text = "a-" * (place // 2) + "打印机" + "-a" * 600
        assert found(text, "打印机") == ["打印机"], place
        assert found("x" * place + "print", "print") == []
        assert found("x" * place + "é print", "print") == ["print"]


@pytest.mark.parametrize(
    ("text", "search", "places"),
    [
        ("打印机坏了 打", "打印机", ["打印机"]),
        ("打印机坏了", "坏", ["坏"]),
        ("打印fire打", "fire 印", ["印", "fire"]),
        ("x-ray, X ray; x_RAY", "x-ray", ["x", "ray", "X", "ray", "x", "RAY"]),
        ("gro\u0308ße!", "GRÖSSE", ["gro\u0308ße"]),
        ("Printers print, PRINTED: reprint pr", "prin", ["Printers", "print", "PRINTED"]),
        ("Crème brûlée, creme", "CREME brul", ["Crème", "brûlée", "creme"]),
        ("مُحَمَّد محمدي", "محمد", ["مُحَمَّد", "محمدي"]),
        ("프린터가 Windows에서", "프린터 windows", ["프린터가", "Windows에서"]),
        ("nothing", "", []),
    ],
)
def test_words_are_marked_as_a_whole(text, search, places):
    assert found(text, search) == places


@pytest.mark.parametrize("text", ["<mark>", "</mark><script>", '"&amp;" <a href=x>', "&lt;"])
def test_marked_text_is_escaped(text):
    """Case 51."""
    for search in ("mark", "script", "amp", "href", "lt", "none", None):
        marked = Highlight(search).mark(text)
        assert marked.replace("<mark>", "").replace("</mark>", "") == escape(text)


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("", "", "<mark>needle</mark>"),
        ("x" * 80 + " ", "", "… <mark>needle</mark>"),
        ("", " " + "y" * 200, "<mark>needle</mark> …"),
        ("x" * 80 + "-", "-" + "y" * 200, f"… {'x' * 49}-<mark>needle</mark>-{'y' * 109} …"),
    ],
)
def test_part_of_description_is_cut_between_words_where_it_can(before, after, part):
    ticket = SimpleNamespace(id=1, subject="hay", description=f"{before}needle{after}")
    ticket.attachments = ()
    assert Highlight("needle").found_in(ticket) == part


def test_part_of_a_found_ticket_may_be_the_name_of_an_attachment():
    files = [SimpleNamespace(filename="Rechnung_März.pdf"), SimpleNamespace(filename=None, url="x")]
    ticket = SimpleNamespace(id=1, subject="hay", description="Needle", attachments=files)
    assert Highlight("rechn marz").found_in(ticket) == "<mark>Rechnung</mark>_<mark>März</mark>.pdf"
    assert Highlight("needle rechnung").found_in(ticket) == "<mark>Needle</mark>"
    assert Highlight("hay elsewhere").found_in(ticket) == "Found in the replies."
