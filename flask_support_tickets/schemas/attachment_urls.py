"""Build and parse the URLs of attachments."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from flask import request

from ..models.attachment import UPLOADS_PATH
from ..origin import is_own_origin

#: What stands for itself in a path (RFC 3986).
_PATH_SIGNS = "/~!$&'()*+,;=:@"


def attachment_url(attachment: Any, variant: str | None = None) -> str:
    """Return where an attachment is: a link's own URL, a file's path with the script name.

    ``variant`` asks for the ``thumbnail`` or the ``view`` of a picture.
    """
    if attachment.url is not None:
        return str(attachment.url)
    path = f"{quote(request.script_root, safe=_PATH_SIGNS)}{attachment.path}"
    return f"{path}?variant={variant}" if variant else path


def to_upload_path(address: str) -> str:
    """Return the path of an upload of ours, without script name, for each way to write it.

    Other addresses come back as they are.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    is_absolute = parts.scheme in ("http", "https") and is_own_origin(address)
    if not (is_absolute or address.startswith("/")) or address.startswith("//"):
        return address
    path = posixpath.normpath(unquote(parts.path)).replace("//", "/")
    path = path.removeprefix(request.script_root)
    return path if path.startswith(f"{UPLOADS_PATH}/") else address
