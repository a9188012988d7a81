"""Download a file with headers that keep browsers from running its content (rule B7)."""

from __future__ import annotations

from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, redirect, request
from werkzeug.wsgi import FileWrapper

from ..current import current_tickets
from ..errors import NotFound
from ..services.attachments.previews import CONTENT_TYPE
from ..services.attachments.uploads import store_path
from ..storage import MissingFile

_CHUNK_BYTES = 64 * 1024


def send_file(attachment: Any) -> Response:
    """Return a file as it was sent, whole or the range that was asked for.

    Where the store can sign addresses, this is a redirect to one that works for a short time.
    Raises `MissingFile` also for another size, and `Unavailable` when the store fails before the
    first byte. `verify-attachments` finds bytes that were altered.
    """
    path = store_path(attachment.storage_key)
    disposition = _disposition("attachment", attachment.filename)
    if current_tickets.store.size(path) != attachment.size:
        raise MissingFile(f"{path} has another size")
    seconds = current_tickets.config.signed_url_seconds
    if request.method == "GET" and seconds:
        address = current_tickets.store.signed_url(
            path,
            seconds=seconds,
            ResponseContentDisposition=disposition,
            ResponseContentType=attachment.content_type,
        )
        if address is not None:
            response: Response = redirect(address, 302)  # type: ignore[assignment]
            return _protected(response, disposition, kept="no-store")
    file = current_tickets.store.open(path)
    try:
        return _protected(_file_response(file, attachment), disposition)
    except BaseException:  # a range that it does not have, or a store that fails
        file.close()
        raise


def send_preview(attachment: Any, variant: str) -> Response:
    """Return the ``thumbnail`` or the ``view`` of a picture. Raises `NotFound` if it has none."""
    if not attachment.has_preview:
        raise NotFound
    path = store_path(attachment.storage_key, variant)
    with current_tickets.store.open(path) as file:
        response = Response(file.read(), content_type=CONTENT_TYPE)
    response.set_etag(f"{attachment.sha256}-{variant}")
    name = f"{attachment.filename}.webp"
    _protected(response, _disposition("inline", name)).make_conditional(_conditions())
    return response


def _file_response(file: BinaryIO, attachment: Any) -> Response:
    """Do what `flask.send_file` does for a path: of an open file it would send no ranges."""
    environ = _conditions()
    if not _range_counts(attachment):
        environ.pop("HTTP_RANGE", None)
    response = Response(FileWrapper(file, _CHUNK_BYTES), direct_passthrough=True)
    response.content_type = attachment.content_type
    response.content_length = attachment.size
    response.set_etag(attachment.sha256)
    response.make_conditional(environ, accept_ranges=True, complete_length=attachment.size)
    if request.method == "GET" and response.status_code != 304:
        file.seek(response.content_range.start or 0)
        file.read(1)  # while the response can still be that the store fails
        file.seek(0)
    return response


def _range_counts(attachment: Any) -> bool:
    """Whether a ``Range`` is heeded (RFC 9110): one part, of a GET that is not answered by 304,
    and not after an ``If-Range`` with a weak tag. Werkzeug would answer, or refuse, the others.
    """
    asked = request.range
    return (
        request.method == "GET"
        and asked is not None
        and asked.units == "bytes"
        and len(asked.ranges) == 1
        and -asked.ranges[0][0] <= attachment.size  # the last of more bytes than there are
        and not request.if_none_match.contains_weak(attachment.sha256)
        and not request.headers.get("If-Range", "").startswith("W/")
    )


def _conditions() -> dict[str, Any]:
    """Return the environ without ``If-Match``: no file ever changes."""
    return {name: value for name, value in request.environ.items() if name != "HTTP_IF_MATCH"}


def _protected(response: Response, disposition: str, *, kept: str = "no-cache") -> Response:
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = f"private, {kept}"
    return response


def _disposition(kind: str, filename: str) -> str:
    """Return the header with the name in both forms of RFC 6266: plain, and as RFC 8187."""
    plain = "".join(each if each.isascii() and each not in '"\\%' else "_" for each in filename)
    encoded = quote(filename, safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
