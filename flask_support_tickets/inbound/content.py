"""Read the content of an email: the reply and its files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..services.attachments.uploads import Upload
from .headers import Headers
from .html_text import HtmlText, convert_html
from .parts import MailFile, Parts, Unreadable, read_parts
from .reply_text import extract_reply

#: Images in the text that are smaller than this are logos and icons of signatures.
_IMAGE_MIN_BYTES = 10_000
_FORWARDED = ("fw:", "fwd:", "wg:", "tr:", "rv:", "إعادة توجيه:")


@dataclass(frozen=True)
class Content:
    """The content of an email."""

    text: str
    uploads: list[Upload]
    #: Whether it is a calendar's response to an invitation.
    is_calendar_answer: bool


def read_content(raw: bytes, headers: Headers) -> Content:
    """Return what the author wrote and attached. Raises `parts.Unreadable`."""
    if headers.is_cut:
        raise Unreadable("It has too many headers.")
    parts = read_parts(raw)
    html = convert_html(parts.html) if parts.html else HtmlText()
    is_forwarded = headers.subject.lower().startswith(_FORWARDED)
    written = "\n\n".join(text for text in parts.texts if text.strip())
    text = extract_reply(written or html.text, is_forwarded=is_forwarded)
    files = [_upload(file) for file in _wanted_files(parts, html)]
    return Content(text, files, parts.is_calendar_answer)


def _wanted_files(parts: Parts, html: HtmlText) -> Iterator[MailFile]:
    for file in parts.files:
        if not file.is_inline or _is_wanted_image(file, html.images, html.own_images):
            yield file


def _is_wanted_image(file: MailFile, images: Collection[str], own_images: Collection[str]) -> bool:
    """Return whether an image in the text is neither a logo nor a part of a quotation."""
    is_quoted = file.content_id in images and file.content_id not in own_images
    return len(file.data) >= _IMAGE_MIN_BYTES and not is_quoted


def _upload(file: MailFile) -> Upload:
    digest = hashlib.sha256(file.data).hexdigest()
    return Upload(file.name, io.BytesIO(file.data), len(file.data), digest)
