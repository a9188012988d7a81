"""Serve a file so that no browser runs anything in it (rule B7)."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, redirect, request
from werkzeug.wsgi import FileWrapper

from ..current import current_tickets
from ..errors import NotFound
from ..services.attachments.previews import CONTENT_TYPE
from ..services.attachments.uploads import store_path
from ..storage import MissingFile

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 64 * 1024
#: One part of a file: from the first to the last byte, or the last so many.
_PART = re.compile(r"\s*bytes\s*=\s*(?P<first>[0-9]{0,40})-(?P<last>[0-9]{0,40})\s*", re.IGNORECASE)


def send_file(attachment: Any) -> Response:
    """Return a file as it was sent, whole or the range that was asked for.

    Where the store can sign addresses, this is a redirect to one that works for a short time.
    Raises `NotFound`, and logs it, when its bytes are missing or fewer than they were;
    `Unavailable` when the store fails before the first of them.
    """
    path = store_path(attachment.storage_key)
    _check_size(path, attachment.size)
    disposition = _disposition("attachment", attachment.filename)
    if request.method == "GET" and (address := _signed_url(attachment, path, disposition)):
        response: Response = redirect(address, 302)  # type: ignore[assignment]
        return _protected(response, disposition, kept="no-store")
    file = _open(path)
    try:
        return _file_response(file, attachment, disposition)
    except BaseException:  # a range that it does not have, or a store that fails
        file.close()
        raise


def send_preview(attachment: Any, variant: str) -> Response:
    """Return the ``thumbnail`` or the ``view`` of a picture, to be shown in a page.

    Raises `NotFound` where none was made.
    """
    if not attachment.has_preview:
        raise NotFound
    with _open(store_path(attachment.storage_key, variant)) as file:
        response = Response(file.read(), content_type=CONTENT_TYPE)
    response.set_etag(f"{attachment.sha256}-{variant}")
    name = f"{attachment.filename}.webp"
    _protected(response, _disposition("inline", name)).make_conditional(_conditions())
    return response


def _file_response(file: BinaryIO, attachment: Any, disposition: str) -> Response:
    response = Response(FileWrapper(file, _CHUNK_BYTES), direct_passthrough=True)
    response.content_type = attachment.content_type
    response.content_length = attachment.size
    response.set_etag(attachment.sha256)
    _protected(response, disposition).make_conditional(
        _asked_for(attachment), accept_ranges=True, complete_length=attachment.size
    )
    if request.method == "GET" and response.status_code in (200, 206):
        is_whole = response.status_code == 200
        chunks = _verified(file, attachment) if is_whole else response.iter_encoded()
        with _missing_is_not_found(store_path(attachment.storage_key)):
            response.response = _begun(chunks)
        response.direct_passthrough = False
    response.call_on_close(file.close)
    return response


def _asked_for(attachment: Any) -> dict[str, Any]:
    """Return the request without a ``Range`` that does not count (RFC 9110): where the answer is
    304, of another method than GET, after an ``If-Range`` with a weak tag, and one that may be
    passed over. Werkzeug would answer, or refuse, all of these.
    """
    environ = _conditions()
    counts = (
        request.method == "GET"
        and not request.if_none_match.contains_weak(attachment.sha256)
        and not environ.get("HTTP_IF_RANGE", "").lstrip().startswith("W/")
        and _is_one_part(environ.get("HTTP_RANGE", ""), attachment.size)
    )
    if not counts:
        environ.pop("HTTP_RANGE", None)
    return environ


def _is_one_part(value: str, size: int) -> bool:
    """Whether a ``Range`` asks for one part of a file, and not for the last of more bytes than it
    has, nor for bytes that end before they begin.
    """
    part = _PART.fullmatch(value)
    if part is None:
        return False
    if not part["first"]:
        return int(part["last"] or 0) <= size
    return not part["last"] or int(part["first"]) <= int(part["last"])


def _conditions() -> dict[str, Any]:
    """Return the request without conditions on what a file has to be: no file ever changes."""
    left_out = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
    return {name: value for name, value in request.environ.items() if name not in left_out}


def _check_size(path: str, size: int) -> None:
    with _missing_is_not_found(path):
        if current_tickets.store.size(path) != size:
            raise MissingFile("it has another size")


def _open(path: str) -> BinaryIO:
    with _missing_is_not_found(path):
        return current_tickets.store.open(path)


@contextmanager
def _missing_is_not_found(path: str) -> Iterator[None]:
    try:
        yield
    except MissingFile as error:
        logger.error("The bytes of an attachment are gone: %s (%s).", path, error)
        raise NotFound from error


def _verified(file: BinaryIO, attachment: Any) -> Iterator[bytes]:
    """Yield the bytes; the last of them only when all are what they were.

    Raises `MissingFile` for a file that was altered, so that no client takes it for whole: the
    server breaks the connection off then.
    """
    found = hashlib.sha256()
    held = file.read(_CHUNK_BYTES)
    while held:
        found.update(held)
        following = file.read(_CHUNK_BYTES)
        if not following and found.hexdigest() != attachment.sha256:
            logger.error("The bytes of attachment %s were altered.", attachment.storage_key)
            raise MissingFile("it was altered")
        yield held
        held = following


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first bytes now, while the answer can still be that the store fails."""
    first = next(chunks, b"")
    return chain([first], chunks)


def _signed_url(attachment: Any, path: str, disposition: str) -> str | None:
    seconds = current_tickets.config.signed_url_seconds
    if not seconds:
        return None
    return current_tickets.store.signed_url(
        path,
        seconds=seconds,
        ResponseContentDisposition=disposition,
        ResponseContentType=attachment.content_type,
    )


def _protected(response: Response, disposition: str, *, kept: str = "no-cache") -> Response:
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = f"private, {kept}"
    return response


def _disposition(kind: str, filename: str) -> str:
    """Return the header with the name in both forms of RFC 6266: plain, and as RFC 8187."""
    plain = "".join(each if each.isascii() and each not in '"\\%' else "_" for each in filename)
    encoded = quote(filename, safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
