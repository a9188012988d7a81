"""Parts, character sets, HTML, quotations and signatures, one by one."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from flask_support_tickets.inbound.charsets import decode_text
from flask_support_tickets.inbound.flowed_text import unwrap_flowed
from flask_support_tickets.inbound.html_text import convert_html
from flask_support_tickets.inbound.parts import Unreadable, read_parts
from flask_support_tickets.inbound.reply_text import extract_reply

LINE = "--- Write your reply above this line ---"


def test_flowed_lines_are_joined_within_their_quotation() -> None:
    text = "One \ntwo \nthree.\n> Q \n> q.\nEnd \n-- \nMe"
    assert unwrap_flowed(text) == "One two three.\n> Q q.\nEnd \n-- \nMe"
    assert unwrap_flowed("日本 \n語", delete_space=True) == "日本語"
    assert unwrap_flowed(" >not a quote\n From here") == ">not a quote\nFrom here"


@pytest.mark.parametrize(
    "charset",
    [
        *("punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "zip", "rot13"),
        *("base64", "hex", "utf-7\0", "é", "'utf-8'", '"', "", "a" * 1000, "utf-8; x=y", "mbcs"),
    ],
)
def test_any_character_set_is_decoded_quickly(charset: str) -> None:
    before = time.monotonic()
    text = decode_text("Grüße \\u0041\n".encode() * 10_000, charset)
    assert text == "Grüße \\u0041\n" * 10_000
    assert time.monotonic() - before < 5


def test_line_ends_become_lf_and_control_characters_disappear() -> None:
    assert decode_text(b"a\r\nb\rc\x0bd\x0ce\x00\x07\x1b[0m\x7f\tf", "utf-8") == (
        "a\nb\nc\nd\ne[0m\tf"
    )
    assert decode_text(b"\xef\xbb\xbfa\xe2\x80\xa8b\xc2\x85c", "utf-8") == "a\nb\nc"


HTML = {
    "<p>One<p>Two<br>three": "One\n\nTwo\nthree",
    "<div>One</div><div><br></div><div>Two <b>bold</b>&nbsp;&amp; more</div>": (
        "One\n\nTwo bold & more"
    ),
    "<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>": "- a\n- b\n\n1. c\n2. d",
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>": "a  b\nc",
    "<pre>  one\n    two</pre>after": "  one\n    two\n\nafter",
    '<a href="https://x.example/a">here</a>, <a href="https://x.example/">x.example</a>': (
        "here <https://x.example/a>, x.example"
    ),
    '<a href="javascript:alert(1)">here</a> <a href="mailto:a@b.example">Bob</a>': "here Bob",
    "<script>x</script><style>y</style><title>z</title>text<!-- c -->": "text",
    "<!--[if mso]><p>office</p><![endif]-->text": "text",
    'Hi <img alt="😀" src="https://x.example/1.png"><img alt="logo" src="cid:a">': "Hi 😀",
    "<blockquote>q<blockquote>r</blockquote></blockquote>": "> q\n>> r",
    '<div class="gmail_signature">Me</div>': "Me",
    'Text<div class="gmail_signature">Me</div>': "Text",
    "<": "<",
    "": "",
    "\x00": "\ufffd",
    "plain text": "plain text",
}


@pytest.mark.parametrize("html", HTML)
def test_html_becomes_text(html: str) -> None:
    assert convert_html(html).text == HTML[html]


REPLIES = {
    "only text": ("Yes.", "Yes."),
    "our line": (f"Yes.\n\n{LINE}\n\nMona replied\n\nText", "Yes."),
    "our line in capitals is not ours": (f"Yes.\n{LINE.upper()}\nText", None),
    "wrapped line": (f"Yes.\n\n> {LINE[:20]}\n> {LINE[20:]}\n> Text", "Yes."),
    "text like a field above our line": (f"Paper: A4\nTray: 2\n{LINE}\nText", "Paper: A4\nTray: 2"),
    "one answer below": ("> a\n> b\n\nYes.", "Yes."),
    "answers between": ("> a\n>\n> b\nYes.\n> c\nNo.", "> b\n\nYes.\n\n> c\n\nNo."),
    "text with colons": ("See:\na: 1\nb: 2", "See:\na: 1\nb: 2"),
    "list": ("Do:\n- this\n- that", "Do:\n- this\n- that"),
    "indentation": ("if x:\n    y()\n\n\n\n\nEnd.", "if x:\n    y()\n\nEnd."),
    "closing with a name": ("Yes.\n\nBest regards\nAlice\nExample Ltd", "Yes."),
    "closing without a name": ("Yes.\n\nThanks!", "Yes.\n\nThanks!"),
    "thanks in the text": ("Thanks,\nit works now.", "Thanks,\nit works now."),
    "only a closing": ("Thanks\nAlice", "Thanks\nAlice"),
    "separator": ("Yes.\n-- \nAlice\nLtd", "Yes."),
    "separator at the top": ("--\nYes.", "--\nYes."),
    "phone": ("Yes.\n\nSent from my iPhone", "Yes."),
    "only a phone": ("\n\nSent from my iPhone\n", ""),
    "sent in the text": ("Sent from my point of view it is broken.\nWhy?", None),
    "a date and a colon": ("The log of 2025-11-03 10:12 is:\n\nERROR", None),
    "headers in a log": ("It says\n\nFrom: spool\nTo: tray\n\nWhat now?", None),
    "image placeholders": ("See [image: shot.png] and [cid:a@b].", "See  and ."),
}


@pytest.mark.parametrize("name", REPLIES)
def test_reply_is_found(name: str) -> None:
    text, expected = REPLIES[name]
    assert extract_reply(text) == (text if expected is None else expected)


def nested(depth: int) -> bytes:
    parts = [f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(depth)]
    return "".join(parts).encode() + b"Content-Type: text/plain\n\nDeep.\n"


@pytest.mark.parametrize("mail", [nested(25), nested(60), nested(5_000), b"a" * 300])
def test_deeply_nested_mails_are_unreadable_and_others_have_limits(mail: bytes) -> None:
    try:
        parts = read_parts(mail)
    except Unreadable:
        assert mail.startswith(b"Content-Type")
    else:
        assert not mail.startswith(b"Content-Type")
        assert parts.files == []


def test_mails_with_many_parts_are_unreadable() -> None:
    part = b"--b\nContent-Type: text/plain\n\nx\n"
    head = b"Content-Type: multipart/mixed; boundary=b\n\n"
    assert len(read_parts(head + part * 190).texts) == 190
    with pytest.raises(Unreadable):
        read_parts(head + part * 210)


BOMBS: dict[str, Callable[[], object]] = {
    "long line": lambda: extract_reply("a" * 500_000),
    "blank lines": lambda: extract_reply("a\n" + "\n" * 400_000 + "b"),
    "spaces": lambda: extract_reply("a" + " \n" * 200_000),
    "introductions": lambda: extract_reply(("Am " + "schrieb a " * 30 + "\n") * 2_000),
    "introductions without end": lambda: extract_reply(("On " + "a b " * 60 + "\n") * 2_000),
    "fields": lambda: extract_reply("From: a\n" * 60_000),
    "quotes": lambda: extract_reply((">" * 200 + "\n") * 2_000),
    "alternating quotes": lambda: extract_reply("> a\nb\n" * 60_000),
    "dashes": lambda: extract_reply(("-" * 90 + "\n\n") * 5_000),
    "closings": lambda: extract_reply("regards\nA\n" * 50_000),
    "marks": lambda: extract_reply("\u200f\u202b:" * 100_000),
    "our line": lambda: extract_reply((LINE[:39] + "\n") * 10_000),
    "cid": lambda: extract_reply("[cid:" * 100_000),
    "elements": lambda: convert_html("<div>" * 100_000),
    "quotations": lambda: convert_html("<blockquote>x" * 50_000),
    "tables": lambda: convert_html("<table><tr><td>" * 50_000),
    "links": lambda: convert_html("<a href='https://x.example/'>a" * 50_000),
    "less than": lambda: convert_html("<" * 500_000),
    "attributes": lambda: convert_html("<a " + "b=c " * 200_000),
    "styles": lambda: convert_html("<p style='border:" + " " * 400_000 + "'>"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_text_that_takes_long_is_bounded(name: str) -> None:
    before = time.process_time()
    BOMBS[name]()
    assert time.process_time() - before < 15
