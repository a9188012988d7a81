"""Build and parse attachment URLs."""

from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from flask import request

from ..models.attachment import UPLOADS_PATH
from ..origin import is_own_origin, script_root

#: Characters that need no escaping in a path (RFC 3986).
_PATH_CHARACTERS = "/~!$&'()*+,;=:@"


def attachment_url(attachment: Any, variant: str | None = None) -> str:
    """Return a link's URL, or a file's path including the script name.

    For the preview of an image, ``variant`` is ``thumbnail`` or ``view``.
    """
    if attachment.url is not None:
        return str(attachment.url)
    path = f"{quote(script_root(), safe=_PATH_CHARACTERS)}{attachment.path}"
    return f"{path}?variant={variant}" if variant else path


def to_upload_path(address: str) -> str:
    """Convert an upload's URL to a normalized path without the script name.

    Other URLs are returned unchanged.
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
