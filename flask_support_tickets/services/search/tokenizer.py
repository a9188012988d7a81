"""Split text into the words that a search compares (rule S1), the same on every database."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

#: A longer word is kept as a hash, in bytes of UTF-8; no index takes words of any length.
_WORD_MAX_BYTES = 64
#: Starts what is no word of a text: it is neither a letter, nor a digit, nor a mark.
MARKER = "_"

_CHUNK = re.compile(r"\S+")
_ASCII_WORD = re.compile("[0-9a-z]+")
#: Scripts that put no space between words: Thai, Lao, Myanmar, Khmer, kana, bopomofo, Han.
_SPACELESS = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+)"
)
#: Marks and letters that show nothing of their own.
_SILENT = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ZERO_WIDTH_SPACE = "\u200b"
_SPACE = ord(" ")
#: In characters; two characters with their marks fit into the overlap.
_PIECE, _OVERLAP = 1_000, 20
_FEW_THOUSAND = 8_192


class _Characters(dict[int, int | None]):
    """What becomes of each character: itself, a space, or nothing. Filled as they are met."""

    def __missing__(self, code: int) -> int | None:
        self[code] = kept = _kept(chr(code))
        return kept


def _kept(character: str) -> int | None:
    category = unicodedata.category(character)
    if _SILENT.match(character) or category == "Me":
        return None
    if category == "Cf" and character != _ZERO_WIDTH_SPACE:
        return None
    return ord(character) if category[0] in "LMN" else _SPACE


_CHARACTERS = _Characters({ord("ı"): ord("i")})


def tokenize(*texts: str) -> set[str]:
    """Return the words of texts, as they are kept in an index.

    A run of a script without spaces gives each of its characters and each pair of neighbours.
    """
    words: set[str] = set()
    for text in texts:
        for run, is_spaceless in _runs(text):
            if is_spaceless:
                words.update(run)
                words.update(_pairs(run))
            else:
                words.add(_shortened(run))
    return words


def tokenize_query(search: str) -> list[str]:
    """Return the words that a search asks for, each once: all of them must be in `tokenize`."""
    words: list[str] = []
    for run, is_spaceless in _runs(search):
        if is_spaceless:
            words += _pairs(run) if len(run) > 1 else [run]
        else:
            words.append(_shortened(run))
    return list(dict.fromkeys(words))


def find_token_spans(text: str, words: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield where ``text`` has one of ``words`` (of `tokenize_query`), as start and end, in order.

    A word is found as a search finds it: whole, without case, in whatever spelling.
    """
    wanted, reached = frozenset(words), 0
    for first, piece in _pieces(text):
        if not wanted.isdisjoint(tokenize(piece)):
            for start, end in _places_in(piece, wanted):
                if first + end > reached:  # or else the piece before has told it: they overlap
                    yield max(first + start, reached), first + end
                    reached = first + end


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the parts of a text that have no spaces, and where each starts.

    Very long ones come in pieces that overlap: who looks for the first place shall not wait until
    all of it was read.
    """
    for chunk in _CHUNK.finditer(text):
        for start in range(chunk.start(), chunk.end(), _PIECE):
            yield start, text[start : min(start + _PIECE + _OVERLAP, chunk.end())]


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the runs of letters, digits and marks, and whether their script has no spaces."""
    if text.isascii():
        for run in _ASCII_WORD.findall(text.lower()):
            yield run, False
        return
    for each in _folded(text).split():
        for place, run in enumerate(_SPACELESS.split(each)):
            if place % 2:
                yield run, True
            elif run and (run[0].isalnum() or any(map(str.isalnum, run))):  # not marks alone
                yield run, False


def _folded(text: str) -> str:
    """Return ``text`` without case, in one spelling, and with spaces between the words."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())
    return folded.replace("i\u0307", "i").translate(_CHARACTERS)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _shortened(word: str) -> str:
    data = word.encode()
    if len(data) <= _WORD_MAX_BYTES:
        return word
    return MARKER + hashlib.blake2b(data, digest_size=16).hexdigest()


class _Unit(NamedTuple):
    """A character with the marks behind it, where it stands, and what a search makes of it."""

    start: int
    end: int
    folded: str


def _places_in(chunk: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the places in a text without spaces."""
    for is_spaceless, group in groupby(_units(chunk), key=_kind):
        units = list(group)
        if is_spaceless:
            hits = _hits_in(units, wanted)
            for is_hit, marked in groupby(units, key=lambda unit: unit in hits):
                if is_hit:
                    yield _place_of(list(marked))
        elif is_spaceless is not None:
            start, end = _place_of(units)
            if not wanted.isdisjoint(tokenize(chunk[start:end])):
                yield start, end


def _hits_in(units: list[_Unit], wanted: frozenset[str]) -> set[_Unit]:
    """Return the characters of a script without spaces that are in a wanted pair, or wanted."""
    hits = {unit for unit in units if unit.folded in wanted}
    for pair in pairwise(units):
        if pair[0].folded + pair[1].folded in wanted:
            hits.update(pair)
    return hits


def _place_of(units: list[_Unit]) -> tuple[int, int]:
    return units[0].start, units[-1].end


def _units(text: str) -> Iterator[_Unit]:
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _is_mark(text[place]):
            yield _Unit(start, place, _folded_unit(text[start:place]))
            start = place


#: For characters one by one: a long text has the same ones again and again.
_folded_unit = lru_cache(_FEW_THOUSAND)(_folded)


@lru_cache(_FEW_THOUSAND)
def _is_mark(character: str) -> bool:
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0])[0] == "M"


def _kind(unit: _Unit) -> bool | None:
    """Whether the unit is of a script without spaces; None when it stands between words."""
    return _kind_of(unit.folded)


@lru_cache(_FEW_THOUSAND)
def _kind_of(folded: str) -> bool | None:
    return None if folded.isspace() else _SPACELESS.match(folded) is not None
