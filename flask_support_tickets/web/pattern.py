"""HTML that a template makes once, with slots, and that is filled for each row of a page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from markupsafe import Markup

#: What nobody can send; letters and digits alone, so that it is the same in an address.
_MARK = f"slot{secrets.token_hex(8)}"
_SLOT = re.compile(rf"{_MARK}x(\w+?)x{_MARK}")


def slot(name: str) -> Markup:
    """Return what stands in a template, or an address, for the value ``name``."""
    return Markup(f"{_MARK}x{name}x{_MARK}")


class Pattern:
    """A text with slots."""

    def __init__(self, text: str) -> None:
        pieces = _SLOT.split(str(text).replace("%", "%%"))
        pieces[1::2] = [f"%({name})s" for name in pieces[1::2]]
        self._format = "".join(pieces)

    def fill(self, values: Mapping[str, object]) -> str:
        """Return the text with ``values``, which are HTML already, in the slots."""
        return self._format % values
