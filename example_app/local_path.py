"""Where a visitor may be sent after signing in: nowhere but here."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_path(target: str | None) -> str | None:
    r"""Return ``target`` when every browser reads it as a path of this site, else None.

    Browsers take ``//host`` and ``/\host`` for another site, and leave out tabs and newlines
    before they look; so backslashes, blanks and control characters are refused wherever they are.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if any(character <= " " or character in "\\\x7f" for character in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else target
