"""Rules for submitted text (T1 to T4) and file names (B1)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import groupby
from typing import TypeGuard

from .i18n import gettext

# Lone surrogates and category Cc, except for the allowed characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: What becomes LF: CRLF, CR, VT, FF and NEL.
_LINE_END = re.compile("\r\n|[\r\v\f\x85]")
#: The escape sequences that programs send to a terminal, as in ECMA-48: colors and cursor
#: movements (CSI), titles and links (OSC and its kind), character sets, and saved positions.
#: A color that starts with an 8-bit CSI needs a number, because Windows-1252 has text there.
_ANSI = (
    r"\x1b\[[0-?]*[ -\/]*[@-~]"
    r"|\x1b[P\]X^_][^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -\/]+[0-~]"
    r"|\x1b[78=>M]"
    r"|\x9b[0-9:;]+m"
)
_ANSI_SEQUENCE = re.compile(_ANSI)
#: The names of category Cc in Unicode's NameAliases.txt; `unicodedata.name` has none of them.
_C0_NAMES = (
    "NULL", "START OF HEADING", "START OF TEXT", "END OF TEXT", "END OF TRANSMISSION", "ENQUIRY",
    "ACKNOWLEDGE", "ALERT", "BACKSPACE", "CHARACTER TABULATION", "LINE FEED", "LINE TABULATION",
    "FORM FEED", "CARRIAGE RETURN", "SHIFT OUT", "SHIFT IN", "DATA LINK ESCAPE",
    "DEVICE CONTROL ONE", "DEVICE CONTROL TWO", "DEVICE CONTROL THREE", "DEVICE CONTROL FOUR",
    "NEGATIVE ACKNOWLEDGE", "SYNCHRONOUS IDLE", "END OF TRANSMISSION BLOCK", "CANCEL",
    "END OF MEDIUM", "SUBSTITUTE", "ESCAPE", "INFORMATION SEPARATOR FOUR",
    "INFORMATION SEPARATOR THREE", "INFORMATION SEPARATOR TWO", "INFORMATION SEPARATOR ONE",
)  # fmt: skip
_C1_NAMES = (
    "DELETE", "PADDING CHARACTER", "HIGH OCTET PRESET", "BREAK PERMITTED HERE", "NO BREAK HERE",
    "INDEX", "NEXT LINE", "START OF SELECTED AREA", "END OF SELECTED AREA",
    "CHARACTER TABULATION SET", "CHARACTER TABULATION WITH JUSTIFICATION",
    "LINE TABULATION SET", "PARTIAL LINE FORWARD", "PARTIAL LINE BACKWARD", "REVERSE LINE FEED",
    "SINGLE SHIFT TWO", "SINGLE SHIFT THREE", "DEVICE CONTROL STRING", "PRIVATE USE ONE",
    "PRIVATE USE TWO", "SET TRANSMIT STATE", "CANCEL CHARACTER", "MESSAGE WAITING",
    "START OF GUARDED AREA", "END OF GUARDED AREA", "START OF STRING",
    "SINGLE GRAPHIC CHARACTER INTRODUCER", "SINGLE CHARACTER INTRODUCER",
    "CONTROL SEQUENCE INTRODUCER", "STRING TERMINATOR", "OPERATING SYSTEM COMMAND",
    "PRIVACY MESSAGE", "APPLICATION PROGRAM COMMAND",
)  # fmt: skip
_CONTROL_NAMES = dict(enumerate(_C0_NAMES)) | dict(enumerate(_C1_NAMES, start=0x7F))
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
#: An address without a display name. Stricter than RFC 5322: no quotes, comments or lists.
_EMAIL = re.compile(r'[^\s@<>()\[\],;:"\\]{1,64}@[^\s@<>()\[\],;:"\\]{1,253}')
_EMAIL_MAX = 254
#: ``//host`` is another site, and browsers read a backslash as a slash.
_LINK = re.compile(r"https?://[^\s\\/?#@]+(?:[/?#][^\s\\]*)?|/(?!/)[^\s\\]*", re.IGNORECASE)
FILE_NAME_MAX_BYTES = 255
#: The maximum length in characters. A longer extension counts as part of the name.
_EXTENSION_MAX = 20


class TextError(ValueError):
    """Raised for text that breaks a rule. ``str(error)`` is the message for the user."""


class BlankText(TextError):
    """Raised for text without visible characters (T3)."""


def clean_text(value: str, *, max_length: int, single_line: bool = False) -> str:
    """Return ``value`` with LF line endings and without surrounding whitespace (T1).

    ``max_length`` is in code points. Terminal escape sequences are removed. With ``single_line``,
    tabs and line ends become spaces. Raises `TextError` for other control characters and lone
    surrogates (T2), and for text that is blank (T3) or too long (T4).
    """
    text = _LINE_END.sub("\n", _ANSI_SEQUENCE.sub("", value))
    _check_characters(_FORBIDDEN, text)
    text = (text.replace("\t", " ").replace("\n", " ") if single_line else text).strip(_MARGIN)
    if not any(_is_visible(character) for character in text):
        raise BlankText(gettext("Enter some text."))
    _check_length(text, max_length)
    return text


def clean_search(value: str, *, max_length: int) -> str | None:
    """Return what to search for, or None if ``value`` has only control characters.

    Control characters and lone surrogates count as spaces (T2). Raises `TextError` for text that is
    blank (T3) or too long (T4).
    """
    text = _FORBIDDEN_IN_LINE.sub(" ", _ANSI_SEQUENCE.sub("", value)).strip(_MARGIN)
    _check_length(text, max_length)
    if any(_is_visible(character) for character in text):
        return text
    if value.strip(_MARGIN) == text:
        raise BlankText(gettext("Enter some text."))
    return None


def clean_url(value: str, *, max_length: int) -> str:
    """Return ``value`` without surrounding whitespace. All control characters are refused."""
    text = value.strip(_MARGIN + "\r")
    _check_characters(_FORBIDDEN_IN_LINE, text)
    return clean_text(text, max_length=max_length, single_line=True)


def _check_characters(forbidden: re.Pattern[str], text: str) -> None:
    """Raise `TextError` for the first forbidden character in ``text`` (T2)."""
    found = forbidden.search(text)
    if found is None:
        return
    code, line = ord(found[0]), text.count("\n", 0, found.start()) + 1
    if code in _CONTROL_NAMES:
        message = gettext("Line %(line)d contains a control character (%(name)s). Remove it.")
        raise TextError(message % {"line": line, "name": _CONTROL_NAMES[code]})
    message = gettext("Line %(line)d contains half of a character (%(name)s). Remove it.")
    raise TextError(message % {"line": line, "name": f"U+{code:04X}"})


def _check_length(text: str, max_length: int) -> None:
    if len(text) > max_length:
        message = gettext("Use no more than %(limit)d characters. You've used %(count)d.")
        raise TextError(message % {"limit": max_length, "count": len(text)})


@cache
def text_pattern() -> str:
    """Return a Python and ECMAScript regular expression that matches what `clean_text` accepts.

    It does not check for lone surrogates, because many engines reject expressions with them.
    """
    forbidden = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    invisible = _escaped(_invisible_characters() + "\t\n\v\f\r\x85")
    allowed = f"(?:[^{forbidden}]|{_ANSI})*"
    return f"^(?:[{invisible}]|{_ANSI})*[^{forbidden}{invisible}]{allowed}$"


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


def is_email_address(value: object) -> TypeGuard[str]:
    """Return whether ``value`` looks like a single email address."""
    return _is_token(value, _EMAIL) and len(value) <= _EMAIL_MAX


def is_link(value: object) -> TypeGuard[str]:
    """Return whether ``value`` is an ``http(s)`` URL, or a path on this host (``/users/1``)."""
    return _is_token(value, _LINK)


def _is_token(value: object, pattern: re.Pattern[str]) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and bool(pattern.fullmatch(value))


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
