"""What a word is. Rule S1."""

import sys
import unicodedata

import pytest

from flask_support_tickets.services.search.tokenizer import Term, fold, tokenize, tokenize_query


def words_of(search):
    return {term.token for term in tokenize_query(search)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Printer, the PRINTER!", "the printer"),
        ("e-mail: ann.lee@example.org", "e mail ann lee example org"),
        ("don't l’heure error_code_42", "don t l heure error code 42"),
        ('100% a\\b C++ [x] (y) "z" *w* -v +u', "100 a b c x y z w v u"),
        ("Größe GRÖSSE größe GRÖẞE gro\u0308sse", "grosse"),
        ("ΟΔΟΣ οδος", "οδοσ"),
        ("İstanbul ISTANBUL ıstanbul istanbul", "istanbul"),
        ("ﬁnd １２ ½ x²", "find 12 1 2 x2"),
        ("Donau\u00addampfer word\u2060joiner می\u200cخواهم", "donaudampfer wordjoiner میخواهم"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("안녕 세상 \u110b\u1161\u11ab\u1102\u1167\u11bc", "안녕 세상"),
        ("Crème BRÛLÉE Ångström Đường ελληνικά Ёж", "creme brulee angstrom đuong ελληνικα еж"),
        ("أ إ آ ٱ ؤ ئ مُحَمَّد كتـــاب", "ا و ي محمد كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("🔥 ☎️ 1️⃣ 👩‍🚒 ❤️hot", "1 hot"),
        ("\u0301 \u0308\u0301", ""),
        ("a\u200bb", "a b"),
        ("_ % \\ ' \" -- /* */ ;", ""),
    ],
)
def test_word_is_a_run_of_letters_digits_and_marks_without_case(text, words):
    assert tokenize(text) == words_of(text) == set(words.split())


def test_scripts_without_spaces_are_found_by_characters_and_pairs():
    assert tokenize("打印机 x坏ABC") == {"打", "印", "机", "打印", "印机", "x", "坏", "abc"}
    assert tokenize_query("打印机") == [Term("打印"), Term("印机")]
    assert tokenize_query("印") == [Term("印")]
    assert words_of("พิมพ์") <= tokenize("เครื่องพิมพ์เสีย")
    assert words_of("ガ") == words_of("ｶﾞ") != words_of("カ")


def test_repeated_word_is_asked_for_once():
    assert tokenize_query("b a B 打打打") == [Term("b"), Term("a"), Term("打打")]


@pytest.mark.parametrize(
    ("word", "is_prefix"),
    [
        *[(word, True) for word in ("ábĉ", "123", "앱", "문제", "مُحَم")],
        *[(word, False) for word in ("ab", "ѐж", "12", "가", "مُح")],
    ],
)
def test_word_of_three_characters_matches_longer_words(word, is_prefix):
    [term] = tokenize_query(word)
    assert term.is_prefix is is_prefix
    assert term.is_in(tokenize(word + "x")) is is_prefix
    assert term.is_in(tokenize(word))
    assert not term.is_in(tokenize("x" + word))


def test_first_two_hundred_characters_of_a_word_count():
    long = "x" * 200
    assert tokenize(f"a {long}y b") == {"a", "b", long}
    assert tokenize_query(long + "z") == tokenize_query(long) == [Term(long, is_prefix=True)]
    assert not Term(long).is_in(tokenize("x" * 199))


def test_every_letter_is_the_same_in_every_case():
    for character in map(chr, range(0x80, sys.maxunicode + 1)):
        if unicodedata.category(character)[0] == "L":
            folded = fold(character)
            for case in (character.lower(), character.upper(), character.title(), folded):
                assert fold(case) == folded, hex(ord(character))
