"""What people wrote, as HTML. Cases 51, 52, 53, 61, 94. Rules V3, V4."""

import html
import time
from html.parser import HTMLParser

import pytest

from flask_support_tickets import ConfigurationError, rich_text
from flask_support_tickets.config import Config
from flask_support_tickets.rich_text import REL, render_markdown, render_plain


class Tags(HTMLParser):
    """The tags of a piece of HTML with their attributes, and its text."""

    def __init__(self, source):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(str(source))
        self.close()
        self.hrefs = [attrs.get("href") for tag, attrs in self.found if tag == "a"]

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("See http://a.example.", ["http://a.example"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("[https://a.example/?q=1&b=2], and", ["https://a.example/?q=1&b=2"]),
        ("HTTPS://A.example/!", ["HTTPS://A.example/"]),
        ("Write to mailto:help@a.example?subject=Hi!", ["mailto:help@a.example?subject=Hi"]),
        ("http://[::1]:80/x", ["http://[::1]:80/x"]),
        ("http://bücher.example/ü", ["http://bücher.example/ü"]),
        ("«http://a.example»…", ["http://a.example"]),
        ('"http://a.example"><script>', ["http://a.example"]),
        ("line http://a.example\nhttp://b.example", ["http://a.example", "http://b.example"]),
        ("http://a.example\u202e/x", ["http://a.example"]),
        (r"http://a.example\@evil.example", ["http://a.example"]),
        ("http://bank.example@evil.example/x", []), ("http://u:p@evil.example", []),
        ("xhttp://a.example", []), ("http://", []), ("http://...", []), ("mailto:nobody", []),
        ("javascript:alert(1) data:text/html,x vbscript:x //evil.example ftp://a.example", []),
        ("www.a.example help@a.example", []), ("http://" + "a" * 2_000, []), ("<b>&\"'", []),
    ],
)  # fmt: skip
def test_addresses_in_plain_text_are_links_and_the_rest_is_escaped(text, addresses):
    tags = Tags(render_plain(text))
    assert tags.hrefs == addresses
    assert tags.text == text
    assert all(attrs["rel"] == REL for tag, attrs in tags.found if tag == "a")


#: The classic vectors, as they are written into a comment.
VECTORS = [
    "<script>alert(1)</script>", '"><script>alert(1)</script>', "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<math><mtext></p><style><img src=x onerror=alert(1)>", "<iframe src=javascript:alert(1)>",
    "<object data=javascript:alert(1)>", "<form action=//evil><input type=submit>",
    "<base href=//evil>", '<meta http-equiv=refresh content="0;url=//evil">',
    "<style>@import '//evil'</style>", "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:msgbox(1))",
    "[x](&#x6A;avascript:alert(1))", "[x](java\tscript:alert(1))", "[x](//evil.example)",
    "![x](x\"onerror=\"alert(1))", "[x](http://a\"onmouseover=\"alert(1))",
    "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]", "`<script>`", "[x](/logout)",
    '" autofocus onfocus=alert(1) x="', "</div></article><h1>x", "{{7*7}} ${7*7} {% raw %} %s",
]  # fmt: skip
ALLOWED = rich_text._TAGS | rich_text._TABLE_TAGS | {"bdi"}
RENDERERS = [render_plain, render_markdown]


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("text", VECTORS)
def test_script_never_gets_through(render, text):
    tags = Tags(render(text))
    assert {tag for tag, _ in tags.found} <= ALLOWED
    assert all(set(attrs) <= {"href", "rel", "start"} for _, attrs in tags.found)
    assert all(str(href).startswith(("http://", "https://", "mailto:")) for href in tags.hrefs)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**b** *e* ~~s~~ `c`", "<strong>b</strong> <em>e</em> <s>s</s> <code>c</code>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("# Title", "<p><strong>Title</strong></p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("```\nx\n```", "<pre><code>x\n</code></pre>"),
        ("a|b\n-|-\n1|2", "<th>a</th>"),
        ("[a](https://a.example)", f'<a href="https://a.example" rel="{REL}">a</a>'),
        ("see https://a.example/x_y_z.", f'<a href="https://a.example/x_y_z" rel="{REL}">'),
        ("<https://a.example>", f'<a href="https://a.example" rel="{REL}">'),
        ("[https://a.example](https://b.example)", ">https://a.example</a>"),
        ("`https://a.example`", "<code>https://a.example</code>"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[x](https://u@evil.example)", "[x](https://"),
        ("![x](https://a.example/i.png)", f'!<a href="https://a.example/i.png" rel="{REL}">x</a>'),
    ],
)
def test_markdown_is_rendered_without_images_and_raw_html(text, shown):
    assert shown in render_markdown(text)


@pytest.mark.parametrize("text", ["*a " * 3_001, "a\n" * 1_001])
def test_very_long_markdown_is_shown_as_plain_text(text):
    shown = render_markdown(f"{text}\nhttp://a.example")
    assert "<em>" not in shown
    assert Tags(shown).hrefs == ["http://a.example"]
    assert "<br>" in shown


#: 20,000 characters are the most that a text may have; case 94 asks for more.
LONG = {
    "brackets": "[" * 20_000, "emphasis": "*a " * 20_000, "quotes": ">" * 10_000,
    "backticks": "`" * 100_000, "links": "[x](http://a.example) " * 50,
    "schemes": "http://" * 14_000, "colons": "://a" * 5_000, "parentheses": "(" * 100_000,
    "closing": "http://a" + ")" * 100_000, "dots": "http://a" + "." * 100_000,
    "mails": "mailto:a" * 12_000, "names": "http://a@" * 11_000, "images": "![" * 10_000,
    "lists": "- " * 10_000, "items": "- a\n" * 5_000, "tables": "a|b\n-|-\n" * 2_500,
    "angles": "<http://a" * 11_000, "entities": "&#x6A;" * 3_300, "halves": "[a](" * 5_000,
    "lines": "\n" * 20_000, "quoted lists": "> - " * 5_000,
    "emphasis below the limit": "*a " * 2_900, "items below the limit": "- a\n" * 999,
}  # fmt: skip


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("name", LONG)
def test_hostile_text_is_rendered_in_a_second_of_processor_time(render, name):
    start = time.process_time()
    shown = render(LONG[name])
    assert time.process_time() - start < 1
    assert html.unescape(shown)


def test_markdown_needs_its_packages(monkeypatch):
    config = {"SUPPORT_TICKETS_MARKUP": "markdown"}
    assert Config.from_mapping(config).markup == "markdown"
    monkeypatch.setattr(rich_text, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"flask_support_tickets\[markdown\]"):
        Config.from_mapping(config)
