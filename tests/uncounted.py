"""What tests whose lines are not counted left made, for those that are counted to make again."""

from __future__ import annotations

import itertools
import sys
from functools import _lru_cache_wrapper

from .host import tickets


def empty_caches() -> None:
    """Empty every cache of the package that outlives an app."""
    if tickets._models is not None:
        tickets._models.statements.clear()
    ours = [module for name, module in sys.modules.items() if name.startswith("flask_support_")]
    for value in itertools.chain.from_iterable(vars(module).values() for module in ours):
        if isinstance(value, _lru_cache_wrapper):
            value.cache_clear()
