"""Unwrap ``format=flowed`` text (RFC 3676)."""

from __future__ import annotations

import re

_QUOTE = re.compile(r">+")


def unwrap_flowed(text: str, *, delete_space: bool = False) -> str:
    """Join the lines that a mail program has wrapped, which end with a space.

    With ``delete_space``, the space is not part of the text.
    """
    paragraphs: list[str] = []
    depth, is_open = 0, False
    for line in text.split("\n"):
        found = _QUOTE.match(line)
        quotes = found[0] if found else ""
        content = line[len(quotes) :].removeprefix(" ")
        is_flowed = content.endswith(" ") and content != "-- "
        if is_flowed and delete_space:
            content = content[:-1]
        if is_open and len(quotes) == depth and content != "-- ":
            paragraphs[-1] += content
        else:
            paragraphs.append(f"{quotes} {content}" if quotes else content)
        depth, is_open = len(quotes), is_flowed
    return "\n".join(paragraphs)
