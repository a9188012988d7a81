"""Split text into tokens, in the same way for every database (rule S1)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

#: The maximum length in bytes of UTF-8. Longer words are hashed, because every index has a limit.
_WORD_MAX_BYTES = 64
#: The first character of tokens that are not words; no word contains it.
MARKER = "_"

_CHUNK = re.compile(r"\S+")
_ASCII_WORD = re.compile("[0-9a-z]+")
#: Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, kana, bopomofo and Han.
_SPACELESS = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+)"
)
#: Invisible marks and letters.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_ZERO_WIDTH_SPACE = "\u200b"
_SPACE = ord(" ")
#: Lengths in characters. The overlap is longer than two characters with their marks.
_PIECE, _OVERLAP = 1_000, 20
_FEW_THOUSAND = 8_192


class _Characters(dict[int, int | None]):
    """A table for `str.translate` that maps a character to itself, to a space or to nothing."""

    def __missing__(self, code: int) -> int | None:
        character, category = chr(code), unicodedata.category(chr(code))
        is_format = category == "Cf" and character != _ZERO_WIDTH_SPACE
        if _INVISIBLE.match(character) or category == "Me" or is_format:
            self[code] = None
        else:
            self[code] = code if category[0] in "LMN" else _SPACE
        return self[code]


_CHARACTERS = _Characters({ord("ı"): ord("i")})


def tokenize(*texts: str) -> set[str]:
    """Return the tokens in ``texts`` for an index.

    In scripts without spaces, each character and each pair of adjacent characters is a token.
    """
    tokens: set[str] = set()
    for text in texts:
        for run, is_spaceless in _runs(text):
            if is_spaceless:
                tokens.update(run, _pairs(run))
            else:
                tokens.add(_shortened(run))
    return tokens


def tokenize_query(search: str) -> list[str]:
    """Return the tokens in a search, without duplicates. Matching text contains all of them."""
    tokens: list[str] = []
    for run, is_spaceless in _runs(search):
        if is_spaceless:
            tokens += _pairs(run) if len(run) > 1 else [run]
        else:
            tokens.append(_shortened(run))
    return list(dict.fromkeys(tokens))


def find_token_spans(text: str, tokens: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each match in ``text``, given tokens from `tokenize_query`."""
    tokens, reached = frozenset(tokens), 0
    for first, piece in _pieces(text):
        if not tokens.isdisjoint(tokenize(piece)):
            for start, end in _spans_in(piece, tokens):
                if first + end > reached:  # not in the overlap with the previous piece
                    yield max(first + start, reached), first + end
                    reached = first + end


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield the parts of ``text`` that whitespace separates, with their positions.

    Long parts are split into overlapping pieces, so that the first match is found quickly.
    """
    for chunk in _CHUNK.finditer(text):
        for start in range(chunk.start(), chunk.end(), _PIECE):
            yield start, text[start : min(start + _PIECE + _OVERLAP, chunk.end())]


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each run of letters, digits and marks, and whether its script lacks spaces."""
    if text.isascii():
        for run in _ASCII_WORD.findall(text.lower()):
            yield run, False
        return
    for each in _folded(text).split():
        for number, run in enumerate(_SPACELESS.split(each)):
            if number % 2:
                yield run, True
            elif run and (run[0].isalnum() or any(map(str.isalnum, run))):  # not only marks
                yield run, False


def _folded(text: str) -> str:
    """Return ``text`` case-folded and normalized, with only spaces between the words."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())
    return folded.replace("i\u0307", "i").translate(_CHARACTERS)


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]


def _shortened(word: str) -> str:
    data = word.encode()
    is_long = len(data) > _WORD_MAX_BYTES
    return MARKER + hashlib.blake2b(data, digest_size=16).hexdigest() if is_long else word


class _Unit(NamedTuple):
    """The span and the folded form of a character with the marks that follow it."""

    start: int
    end: int
    folded: str


def _spans_in(chunk: str, tokens: frozenset[str]) -> Iterator[tuple[int, int]]:
    for is_spaceless, group in groupby(_units(chunk), key=lambda unit: _is_spaceless(unit.folded)):
        units = list(group)
        if is_spaceless:
            matches = _matches_in(units, tokens)
            for is_match, matched in groupby(units, key=matches.__contains__):
                if is_match:
                    first, *rest = matched
                    yield first.start, (rest or [first])[-1].end
        elif is_spaceless is not None:
            start, end = units[0].start, units[-1].end
            if not tokens.isdisjoint(tokenize(chunk[start:end])):
                yield start, end


def _matches_in(units: list[_Unit], tokens: frozenset[str]) -> set[_Unit]:
    """Return the characters that are part of a token, for a script without spaces."""
    matches = {unit for unit in units if unit.folded in tokens}
    for pair in pairwise(units):
        if pair[0].folded + pair[1].folded in tokens:
            matches.update(pair)
    return matches


def _units(text: str) -> Iterator[_Unit]:
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _is_mark(text[end]):
            yield _Unit(start, end, _folded_unit(text[start:end]))
            start = end


#: Cached, because the same characters occur many times.
_folded_unit = lru_cache(_FEW_THOUSAND)(_folded)


@lru_cache(_FEW_THOUSAND)
def _is_mark(character: str) -> bool:
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0])[0] == "M"


@lru_cache(_FEW_THOUSAND)
def _is_spaceless(folded: str) -> bool | None:
    """Return whether a character's script lacks spaces, or None for a word separator."""
    return None if folded.isspace() else _SPACELESS.match(folded) is not None
