"""Render text as safe HTML: plain text with links, or Markdown (rules V3 and V4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

REL = "noopener noreferrer nofollow ugc"
_URL_MAX = 2_000
#: Characters that end a URL: whitespace, HTML and JSON delimiters, the backslash (which browsers
#: treat as a slash), control characters, and characters that are invisible or reorder text.
_END = r"\s<>\"\\\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
#: Possessive quantifiers keep the search time linear. The host must not be followed by ``@``, which
#: would turn it into a user name.
_ADDRESS = re.compile(
    rf"(?<!\w)(?:https?://[^{_END}/?#@]++(?!@)(?:[/?#][^{_END}]*+)?"
    rf"|mailto:[\w.!#$%&'*+=^`|~-]++@[\w.-]++(?:\?[^{_END}]*+)?)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'*_~”’»…،؛؟。、"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_ALLOWED = re.compile(r"https?://[^/?#@\\]+(?:[/?#].*)?|mailto:[^/].*", re.IGNORECASE | re.DOTALL)
_LINK = Markup(f'<a href="{{}}" rel="{REL}"><bdi>{{}}</bdi></a>')

#: The tags that Markdown may produce. Images are not allowed, because they can track readers.
_TAGS = {"p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
_TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
#: Text with too many of these characters, or too many lines, is not parsed as Markdown.
_SIGNS = re.compile(r"[\[\]()*_`~<>|&\\]")
_SIGNS_MAX = 3_000
_LINES_MAX = 1_000
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}


def render_plain(text: str) -> Markup:
    """Return ``text`` as escaped HTML, with its http, https and mailto URLs as links."""
    parts = [
        _LINK.format(part, part) if is_address else escape(part)
        for part, is_address in _split(text)
    ]
    return Markup("").join(parts)


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each part of ``text``, and whether it is a URL to link."""
    done = 0
    for found in _ADDRESS.finditer(text):
        address = _without_trailing(found[0])
        if len(address) <= _URL_MAX and any(map(str.isalnum, address.partition(":")[2])):
            yield text[done : found.start()], False
            yield address, True
            done = found.start() + len(address)
    yield text[done:], False


def _without_trailing(address: str) -> str:
    """Return a URL without the trailing punctuation that belongs to the surrounding sentence."""
    excess = {end: address.count(end) - address.count(start) for end, start in _BRACKETS.items()}
    length = len(address)
    while True:  # stops at the scheme at the latest
        last = address[length - 1]
        if excess.get(last, 0) > 0:
            excess[last] -= 1
        elif last not in _TRAILING:
            return address[:length]
        length -= 1


def can_render_markdown() -> bool:
    """Return whether the packages in the ``markdown`` extra are installed."""
    return all(find_spec(name) for name in ("markdown_it", "nh3"))


@lru_cache(maxsize=256)
def render_markdown(text: str) -> Markup:
    """Return Markdown as safe HTML.

    Raw HTML is escaped, images become links, and headings become bold lines, because the page has
    its own headings. nh3 sanitizes the result. Text with thousands of lines or markup characters is
    rendered as plain text, because it could take seconds to parse.
    """
    import nh3

    if len(_SIGNS.findall(text)) > _SIGNS_MAX or text.count("\n") > _LINES_MAX:
        lines = render_plain(text).replace("\n", Markup("<br>\n"))
        return Markup("<p>{}</p>\n").format(lines)
    html: str = nh3.clean(
        _parser().render(text),
        tags=_TAGS | _TABLE_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=REL,
    )
    return Markup(html)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable(["image", "reference"])
    parser.core.ruler.push("addresses", _link_addresses)
    vars(parser)["validateLink"] = lambda url: _ALLOWED.fullmatch(url) is not None
    parser.add_render_rule("heading_open", lambda *args: "<p><strong>")
    parser.add_render_rule("heading_close", lambda *args: "</strong></p>\n")
    return parser


def _link_addresses(state: Any) -> None:
    """Turn the URLs in parsed Markdown into links, as `render_plain` does."""
    from markdown_it.token import Token

    for block in state.tokens:
        depth, tokens = 0, []
        for token in block.children or ():
            depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if depth or token.type != "text":
                tokens.append(token)
                continue
            for part, is_address in _split(token.content):
                text = Token("text", "", 0, content=part)
                if is_address:
                    opening = Token("link_open", "a", 1, attrs={"href": part})
                    tokens += [opening, text, Token("link_close", "a", -1)]
                else:
                    tokens.append(text)
        if block.children:
            block.children = tokens
