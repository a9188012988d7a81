"""Format CSV rows (RFC 4180) so that spreadsheets do not run cells as formulas (rule X1)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol
from flask import request
from werkzeug.exceptions import UnprocessableEntity

from ..i18n import current_locale, gettext, requested_tag

#: Without this mark, Excel decodes the file with a regional code page instead of UTF-8.
BYTE_ORDER_MARK = "\ufeff"
#: The separators of cells, by their names in a URL.
SEPARATORS = {",": ",", ";": ";", "\t": "\t", "tab": "\t"}

#: Including their small and full-width forms.
_SIGNS = "=+\\-@\ufe62\ufe63\ufe66\ufe6b\uff1d\uff0b\uff0d\uff20"
#: Whitespace, control characters, category Cf and ``Default_Ignorable_Code_Point``.
_BLANKS = (
    "\\s\\x00-\\x1f\\x7f-\\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_FORMULA = re.compile(f"[\\t\\r\\n\\x00]|[{_BLANKS}]*[{_SIGNS}]")


def default_separator() -> str:
    """Return the separator that spreadsheets expect in the user's locale.

    It is a semicolon where the comma is the decimal mark.
    """
    locale = current_locale()
    with suppress(ValueError, UnknownLocaleError):  # there may be no catalog for it
        locale = Locale.parse(requested_tag().replace("-", "_"))
    return ";" if get_decimal_symbol(locale) == "," else ","


def read_separator() -> str:
    """Return the separator in the query string, or else the one for the user's locale.

    Aborts with 422 if it is unknown or repeated.
    """
    given = [text for text in request.args.getlist("separator") if text]
    if not given:
        return default_separator()
    if len(given) > 1 or given[0] not in SEPARATORS:
        raise UnprocessableEntity(gettext("Use a comma, a semicolon or “tab” as the separator."))
    return SEPARATORS[given[0]]


def csv_line(cells: Iterable[Any], separator: str = ",") -> str:
    """Return a line that ends in CRLF. None becomes an empty cell."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=separator, lineterminator="\r\n")
    writer.writerow(_as_cell(value, separator) for value in cells)
    return line.getvalue()


def _as_cell(value: Any, separator: str) -> str:
    """Convert a value to text, with an apostrophe before anything that could start a formula."""
    text = "" if value is None else str(value)
    text = _inner_formula(separator).sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


@cache
def _inner_formula(separator: str) -> re.Pattern[str]:
    """Return a pattern for a formula after a separator of other locales, which is not quoted."""
    others = ",;\t".replace(separator, "")
    return re.compile(f'([{others}][{_BLANKS}"]*)(?=[{_SIGNS}])')
