"""Convert the HTML of an email to text, with ``>`` before quotations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from .html_marks import begins_previous_email, kind_of

_BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol",
        "p", "pre", "section", "table", "tbody", "tr", "ul",
    }
)  # fmt: skip
#: The elements with space above and below them.
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "ul", "ol"})
_SPACES = re.compile(r"[ \t\r\n\xa0]+")
#: Longer HTML is cut off: what people write is above what they quote.
_HTML_MAX, _TAGS_MAX = 300_000, 20_000
_LINE_MAX = 10_000
_QUOTE_DEPTH_MAX = 5
_URL_MAX = 500
_EMOJI_MAX = 8


@dataclass
class HtmlText:
    """The text of an HTML part, and its images."""

    text: str = ""
    #: The content ids of images outside of quotations and signatures.
    own_images: set[str] = field(default_factory=set)
    #: The content ids of all images.
    images: set[str] = field(default_factory=set)


def convert_html(html: str) -> HtmlText:
    """Return the text. Quoted lines begin with ``>``, and signatures are left out.

    If there is nothing else, the author wrote into the signature, which is then kept.
    """
    html = "<".join(html[:_HTML_MAX].split("<", _TAGS_MAX)[:_TAGS_MAX])
    found = _convert(html, keeps_signature=False)
    has_text = any(not line.startswith(">") for line in found.text.split("\n") if line)
    return found if has_text or found.own_images else _convert(html, keeps_signature=True)


def _convert(html: str, *, keeps_signature: bool) -> HtmlText:
    writer = _TextWriter(keeps_signature)
    # Reads events instead of a tree, so that deeply nested elements take no more time.
    parser = etree.HTMLParser(target=writer, encoding="utf-8", remove_comments=True)
    try:
        etree.fromstring(html.encode(errors="replace"), parser)
    except etree.LxmlError:  # there is no element
        writer.close()
    return HtmlText("\n".join(writer.lines).strip("\n"), writer.own_images, writer.images)


class _TextWriter:
    """Writes lines while the parser calls it."""

    def __init__(self, keeps_signature: bool) -> None:
        self.lines: list[str] = []
        self.own_images: set[str] = set()
        self.images: set[str] = set()
        self._keeps_signature = keeps_signature
        self._line = ""
        self._wants_blank = False
        self._is_over = False
        #: The kind of each open element, such as ``quote``, and the number of each kind.
        self._kinds: list[str] = []
        self._depths: Counter[str] = Counter()
        #: For each open link, its URL and the position where its text begins.
        self._links: list[tuple[str, int]] = []
        #: For each open list, the number of its last item, or None if it is not numbered.
        self._numbers: list[int | None] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if begins_previous_email(attributes) and self._has_text:
            self._end_line()
            self._is_over = True
        kind = kind_of(tag, attributes)
        if kind or tag in _BLOCKS:
            self._end_line()
        self._wants_blank |= tag in _SPACED and attributes.get("class") != "MsoNormal"
        self._kinds.append(kind)
        self._depths[kind] += 1
        if tag == "img":
            self._add_image(attributes)
        elif tag == "a":
            self._links.append((attributes.get("href", ""), len(self._line)))
        elif tag in ("ul", "ol"):
            self._numbers.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._line += self._marker()
        elif tag in ("td", "th") and self._line.strip():
            self._line += "  "

    def end(self, tag: str) -> None:
        if tag == "br":
            self._end_line(is_break=True)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in ("ul", "ol") and self._numbers:
            self._numbers.pop()
        kind = self._kinds.pop() if self._kinds else ""
        if kind or tag in _BLOCKS:
            self._end_line()
        self._depths[kind] -= 1
        self._wants_blank |= tag in _SPACED and bool(self.lines) and bool(self.lines[-1])

    def data(self, text: str) -> None:
        if self._is_skipped:
            return
        if self._depths["pre"]:
            *ended, self._line = (self._line + text).split("\n")
            for line in ended:
                self._write(line)
            return
        if len(self._line) > _LINE_MAX:
            self._end_line()
        text = _SPACES.sub(" ", text)
        starts_line = not self._line or self._line.endswith(" ")
        self._line += text.lstrip(" ") if starts_line else text

    def close(self) -> None:
        self._end_line()

    @property
    def _is_skipped(self) -> bool:
        is_signature = self._depths["signature"] and not self._keeps_signature
        return bool(self._is_over or is_signature or self._depths["hidden"])

    @property
    def _has_text(self) -> bool:
        return bool(self._line.strip()) or any(line.strip("> ") for line in self.lines)

    def _end_line(self, *, is_break: bool = False) -> None:
        """Write the current line, if there is something in it or it is a break."""
        line, self._line = self._line.rstrip(), ""
        if not self._is_skipped and (line or is_break):
            self._write(line)

    def _write(self, line: str) -> None:
        marks = ">" * min(self._depths["quote"], _QUOTE_DEPTH_MAX)
        above = self.lines[-1] if self.lines else ""
        if self._wants_blank and line and above.strip("> "):
            self.lines.append(marks if above.startswith(">") else "")
        self._wants_blank = False
        self.lines.append(f"{marks} {line}".rstrip() if marks else line)

    def _end_link(self, url: str, start: int) -> None:
        shown = self._line[start:].strip()
        is_web = url.startswith(("http://", "https://")) and len(url) <= _URL_MAX
        if is_web and shown and shown.rstrip("/") not in url:
            self._line += f" <{url}>"

    def _marker(self) -> str:
        if not self._numbers or self._numbers[-1] is None:
            return "- "
        self._numbers[-1] += 1
        return f"{self._numbers[-1]}. "

    def _add_image(self, attributes: Mapping[str, str]) -> None:
        """Record an image that is a part of the email. Images of emoji become text."""
        source, alternative = attributes.get("src", ""), attributes.get("alt", "")
        is_own = not (self._is_skipped or self._depths["quote"] or self._depths["signature"])
        if source.lower().startswith("cid:"):
            self.images.add(source[4:])
            self.own_images |= {source[4:]} if is_own else set()
        if is_own and len(alternative) <= _EMOJI_MAX and not alternative.isascii():
            self._line += alternative
