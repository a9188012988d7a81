"""What a search found, marked as the search finds it (rule S2)."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from markupsafe import escape

from flask_support_tickets.web.highlight import Highlight
from flask_support_tickets.words import find_places, words_in, words_to_find

from ..services.search_texts import CASES, POOL


def found(text, search):
    return [text[start:end] for start, end in find_places(text, words_to_find(search))]


class TestPlaces:
    @pytest.mark.parametrize(("text", "searches", "others"), CASES)
    def test_hold_every_word_that_the_search_finds(self, text, searches, others):
        for search in searches:
            assert set(words_to_find(search)) <= words_in(*found(text, search)), search

    @pytest.mark.parametrize("length", [999, 1_000, 1_001, 1_015, 2_500])
    def test_in_a_text_without_spaces_come_once_each_and_in_order(self, length):
        assert "".join(found("中" * length, "中")) == "中" * length
        for place in range(length - 30, length):
            text = "a-" * (place // 2) + "打印机" + "-a" * 600
            assert found(text, "打印机") == ["打印机"], place

    def test_are_there_exactly_when_a_word_is(self):
        draw = random.Random(5)
        for _ in range(1_000):
            text = "".join(draw.choice(POOL) + draw.choice(" -\n. ") for _ in range(5))
            search = draw.choice(POOL)
            is_there = not words_in(text).isdisjoint(words_to_find(search))
            assert bool(found(text, search)) is is_there, (text, search)

    @pytest.mark.parametrize(
        ("text", "search", "places"),
        [
            ("打印机坏了 打", "打印机", ["打印机"]),
            ("打印机坏了", "坏", ["坏"]),
            ("打印fire打", "fire 印", ["印", "fire"]),
            ("x-ray, X ray; x_RAY", "x-ray", ["x", "ray", "X", "ray", "x", "RAY"]),
            ("gro\u0308ße!", "GRÖSSE", ["gro\u0308ße"]),
            ("nothing", "", []),
        ],
    )
    def test_are_whole_words(self, text, search, places):
        assert found(text, search) == places


class TestHighlight:
    def test_leaves_texts_alone_without_a_search(self):
        assert Highlight(None).mark("<b>") == escape("<b>")
        ticket = SimpleNamespace(id=1, subject="a", description="b")
        assert Highlight(None).found_in(ticket) is None

    @pytest.mark.parametrize("text", ["<mark>", "</mark><script>", '"&amp;" <a href=x>', "&lt;"])
    def test_escapes_what_it_marks_and_what_is_around(self, text):
        for search in ("mark", "script", "amp", "href", "lt", "none"):
            marked = Highlight(search).mark(text)
            assert marked.replace("<mark>", "").replace("</mark>", "") == escape(text)

    @pytest.mark.parametrize(
        ("description", "part"),
        [
            ("needle", "<mark>needle</mark>"),
            ("x" * 80 + " needle", "… <mark>needle</mark>"),
            ("x" * 80 + "-needle-" + "y" * 200, None),
            ("needle " + "y" * 200, "<mark>needle</mark> …"),
        ],
    )
    def test_cuts_between_words_where_it_can(self, description, part):
        ticket = SimpleNamespace(id=1, subject="hay", description=description)
        shown = Highlight("needle").found_in(ticket)
        assert "<mark>needle</mark>" in shown
        assert len(shown) < 230
        assert part is None or shown == part
