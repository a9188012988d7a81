"""Highlight search matches in a list of tickets (rule S2)."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from ..i18n import gettext
from ..models.user_key import parse_id
from ..services.search.operators import split_search
from ..services.search.tokenizer import find_token_spans, tokenize, tokenize_query

#: The number of characters to show in an excerpt before and after the first match.
_BEFORE, _AFTER = 50, 110
#: The maximum length of a match in an excerpt, in characters.
_MATCH_MAX = 300


class Highlight:
    """A highlighter for the words of one search."""

    def __init__(self, search: str | None) -> None:
        words, _ = split_search(search or "")
        self._terms = tokenize_query(words)
        self._id = parse_id(words.removeprefix("#"))

    def mark(self, text: str) -> Markup:
        """Return the escaped ``text`` with each match in ``<mark>``."""
        if not self._terms:
            return escape(text)
        marked, end = Markup(), 0
        for start, stop in find_token_spans(text, self._terms):
            marked += escape(text[end:start]) + Markup("<mark>%s</mark>") % text[start:stop]
            end = stop
        return marked + escape(text[end:])

    def mark_id(self, ticket_id: int) -> Markup:
        """Return an ID as ``#12``, in ``<mark>`` if it is the one searched for."""
        return Markup(f"<mark>#{ticket_id}</mark>" if ticket_id == self._id else f"#{ticket_id}")

    def found_in(self, ticket: Any) -> Markup | None:
        """Return an excerpt from the description or the name of an attachment with a match.

        If neither matches, return a hint that the match is in the replies. Returns None if the
        subject contains all words or the search is for the ticket's ID.
        """
        tokens = tokenize(ticket.subject)
        missing = [term for term in self._terms if not term.is_in(tokens)]
        if not missing or ticket.id == self._id:
            return None
        names = (each.filename or each.url or "" for each in ticket.attachments)
        for text in (ticket.description, *names):
            first = next(find_token_spans(text, missing), None)
            if first is not None:
                return self.mark(_excerpt(text, *first))
        return escape(gettext("Found in the replies."))


def _excerpt(text: str, start: int, end: int) -> str:
    """Return a match with whole words around it, on one line."""
    end = min(end, start + _MATCH_MAX)
    first, last = max(start - _BEFORE, 0), end + _AFTER
    before, after = text[first:start], text[end:last]
    if first:
        before = before.partition(" ")[2] if " " in before else before
    if last < len(text):
        after = after.rpartition(" ")[0] if " " in after else after
    part = " ".join(f"{before}{text[start:end]}{after}".split())
    return f"{'… ' if first else ''}{part}{' …' if last < len(text) else ''}"
