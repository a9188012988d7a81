"""The parts of an email: text, HTML and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from itertools import islice

from ..errors import SupportTicketsError
from .charsets import decode_text
from .flowed_text import unwrap_flowed
from .headers import MAIL_POLICY, decode_words

_BOUNDARY = re.compile(rb"boundary[\s*0-9]*=\s*\"?([^\";\r\n]{0,80})", re.IGNORECASE)
_BOUNDARIES_MAX, _SEPARATORS_MAX = 50, 1_000
_DEPTH_MAX = 20
_PARTS_MAX = 200
#: Longer text is cut off: what people write is above what they quote.
_TEXT_MAX_BYTES = 500_000
#: Parts that only mail programs use.
_IGNORED = frozenset(
    {
        "application/ms-tnef", "application/vnd.ms-tnef", "application/pgp-signature",
        "application/pgp-keys", "application/pkcs7-signature", "application/x-pkcs7-signature",
        "message/delivery-status", "message/disposition-notification", "message/external-body",
        "message/partial", "text/x-amp-html", "text/enriched", "text/watch-html",
        "text/rfc822-headers", "application/applefile",
    }
)  # fmt: skip
_IGNORED_NAMES = frozenset({"winmail.dat", "smime.p7s", "signature.asc"})
_ENCRYPTED = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)


class Unreadable(SupportTicketsError):
    """The email cannot be read: it is encrypted, or has too many parts."""


@dataclass(frozen=True)
class MailFile:
    """A file in an email."""

    name: str
    data: bytes
    #: The id by which the HTML refers to an image, or an empty string.
    content_id: str = ""
    #: Whether it is an image that is meant to be shown in the text.
    is_inline: bool = False


@dataclass
class Parts:
    """The contents of an email."""

    texts: list[str] = field(default_factory=list)
    html: str = ""
    files: list[MailFile] = field(default_factory=list)
    #: Whether it is a response to an invitation.
    is_calendar_answer: bool = False


def read_parts(raw: bytes) -> Parts:
    """Parse an email. Raises `Unreadable`."""
    _check_boundaries(raw)
    parts = Parts()
    try:
        message = BytesParser(policy=MAIL_POLICY).parsebytes(raw)
        for number, (part, is_alternative) in enumerate(_walk(message)):
            if number >= _PARTS_MAX:
                raise Unreadable("It has too many parts.")
            _add(parts, part, is_alternative)
    except Unreadable:
        raise
    except Exception as error:  # the parser raises all kinds of errors for malformed email
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    return parts


def _check_boundaries(raw: bytes) -> None:
    """Raise `Unreadable` for an email whose number of parts would make parsing slow."""
    found = [each[1] for each in islice(_BOUNDARY.finditer(raw), _BOUNDARIES_MAX + 1)]
    separators = sum(raw.count(b"\n--" + boundary) for boundary in set(found) if boundary)
    if len(found) > _BOUNDARIES_MAX or separators > _SEPARATORS_MAX:
        raise Unreadable("It has too many parts.")


def _walk(
    part: Message, *, is_alternative: bool = False, depth: int = 0
) -> Iterator[tuple[Message, bool]]:
    """Yield the parts that are not multipart, and whether each is one of several alternatives."""
    if depth > _DEPTH_MAX:
        raise Unreadable("Its parts are nested too deeply.")
    if part.get_content_type() in _ENCRYPTED:
        raise Unreadable("It is encrypted.")
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        yield part, is_alternative
        return
    is_alternative = is_alternative or part.get_content_subtype() == "alternative"
    for each in _children(part):
        yield from _walk(each, is_alternative=is_alternative, depth=depth + 1)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    )


def _add(parts: Parts, part: Message, is_alternative: bool) -> None:
    kind, name = part.get_content_type(), _name_of(part)
    if kind in _IGNORED or name.lower() in _IGNORED_NAMES:
        return
    if kind == "text/calendar":
        method = str(part.get_param("method") or "").lower()
        parts.is_calendar_answer |= method in ("reply", "counter", "cancel", "declinecounter")
    is_attached = (part.get_content_disposition() or "") == "attachment" or bool(name)
    if kind == "text/plain" and not is_attached:
        parts.texts.append(_text_of(part))
    elif kind == "text/html" and not is_attached:
        parts.html = parts.html or _text_of(part)
    elif not (is_alternative and part.get_content_maintype() == "text"):
        parts.files.append(_file_of(part, name))


def _text_of(part: Message) -> str:
    text = decode_text(_data_of(part)[:_TEXT_MAX_BYTES], part.get_content_charset() or "")
    if str(part.get_param("format") or "").lower() != "flowed":
        return text
    return unwrap_flowed(text, delete_space=str(part.get_param("delsp") or "").lower() == "yes")


def _file_of(part: Message, name: str) -> MailFile:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = _children(part)
        return MailFile(name or "message.eml", inner[0].as_bytes() if inner else b"")
    is_image = part.get_content_maintype() == "image"
    return MailFile(
        name or f"{'image' if is_image else 'file'}.{_extension_of(kind)}",
        _data_of(part),
        content_id=str(part.get("Content-ID") or "").strip().strip("<>"),
        is_inline=is_image and part.get_content_disposition() != "attachment",
    )


def _data_of(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name_of(part: Message) -> str:
    return decode_words(str(part.get_filename() or "")).strip()


def _extension_of(content_type: str) -> str:
    """Return the extension for a part without a name, such as ``png`` for ``image/png``."""
    found = {"jpeg": "jpg", "plain": "txt", "calendar": "ics", "svg+xml": "svg"}
    subtype = re.sub(r"[^a-z0-9+]", "", content_type.partition("/")[2])[:20]
    return found.get(subtype, subtype or "bin")
