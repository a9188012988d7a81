"""The rules for text (T1 to T4) and for names of files (B1). Cases 63, 65, 66."""

import unicodedata

import pytest

from flask_support_tickets.text_rules import TextError, clean_file_name, clean_text


def test_line_ends_become_lf_and_surrounding_white_space_is_removed():
    """Rule T1."""
    assert clean_text("\u2003 \r\n a\r\nb\rc \n\t\u00a0", max_length=9) == "a\nb\nc"


def test_every_control_character_but_tab_and_lf_is_refused_anywhere():
    """Rule T2."""
    for character in map(chr, range(0x110000)):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            for text in (f"a{character}b", f"{character}ab", f"ab{character}"):
                with pytest.raises(TextError):
                    clean_text(text, max_length=9)


@pytest.mark.parametrize("character", "\t\n")
def test_single_line_has_no_tab_and_no_line_end(character):
    """Rule T2."""
    assert clean_text(f"a{character}b", max_length=9) == f"a{character}b"
    with pytest.raises(TextError):
        clean_text(f"a{character}b", max_length=9, single_line=True)


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\u2028\n", "\u00ad\ufeff", "\u3164\u2800"])
def test_text_with_nothing_visible_is_refused(blank):
    """Rule T3."""
    with pytest.raises(TextError, match="Enter"):
        clean_text(blank, max_length=9)


def test_length_is_counted_in_characters_after_trimming_and_without_normalising():
    """Rule T4."""
    assert clean_text(" " + "😀" * 3 + " ", max_length=3) == "😀" * 3
    assert clean_text("e\u0301", max_length=2) == "e\u0301"
    with pytest.raises(TextError, match=r"no more than 3 characters\. You've used 4"):
        clean_text("e\u0301e\u0301", max_length=3)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Bericht für Q1.pdf", "Bericht für Q1.pdf"), ("日本語 ログ.log", "日本語 ログ.log"),
        ('say "hi".txt', 'say "hi".txt'), ("say %22hi%22.txt", 'say "hi".txt'),
        ("100%.txt", "100%.txt"), ("../../etc/passwd", "passwd"), ("..\\x.txt", "x.txt"),
        ("C:\\dir\\x.txt", "x.txt"), ("a/", "file"), ("", "file"), ("..", "file"),
        (" . ", "file"), ("\u200b", "file"), ("\0", "file"), ("CON.txt", "CON.txt"),
        (".bashrc", ".bashrc"), ("a.txt. . ", "a.txt"), ("a\r\nb\0.txt", "ab.txt"),
        ("a%0D%0Ab.txt", "ab.txt"), ("\ud800x.txt", "x.txt"), ("gpj.\u202eexe", "gpj.exe"),
        ("x\u2066y\u200f.txt", "xy.txt"), ("e\u0301.txt", "e\u0301.txt"),
        ("\U0001f468\u200d\U0001f469.png", "\U0001f468\u200d\U0001f469.png"),
    ],
)  # fmt: skip
def test_file_name_is_readable_and_has_no_path(sent, kept):
    """Rule B1."""
    assert clean_file_name(sent) == clean_file_name(kept) == kept


@pytest.mark.parametrize("stem", ["x", "é", "日", "\U0001f600"])
def test_file_name_is_cut_to_255_bytes_in_front_of_its_end(stem):
    """Rule B1."""
    name = clean_file_name(stem * 5_000 + ".txt")
    assert 250 <= len(name.encode()) <= 255
    assert name == stem * ((len(name) - 4) // len(stem)) + ".txt"
    assert clean_file_name(name) == name
    assert len(clean_file_name(f"a.{'x' * 300}").encode()) == 255
