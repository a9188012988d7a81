"""Words as people use them: few often, most hardly ever; and two planted ones."""

from __future__ import annotations

import random
from itertools import accumulate

#: In one ticket of a hundred, and in no other.
COMMON_WORD = "flamingo"
#: In `RARE_TICKETS` tickets.
RARE_WORD = "zyxophone"
RARE_TICKETS = 5

_EVERYDAY = """
    the to and a of in it is not my for on when with this that i you we have but can after
    account page login password error photo upload button email please help screen app phone
    browser message profile friend group video post comment payment invoice update crash slow
    settings notification delete again always never since yesterday today works broken missing
    wrong empty loading saved changed blocked reset link address code café über naïve
"""
_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo za"
_WORDS = 20_000
_STREAM = 400_000


def make_words(seed: int) -> list[str]:
    """Return a long run of words; the word of rank r stands in it about 1/r times as often."""
    source = random.Random(seed)
    single = _SYLLABLES.split()
    syllables = [first + second for first in single for second in single]
    made = sorted({"".join(source.choices(syllables, k=2)) for _ in range(_WORDS)})
    source.shuffle(made)
    words = [*_EVERYDAY.split(), *made]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return source.choices(words, cum_weights=weights, k=_STREAM)


class Prose:
    """Texts cut out of one run of words: quick to make, and as skewed as the run."""

    def __init__(self, seed: int) -> None:
        self._words = make_words(seed)
        self._random = random.Random(seed).random

    def text(self, shortest: int, longest: int) -> str:
        """Return ``shortest`` to ``longest`` words, in one line."""
        length = shortest + int(self._random() * (longest - shortest + 1))
        start = int(self._random() * (_STREAM - length))
        return " ".join(self._words[start : start + length])
