"""Decode the text of a part, even if its declared character set is wrong."""

from __future__ import annotations

import codecs
import unicodedata

#: Codecs that are not character sets of email, and are slow or execute escapes.
_REFUSED = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "mbcs", "oem"}
)
#: The character sets that programs declare by the name of a smaller one.
_LARGER = {
    "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949",
    "euc_kr": "cp949", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "shift_jis": "cp932",
}  # fmt: skip
_LINE_ENDS = str.maketrans({"\v": "\n", "\f": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"})


def decode_text(data: bytes, charset: str) -> str:
    """Return the text with LF line ends, and without control characters.

    Tries the declared ``charset``, then UTF-8. If both fail, replaces invalid bytes, and reads text
    that is declared as UTF-8 as Windows-1252.
    """
    for name in (_codec_of(charset), "utf-8"):
        try:
            return clean_characters(data.decode(name))
        except (UnicodeError, LookupError, ValueError):
            continue
    declared = _codec_of(charset)
    fallback = "cp1252" if declared == "utf-8" else declared
    return clean_characters(data.decode(fallback, "replace"))


def clean_characters(text: str) -> str:
    """Remove characters that comments cannot contain and that senders do not see (T2)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_ENDS)
    return "".join(each for each in text if each in "\n\t" or _is_allowed(each))


def _is_allowed(character: str) -> bool:
    return character != "\ufeff" and unicodedata.category(character) not in ("Cc", "Cs")


def _codec_of(charset: str) -> str:
    """Return the name of a codec for text; UTF-8 for an unknown or refused character set."""
    try:
        codec = codecs.lookup(charset.strip("'\" ") if charset.isascii() else "utf-8")
        b"".decode(codec.name)
    except (LookupError, ValueError):  # also a NUL in the name, and codecs of bytes
        return "utf-8"
    name = _LARGER.get(codec.name, codec.name)
    return "utf-8" if name.replace("_", "-") in _REFUSED else name
