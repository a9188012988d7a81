"""Find where the previous email begins, if its lines are not marked as quoted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from mailparser_reply.parser import EmailMessage

#: The languages of `mailparser_reply` that are recognized.
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "da", "sv")
#: The library takes quadratic time for long lines and for many blank ones.
_ANALYZED_MAX, _LINE_MAX = 10_000, 200
#: The maximum number of lines of a wrapped introduction.
_INTRODUCTION_LINES_MAX = 3
_TIME_OR_DATE = re.compile(r"\d{1,2}[:.h]\d{2}|\d{4}|\d{1,2}[./-]\d{1,2}")
_FIELD = re.compile(r"[\W_]{0,5}[^\W\d_][\w .'’/-]{0,30}\s?[:：]\**(?:\s|$)")
_LINE = re.compile(r"\s*(?:[_*=-]{20,}|-{2,}[^-]{3,40}-{2,})\s*")
_ORIGINAL = re.compile(
    r"""\s*[-_–—]{2,}\s*
    (?:original\s+(?:message|e-?mail) | ursprüngliche\s+nachricht | originalnachricht
    | message\s+d['’]origine | message\s+original | mensaje\s+original
    | (?:ال)?رسالة\s+(?:ال)?أصلية)
    \s*[-_–—]{2,}\s*""",
    re.IGNORECASE | re.VERBOSE,
)
#: As in Notes: "-----Anna <anna@example.org> wrote: -----".
_BETWEEN_DASHES = re.compile(r"\s*-{4,}\s?[^\s-].{3,200}:\s?-{4,}\s*")
#: Introductions that the library does not know.
_WROTE = re.compile(r"\bescribi[óo]\b|\bكتب|\bتمت كتابة")
_ARABIC_FROM = re.compile(r"\W*من\s*:")
_ARABIC_FIELD = re.compile(r"\W*(?:إلى|الموضوع|تم الإرسال|تاريخ الإرسال|أرسلت|التاريخ)\s*:")
_NEAR = 5
_FIELDS_ABOVE_MAX = 2


def find_previous_email(lines: Sequence[str]) -> int:
    """Return the index of the first line of the previous email, or the number of lines."""
    found = min(_find_by_library(lines), _find_by_marks(lines))
    return found if found == len(lines) else _with_lines_above(lines, found)


def without_introduction(lines: Sequence[str]) -> list[str]:
    """Remove the introduction of a quotation, such as "On Monday, Anna wrote:", from the end."""
    end = _end_of_text(lines)
    end -= _length_of_introduction(lines[:end])
    end = _end_of_text(lines[:end])
    if end and _ORIGINAL.fullmatch(lines[end - 1]):
        end -= 1
    return list(lines[: _end_of_text(lines[:end])])


def without_leading_introduction(lines: Sequence[str]) -> list[str]:
    """Remove an introduction that is itself quoted from the beginning."""
    for count in range(1, _INTRODUCTION_LINES_MAX + 1):
        if _length_of_introduction(lines[:count]) == count:
            return list(lines[count:])
    return list(lines)


def without_header_fields(lines: Sequence[str]) -> list[str]:
    """Remove the fields of the quoted email ("From: …", "Sent: …") from the end."""
    end = start = _end_of_text(lines)
    while start and _FIELD.match(lines[start - 1]):
        start -= 1
    block = " ".join(lines[start:end])
    is_header = "@" in block or (end - start >= 4 and _TIME_OR_DATE.search(block))
    if end - start < 2 or not is_header:
        return list(lines[:end])
    return list(lines[: _with_lines_above(lines, start)])


def _length_of_introduction(lines: Sequence[str]) -> int:
    """Return how many lines at the end are an introduction: with a date, ending in a colon."""
    last = _visible(lines[-1]) if lines else ""
    if not last.endswith((":", "：")):
        return 0
    for count in range(1, _INTRODUCTION_LINES_MAX + 1):
        chosen = lines[-count:]
        if len(chosen) < count or not chosen[0].strip():
            break
        if _TIME_OR_DATE.search(" ".join(chosen)):
            return count
    return 1 if "@" in last else 0


def _find_by_library(lines: Sequence[str]) -> int:
    text = "\n".join(line.strip()[:_LINE_MAX] for line in lines)
    text = re.sub(r"\n{3,}", "\n\n", text)[:_ANALYZED_MAX]
    message = EmailMessage(text=text, languages=[*_LANGUAGES], keep_hyphen_lists=True)
    for reply in message.read().replies:
        header = reply.headers or ""
        if "@" in header or (header.count("\n") >= 2 and any(map(str.isdigit, header))):
            return _index_of(header.split("\n")[0].strip(), lines)
        if _ORIGINAL.fullmatch(header) or (header and _TIME_OR_DATE.search(header)):
            return _index_of(header.split("\n")[0].strip(), lines)
    return len(lines)


def _index_of(line: str, lines: Sequence[str]) -> int:
    wanted = line[:_LINE_MAX]
    places = (i for i, each in enumerate(lines) if each.strip()[:_LINE_MAX] == wanted)
    return next(places, len(lines))


def _find_by_marks(lines: Sequence[str]) -> int:
    for index, line in enumerate(lines):
        line = line[:_LINE_MAX]
        if _ORIGINAL.fullmatch(line) or _BETWEEN_DASHES.fullmatch(line):
            return index
        if _WROTE.search(line) and _length_of_introduction([line]):
            return index
        near = lines[index + 1 : index + _NEAR]
        if _ARABIC_FROM.match(line) and any(_ARABIC_FIELD.match(each) for each in near):
            return index
    return len(lines)


def _with_lines_above(lines: Sequence[str], start: int) -> int:
    """Include fields that were not recognized, and the line that is drawn above them."""
    for line in reversed(lines[max(0, start - _FIELDS_ABOVE_MAX) : start]):
        if not _FIELD.match(line[:_LINE_MAX]):
            break
        start -= 1
    start = _end_of_text(lines[:start])
    while start and _LINE.fullmatch(lines[start - 1][:_LINE_MAX]):
        start = _end_of_text(lines[: start - 1])
    return start


def _end_of_text(lines: Sequence[str]) -> int:
    """Return the number of lines without the blank ones at the end."""
    end = len(lines)
    while end and not _visible(lines[end - 1]):
        end -= 1
    return end


def _visible(line: str) -> str:
    """Return the line without spaces and invisible characters, such as marks, around it."""
    start, end = 0, len(line)
    while start < end and _is_invisible(line[start]):
        start += 1
    while end > start and _is_invisible(line[end - 1]):
        end -= 1
    return line[start:end]


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"
