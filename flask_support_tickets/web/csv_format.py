"""Format CSV rows (RFC 4180) so that spreadsheets do not run cells as formulas (rule X1)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

#: Without this mark, Excel decodes the file with a regional code page instead of UTF-8.
BYTE_ORDER_MARK = "\ufeff"

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BLANKS = "\\s\\x00-\\x1f\u200b-\u200f\u2060\ufeff"
_FORMULA = re.compile(f"[\\t\\r\\n\\x00]|[{_BLANKS}]*[{_SIGNS}]")
#: In some locales, Excel starts a new cell after a semicolon or a tab.
_INNER_FORMULA = re.compile(f'([;\\t][{_BLANKS}"]*)(?=[{_SIGNS}])')


def csv_line(cells: Iterable[Any]) -> str:
    """Return a line that ends in CRLF. None becomes an empty cell."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(map(_as_cell, cells))
    return line.getvalue()


def _as_cell(value: Any) -> str:
    """Convert a value to text, with an apostrophe before anything that could start a formula."""
    text = "" if value is None else str(value)
    text = _INNER_FORMULA.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text
