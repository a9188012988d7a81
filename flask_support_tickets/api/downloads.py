"""Send files with headers that keep browsers from executing them (rule B7)."""

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
    """Return the file or the requested range, or redirect to a signed URL.

    Raises `MissingFile` if the file is missing or has the wrong size, and `Unavailable` if the
    store fails before the first byte. Only ``verify-attachments`` detects altered bytes.
    """
    path = store_path(attachment.storage_key)
    disposition = _disposition("attachment", attachment.filename)
    if current_tickets.store.size(path) != attachment.size:
        raise MissingFile(f"{path} has the wrong size")
    seconds = current_tickets.config.signed_url_seconds
    if request.method == "GET" and seconds:
        url = current_tickets.store.signed_url(
            path,
            seconds=seconds,
            ResponseContentDisposition=disposition,
            ResponseContentType=_content_type_of(attachment),
        )
        if url is not None:
            response: Response = redirect(url, 302)  # type: ignore[assignment]
            return _with_headers(response, disposition, caching="no-store")
    file = current_tickets.store.open(path)
    try:
        return _with_headers(_file_response(file, attachment), disposition)
    except BaseException:  # an unsatisfiable range, or a failing store
        file.close()
        raise


def send_preview(attachment: Any, variant: str) -> Response:
    """Return an image's ``thumbnail`` or ``view``. Raises `NotFound` if there is no preview."""
    if not attachment.has_preview:
        raise NotFound
    path = store_path(attachment.storage_key, variant)
    with current_tickets.store.open(path) as file:
        response = Response(file.read(), content_type=CONTENT_TYPE)
    response.set_etag(f"{attachment.sha256}-{variant}")
    _with_headers(response, _disposition("inline", f"{attachment.filename}.webp"))
    response.make_conditional(_environ_without_if_match())
    return response


def _file_response(file: BinaryIO, attachment: Any) -> Response:
    """Return the file as a response. `flask.send_file` supports ranges only for paths."""
    environ = _environ_without_if_match()
    if not _is_range_valid(attachment):
        environ.pop("HTTP_RANGE", None)
    response = Response(FileWrapper(file, _CHUNK_BYTES), direct_passthrough=True)
    response.content_type = _content_type_of(attachment)
    response.content_length = attachment.size
    response.set_etag(attachment.sha256)
    response.make_conditional(environ, accept_ranges=True, complete_length=attachment.size)
    if request.method == "GET" and response.status_code != 304:
        file.seek(response.content_range.start or 0)
        file.read(1)  # so that a failing store raises before the response starts
        file.seek(0)
    return response


def _content_type_of(attachment: Any) -> str:
    """Return the content type. Text that is not UTF-8 is stored as plain bytes (B2)."""
    is_text = attachment.content_type.startswith("text/")
    return f"{attachment.content_type}; charset=utf-8" if is_text else attachment.content_type


def _is_range_valid(attachment: Any) -> bool:
    """Return whether to honor ``Range`` (RFC 9110). Werkzeug would do so in more cases.

    It must be a single range, in a GET that does not result in a 304 and has no weak ``If-Range``.
    """
    requested = request.range
    return (
        request.method == "GET"
        and requested is not None
        and requested.units == "bytes"
        and len(requested.ranges) == 1
        and -requested.ranges[0][0] <= attachment.size  # no suffix longer than the file
        and not request.if_none_match.contains_weak(attachment.sha256)
        and not request.headers.get("If-Range", "").startswith("W/")
    )


def _environ_without_if_match() -> dict[str, Any]:  # files never change
    return {name: value for name, value in request.environ.items() if name != "HTTP_IF_MATCH"}


def _with_headers(response: Response, disposition: str, *, caching: str = "no-cache") -> Response:
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = f"private, {caching}"
    return response


def _disposition(kind: str, filename: str) -> str:
    """Return a ``Content-Disposition`` value with an ASCII name and the full name (RFC 6266)."""
    plain = "".join(each if each.isascii() and each not in '"\\%' else "_" for each in filename)
    encoded = quote(filename, safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
