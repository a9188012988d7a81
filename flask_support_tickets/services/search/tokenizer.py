"""Split text into tokens, in the same way for every database (rule S1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

#: Only this many characters of a word count, because every index has a limit.
_WORD_MAX = 200
#: A word of at least this many characters also matches longer words. Counted in NFKD, in which a
#: Korean syllable has two or three.
_PREFIX_MIN = 3
#: The token of every ticket in the index, which no text contains. Change it together with the
#: tokens, so that an index with old tokens counts as incomplete until it is rebuilt.
MARKER = "_2"
#: The prefix of the tokens of internal notes.
_NOTE = "_n"

_CHUNK = re.compile(r"[^\s!-/:-@\[-`{-~]+")
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


class Term(NamedTuple):
    """A word in a search."""

    token: str
    #: Whether longer words that begin with the token also match.
    is_prefix: bool = False
    #: Whether internal notes also match.
    with_notes: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens to look for. A match with any of them is enough."""
        return (self.token, _NOTE + self.token) if self.with_notes else (self.token,)

    def is_in(self, tokens: Collection[str]) -> bool:
        """Return whether a text with ``tokens`` matches."""
        if any(token in tokens for token in self.tokens):
            return True
        return self.is_prefix and any(token.startswith(self.tokens) for token in tokens)


class _Characters(dict[int, int | None]):
    """A table for `str.translate` that maps a character to itself, to a space or to nothing."""

    def __missing__(self, code: int) -> int | None:
        character, category = chr(code), unicodedata.category(chr(code))
        is_format = category == "Cf" and character != _ZERO_WIDTH_SPACE
        if _INVISIBLE.match(character) or category == "Me" or is_format or _is_accent(character):
            self[code] = None
        else:
            self[code] = code if category[0] in "LMN" else _SPACE
        return self[code]


def _is_accent(character: str) -> bool:
    """Return whether a mark is an accent, or a Hebrew or Arabic vowel sign, by combining class.

    The marks of other scripts, such as Indic vowels and the voicing of kana, are parts of letters.
    """
    combining = unicodedata.combining(character)
    return combining == 1 or 10 <= combining <= 36 or combining >= 200


#: ``ı`` is ``i``; alef with wasla or a wavy hamza is alef, and tatweel is nothing.
_CHARACTERS = _Characters(
    {ord("ı"): ord("i"), **dict.fromkeys((0x671, 0x672, 0x673), 0x627), 0x640: None}
)


def tokenize(*texts: str, is_note: bool = False) -> set[str]:
    """Return the tokens in ``texts`` for an index. The texts may be those of an internal note.

    In scripts without spaces, each character and each pair of adjacent characters is a token.
    """
    tokens: set[str] = set()
    for text in texts:
        for run, is_spaceless in _runs(text):
            if is_spaceless:
                tokens.update(run, _pairs(run))
            else:
                tokens.add(run[:_WORD_MAX])
    return {_NOTE + token for token in tokens} if is_note else tokens


def tokenize_query(search: str, *, with_notes: bool = False) -> list[Term]:
    """Return the words in a search, without duplicates. Matching text contains all of them."""
    terms: list[Term] = []
    for run, is_spaceless in _runs(search):
        if is_spaceless:
            terms += map(Term, _pairs(run) if len(run) > 1 else [run])
        else:
            is_prefix = len(unicodedata.normalize("NFKD", run)) >= _PREFIX_MIN
            terms.append(Term(run[:_WORD_MAX], is_prefix))
    return [term._replace(with_notes=with_notes) for term in dict.fromkeys(terms)]


def find_token_spans(text: str, terms: Collection[Term]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each match in ``text``, given terms from `tokenize_query`."""
    reached = 0
    for first, piece, is_rest in _pieces(text) if terms else ():
        tokens = tokenize(piece)
        if any(term.is_in(tokens) for term in terms):
            for start, end in _spans_in(piece, terms, is_rest):
                if first + end > reached:  # not in the overlap with the previous piece
                    yield max(first + start, reached), first + end
                    reached = first + end


def _pieces(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield the parts of ``text`` that spaces or ASCII punctuation separate, with their positions.

    Long parts are split into overlapping pieces, so that the first match is found quickly. The last
    item is whether the piece may start within a word.
    """
    for chunk in _CHUNK.finditer(text):
        for start in range(chunk.start(), chunk.end(), _PIECE):
            piece = text[start : min(start + _PIECE + _OVERLAP, chunk.end())]
            yield start, piece, start > chunk.start()


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each run of letters, digits and marks, and whether its script lacks spaces."""
    if text.isascii():
        for run in _ASCII_WORD.findall(text.lower()):
            yield run, False
        return
    for each in fold(text).split():
        for number, run in enumerate(_SPACELESS.split(each)):
            if number % 2:
                yield run, True
            elif run and (run[0].isalnum() or any(map(str.isalnum, run))):  # not only marks
                yield run, False


def fold(text: str) -> str:
    """Return ``text`` without case and accents, and with only spaces between the words."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", folded.translate(_CHARACTERS))


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]


class _Unit(NamedTuple):
    """The span and the folded form of a character with the marks that follow it."""

    start: int
    end: int
    folded: str


def _spans_in(chunk: str, terms: Collection[Term], is_rest: bool) -> Iterator[tuple[int, int]]:
    exact = {term.token for term in terms}
    for is_spaceless, group in groupby(_units(chunk), key=lambda unit: _is_spaceless(unit.folded)):
        units = list(group)
        if is_spaceless:
            matches = _matches_in(units, exact)
            for is_match, matched in groupby(units, key=matches.__contains__):
                if is_match:
                    first, *rest = matched
                    yield first.start, (rest or [first])[-1].end
        elif is_spaceless is not None and not (is_rest and units[0].start == 0):
            start, end = units[0].start, units[-1].end
            tokens = tokenize(chunk[start:end])
            if any(term.is_in(tokens) for term in terms):
                yield start, end


def _matches_in(units: list[_Unit], tokens: Collection[str]) -> set[_Unit]:
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
_folded_unit = lru_cache(_FEW_THOUSAND)(fold)


@lru_cache(_FEW_THOUSAND)
def _is_mark(character: str) -> bool:
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0])[0] == "M"


@lru_cache(_FEW_THOUSAND)
def _is_spaceless(folded: str) -> bool | None:
    """Return whether a character's script lacks spaces, or None for a word separator."""
    return None if folded.isspace() else _SPACELESS.match(folded) is not None
