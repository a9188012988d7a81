"""Translate marshmallow's validation messages."""

from __future__ import annotations

from typing import Any

from ..i18n import gettext, lazy_gettext

_CHOICES = "Must be one of: "
_OF_MARSHMALLOW: dict[str, Any] = {
    "Missing data for required field.": lazy_gettext("Missing data for required field."),
    "Field may not be null.": lazy_gettext("Field may not be null."),
    "Not a valid string.": lazy_gettext("Not a valid string."),
    "Not a valid integer.": lazy_gettext("Not a valid integer."),
    "Number too large.": lazy_gettext("Number too large."),
    "Not a valid list.": lazy_gettext("Not a valid list."),
    "Unknown field.": lazy_gettext("Unknown field."),
}


def translate_error(message: Any) -> str:
    """Translate a marshmallow message. Messages from our own fields are already translated."""
    text = str(message)
    if text.startswith(_CHOICES):
        names = text.removeprefix(_CHOICES).removesuffix(".")
        return gettext("Must be one of: %(names)s.") % {"names": names}
    return str(_OF_MARSHMALLOW.get(text, text))
