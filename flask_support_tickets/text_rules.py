"""Rules for submitted text (T1 to T4) and file names (B1)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import groupby

from .i18n import gettext

# Lone surrogates and category Cc, except for the allowed characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: Tab, LF and the Unicode separators, but not the control characters that ``str.strip`` removes.
_MARGIN = "\t\n \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000"
)
#: These exclude Cn (unassigned), which contains the newest emoji in older Python versions.
_INVISIBLE_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})
#: Invisible characters in other categories.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
#: Characters that are invisible or reorder text, except for joiners, which emoji need.
_REORDERING = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
#: The escapes that browsers use for quotation marks and line endings in file names.
_BROWSER_ESCAPES = {"%22": '"', "%0D": "", "%0A": "", "%0d": "", "%0a": ""}
FILE_NAME_MAX_BYTES = 255
#: The maximum length in characters. A longer extension counts as part of the name.
_EXTENSION_MAX = 20


class TextError(ValueError):
    """Raised for text that breaks a rule. ``str(error)`` is the message for the user."""


class BlankText(TextError):
    """Raised for text without visible characters (T3)."""


def clean_text(value: str, *, max_length: int, single_line: bool = False) -> str:
    """Return ``value`` with LF line endings and without surrounding whitespace (T1).

    ``max_length`` is in code points. Raises `TextError` for control characters and lone surrogates
    (T2), and for text that is blank (T3) or too long (T4). With ``single_line``, tab and LF are
    also rejected.
    """
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip(_MARGIN)
    if (_FORBIDDEN_IN_LINE if single_line else _FORBIDDEN).search(text):
        raise TextError(gettext("Remove the invisible control characters. They can't be saved."))
    if not any(_is_visible(character) for character in text):
        raise BlankText(gettext("Enter some text."))
    if len(text) > max_length:
        message = gettext("Use no more than %(limit)d characters. You've used %(count)d.")
        raise TextError(message % {"limit": max_length, "count": len(text)})
    return text


def text_pattern(*, single_line: bool) -> str:
    """Return a Python and ECMAScript regular expression that matches what `clean_text` accepts.

    It does not check for lone surrogates, because many engines reject expressions with them.
    """
    margin = margin_class()
    invisible = _escaped(_invisible_characters().replace("\t", "").replace("\n", ""))
    forbidden = r"\x00-\x1f" if single_line else r"\x00-\x08\x0b\x0c\x0e-\x1f"
    forbidden += r"\x7f-\x9f"
    inside = "" if single_line else r"\t\n\r"
    content = f"[^{forbidden}{invisible}{inside}][^{forbidden}]*"
    return f"^[{margin}]*[{invisible}{inside}]*{content}[{margin}]*$"


def margin_class() -> str:
    """Return the whitespace that may surround text, for use inside a character class."""
    return _escaped(_MARGIN + "\r")


@cache
def _invisible_characters() -> str:
    """Return all characters that are allowed in text but not visible."""
    found = (chr(number) for number in range(0x20, 0x110000) if not 0xD800 <= number <= 0xDFFF)
    return "".join(each for each in found if not _is_visible(each) and not _FORBIDDEN.match(each))


def _escaped(characters: str) -> str:
    """Return ``characters`` as ranges for a character class."""
    numbers = enumerate(sorted(map(ord, set(characters))))
    runs = (list(run) for _, run in groupby(numbers, lambda pair: pair[1] - pair[0]))
    ranges = (sorted({run[0][1], run[-1][1]}) for run in runs)
    return "".join("-".join(map(_code, ends)) for ends in ranges)


def _code(number: int) -> str:
    return f"\\u{number:04x}" if number <= 0xFFFF else chr(number)


@lru_cache(maxsize=10_000)
def showable_line(value: str) -> str:
    """Return ``value`` as a single line, with forbidden characters replaced."""
    return _FORBIDDEN_IN_LINE.sub("\ufffd", value).strip(_MARGIN)


def _is_visible(character: str) -> bool:
    category = unicodedata.category(character)
    return category not in _INVISIBLE_CATEGORIES and character not in _INVISIBLE_LETTERS


def clean_file_name(value: str) -> str:
    """Return ``value`` as a file name to store and show (B1).

    Directories, control characters, lone surrogates, and characters that reorder or hide text are
    removed. A long name is cut to 255 bytes of UTF-8, but keeps its extension. An empty name
    becomes ``file``.
    """
    for escape, character in _BROWSER_ESCAPES.items():
        value = value.replace(escape, character)
    name = re.split(r"[/\\]", value)[-1]
    name = _FORBIDDEN_IN_LINE.sub("", _REORDERING.sub("", name)).strip(_MARGIN)
    name = name.rstrip(_MARGIN + ".")
    if not any(_is_visible(character) for character in name):
        return "file"
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > _EXTENSION_MAX:
        stem, dot, extension = name, "", ""
    end = dot + extension
    cut = stem.encode()[: FILE_NAME_MAX_BYTES - len(end.encode())].decode(errors="ignore")
    return cut.rstrip(_MARGIN) + end
