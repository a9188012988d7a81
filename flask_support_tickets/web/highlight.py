"""Mark search matches in the texts of a list (rule S2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from markupsafe import Markup, escape

from ..i18n import gettext
from ..models.user_key import parse_id
from ..services.search.tokenizer import find_token_spans, tokenize, tokenize_query

#: Characters of a text that are shown before and after the first match.
_BEFORE, _AFTER = 50, 110
#: Characters of a match that are shown.
_MATCH_MAX = 300


class Highlight:
    """Marks the words of one search; without a search, texts stay as they are."""

    def __init__(self, search: str | None) -> None:
        self._words = frozenset(tokenize_query(search or ""))
        self._id = parse_id((search or "").removeprefix("#"))

    def mark(self, text: str) -> Markup:
        """Return ``text``, escaped, with each match in ``<mark>``."""
        return _marked(text, self._words) if self._words else escape(text)

    def mark_id(self, ticket_id: int) -> Markup:
        """Return ``#12``, marked when it is the ticket that the search names."""
        return Markup(f"<mark>#{ticket_id}</mark>" if ticket_id == self._id else f"#{ticket_id}")

    def found_in(self, ticket: Any) -> Markup | None:
        """Return the part of the description around a word that the subject lacks, or a hint at
        the comments; None if the subject has all words.
        """
        if not self._words or ticket.id == self._id:
            return None
        missing = self._words - tokenize(ticket.subject)
        if not missing:
            return None
        first = next(find_token_spans(ticket.description, missing), None)
        if first is None:
            return escape(gettext("Found in the replies."))
        return _marked(_part_around(ticket.description, *first), self._words)


def _marked(text: str, words: Collection[str]) -> Markup:
    found, end = Markup(), 0
    for start, stop in find_token_spans(text, words):
        found += escape(text[end:start]) + Markup("<mark>%s</mark>") % text[start:stop]
        end = stop
    return found + escape(text[end:])


def _part_around(text: str, start: int, end: int) -> str:
    """Return the words around a place, on one line."""
    end = min(end, start + _MATCH_MAX)
    first, last = max(start - _BEFORE, 0), end + _AFTER
    before, after = text[first:start], text[end:last]
    if first:
        before = before.partition(" ")[2] if " " in before else before
    if last < len(text):
        after = after.rpartition(" ")[0] if " " in after else after
    part = " ".join(f"{before}{text[start:end]}{after}".split())
    return f"{'… ' if first else ''}{part}{' …' if last < len(text) else ''}"
