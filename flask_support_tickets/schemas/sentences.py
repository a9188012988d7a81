"""What schemas complain about, in the reader's language: our sentences and marshmallow's own."""

from __future__ import annotations

from typing import Any

from ..i18n import gettext

_CHOICES = "Must be one of: "


def sentence_of(complaint: Any) -> str:
    """Return one message of a `ValidationError` for people.

    Ours come translated, by the fields that raise them; marshmallow's are fixed in English.
    """
    text = str(complaint)
    if text.startswith(_CHOICES):
        names = text.removeprefix(_CHOICES).removesuffix(".")
        return gettext("Must be one of: %(names)s.") % {"names": names}
    return _of_marshmallow().get(text, text)


def _of_marshmallow() -> dict[str, str]:
    return {
        "Missing data for required field.": gettext("Missing data for required field."),
        "Field may not be null.": gettext("Field may not be null."),
        "Not a valid string.": gettext("Not a valid string."),
        "Not a valid integer.": gettext("Not a valid integer."),
        "Number too large.": gettext("Number too large."),
        "Not a valid list.": gettext("Not a valid list."),
        "Unknown field.": gettext("Unknown field."),
    }
