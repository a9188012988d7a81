"""What a word is. Rule S1."""

import sys
import unicodedata

import pytest

from flask_support_tickets.services.search.tokenizer import _folded, tokenize, tokenize_query


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Printer, the PRINTER!", "the printer"),
        ("e-mail: ann.lee@example.org", "e mail ann lee example org"),
        ("don't l’heure error_code_42", "don t l heure error code 42"),
        ('100% a\\b C++ [x] (y) "z" *w* -v +u', "100 a b c x y z w v u"),
        ("Größe GRÖSSE größe GRÖẞE gro\u0308sse", "grösse"),
        ("ΟΔΟΣ οδος", "οδοσ"),
        ("İstanbul ISTANBUL ıstanbul istanbul", "istanbul"),
        ("ﬁnd １２ ½ x²", "find 12 1 2 x2"),
        ("Donau\u00addampfer word\u2060joiner می\u200cخواهم", "donaudampfer wordjoiner میخواهم"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("안녕 세상", "안녕 세상"),
        ("🔥 ☎️ 1️⃣ 👩‍🚒 ❤️hot", "1 hot"),
        ("\u0301 \u0308\u0301", ""),
        ("a\u200bb", "a b"),
        ("_ % \\ ' \" -- /* */ ;", ""),
    ],
)
def test_word_is_a_run_of_letters_digits_and_marks_without_case(text, words):
    assert tokenize(text) == set(tokenize_query(text)) == set(words.split())


def test_scripts_without_spaces_are_found_by_characters_and_pairs():
    assert tokenize("打印机 x坏ABC") == {"打", "印", "机", "打印", "印机", "x", "坏", "abc"}
    assert tokenize_query("打印机") == ["打印", "印机"]
    assert tokenize_query("印") == ["印"]
    assert set(tokenize_query("พิมพ์")) <= tokenize("เครื่องพิมพ์เสีย")


def test_repeated_word_is_asked_for_once():
    assert tokenize_query("b a B 打打打") == ["b", "a", "打打"]


def test_long_words_are_shortened_and_stay_different():
    long = "x" * 200
    [kept], [other] = tokenize_query(long), tokenize_query(long + "y")
    assert kept != other
    assert tokenize(f"a {long} b") == {"a", "b", kept}
    assert len(kept) == len(other) == 33
    assert tokenize_query("ö" * 32) == ["ö" * 32]
    assert tokenize_query("ö" * 33)[0].startswith("_")


def test_every_letter_is_the_same_in_every_case():
    for character in map(chr, range(0x80, sys.maxunicode + 1)):
        if unicodedata.category(character)[0] == "L":
            folded = _folded(character)
            for case in (character.lower(), character.upper(), character.title(), folded):
                assert _folded(case) == folded, hex(ord(character))
