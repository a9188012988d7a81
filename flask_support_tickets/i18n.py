"""Messages for people. Every sentence of the package passes through `gettext`."""

from __future__ import annotations


def gettext(message: str) -> str:
    """Return ``message`` in the reader's language; today that is English, the message itself."""
    return message
