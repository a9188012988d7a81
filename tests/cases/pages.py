"""Read a page as a browser does: its elements, its text, where that stands, where links lead."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img", "hr"}
#: Elements whose text cannot run into what stands around them.
_SEPARATE = {"bdi", "title", "textarea", "option"}
_LEADING = {"href", "src", "action", "formaction", "data", "poster", "srcset", "background"}


class Page(HTMLParser):
    """A page that was read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        #: How often each element stands there, by its name and the names of its attributes.
        self.elements: Counter[tuple[str, ...]] = Counter()
        #: Each piece of text, with the elements around it.
        self.texts: list[tuple[str, list[tuple[str, frozenset[str]]]]] = []
        #: The values of attributes that lead somewhere.
        self.links: list[str] = []
        #: The values of all other attributes.
        self.values: list[str] = []
        self._open: list[tuple[str, frozenset[str]]] = []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = frozenset(name for name, _ in attrs)
        self.elements[(tag, *sorted(names))] += 1
        for name, value in attrs:
            (self.links if name in _LEADING else self.values).append(value or "")
        if tag not in _VOID:
            self._open.append((tag, names))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.texts.append((data, list(self._open)))

    def handle_comment(self, data: str) -> None:
        self.elements["a comment", data] += 1

    @property
    def text(self) -> str:
        """All that can be read."""
        return "".join(data for data, _ in self.texts)

    @property
    def title(self) -> str:
        """What the tab of a browser shows."""
        return "".join(
            data for data, around in self.texts if around[-1:] == [("title", frozenset())]
        )

    def running_into_others(self, text: str) -> list[str]:
        """Return each piece with ``text`` in it that is not kept apart from what is around it."""
        return [
            f"{'/'.join(tag for tag, _ in around)}: {data}"
            for data, around in self.texts
            if text in data
            and not any("hidden" in names for _, names in around)
            and not any(tag in _SEPARATE or "dir" in names for tag, names in around[-1:])
        ]
