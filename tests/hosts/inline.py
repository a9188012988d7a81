"""Find what a strict Content-Security-Policy would block in a page."""

from __future__ import annotations

from html.parser import HTMLParser


class _Finder(HTMLParser):
    def __init__(self, root: str | None) -> None:
        super().__init__()
        self.root, self.depth, self.seen = root, 0, 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_root = self.root in given.get("class", "").split()
        if tag == "div" and (self.depth or is_root):
            self.depth += 1
        if self.root is not None and not self.depth:
            return
        self.seen += 1
        self.found += [
            f"<{tag} {name}={value!r}>" for name, value in given.items() if _is_blocked(name, value)
        ]
        if tag == "style" or (tag == "script" and not given.get("src", "").startswith("/")):
            self.found.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.depth:
            self.depth -= 1


def _is_blocked(name: str, value: str) -> bool:
    is_code = name == "style" or name.startswith("on") or value.lower().startswith("javascript:")
    is_load = name == "src" or (name == "href" and value.startswith("data:"))
    return is_code or (is_load and not value.startswith("/"))


def find_inline(html: str, root: str | None = None) -> list[str]:
    """Return what the policy would block, in the page or in its ``<div class=root>`` alone."""
    finder = _Finder(root)
    finder.feed(html)
    finder.close()
    assert finder.seen, f"there is no {root} in this page"
    return finder.found
