"""Split text into the words that a search compares (rule S1), the same on every database."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

#: In UTF-8. A longer word is kept as a hash, because no index takes words of any length.
_WORD_MAX_BYTES = 64
#: Starts a token that is not a word of a text, because no word contains it.
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
        character, category = chr(code), unicodedata.category(chr(code))
        is_format = category == "Cf" and character != _ZERO_WIDTH_SPACE
        if _SILENT.match(character) or category == "Me" or is_format:
            self[code] = None
        else:
            self[code] = code if category[0] in "LMN" else _SPACE
        return self[code]


_CHARACTERS = _Characters({ord("ı"): ord("i")})


def tokenize(*texts: str) -> set[str]:
    """Return the words of texts for an index.

    In scripts without spaces, these are the characters and the pairs of neighbours.
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
    """Return the words of a search, each once; `tokenize` of a match has all of them."""
    words: list[str] = []
    for run, is_spaceless in _runs(search):
        if is_spaceless:
            words += _pairs(run) if len(run) > 1 else [run]
        else:
            words.append(_shortened(run))
    return list(dict.fromkeys(words))


def find_token_spans(text: str, words: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each place where ``text`` has one of ``words``, in order.

    ``words`` are those of `tokenize_query`, and match as in a search.
    """
    wanted, reached = frozenset(words), 0
    for first, piece in _pieces(text):
        if not wanted.isdisjoint(tokenize(piece)):
            for start, end in _places_in(piece, wanted):
                if first + end > reached:  # else the piece before had it, too
                    yield max(first + start, reached), first + end
                    reached = first + end


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the parts of a text that have no spaces, and where each starts.

    Long ones come in pieces that overlap, so that the first place is found quickly.
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
    """A character with the marks that follow it, its place, and its form in a search."""

    start: int
    end: int
    folded: str


def _places_in(chunk: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the places in a text without spaces."""
    for is_spaceless, group in groupby(_units(chunk), key=lambda unit: _is_spaceless(unit.folded)):
        units = list(group)
        if is_spaceless:
            hits = _hits_in(units, wanted)
            for is_hit, marked in groupby(units, key=hits.__contains__):
                if is_hit:
                    hit_units = list(marked)
                    yield hit_units[0].start, hit_units[-1].end
        elif is_spaceless is not None:
            start, end = units[0].start, units[-1].end
            if not wanted.isdisjoint(tokenize(chunk[start:end])):
                yield start, end


def _hits_in(units: list[_Unit], wanted: frozenset[str]) -> set[_Unit]:
    """Return the characters of a script without spaces that are in a wanted pair, or wanted."""
    hits = {unit for unit in units if unit.folded in wanted}
    for pair in pairwise(units):
        if pair[0].folded + pair[1].folded in wanted:
            hits.update(pair)
    return hits


def _units(text: str) -> Iterator[_Unit]:
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not _is_mark(text[place]):
            yield _Unit(start, place, _folded_unit(text[start:place]))
            start = place


#: For characters one by one: a long text repeats the same ones.
_folded_unit = lru_cache(_FEW_THOUSAND)(_folded)


@lru_cache(_FEW_THOUSAND)
def _is_mark(character: str) -> bool:
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0])[0] == "M"


@lru_cache(_FEW_THOUSAND)
def _is_spaceless(folded: str) -> bool | None:
    """Whether a character is of a script without spaces; None if it stands between words."""
    return None if folded.isspace() else _SPACELESS.match(folded) is not None
