"""Validate fields and attachments (rules T1 to T6) for schemas and services."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import ValidationError

from ..current import current_tickets
from ..errors import Invalid
from ..i18n import gettext, lazy_gettext
from ..models.attachment import KEY_PATTERN, UPLOADS_PATH, URL_MAX
from ..models.comment import TEXT_MAX
from ..text_rules import TextError, clean_url
from ..ticket_field import CleanText

_UPLOAD = re.compile(rf"{UPLOADS_PATH}/({KEY_PATTERN})/[^/]+")
#: An ``http(s)`` URL without a user name or backslashes.
_HOST = r"[^\s/?#\\@:\[\]]+|\[[0-9A-Fa-f:.]+\]"
_PORT = "0*(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?"
LINK_PATTERN = rf"(?i:https?)://(?P<host>{_HOST})(?::{_PORT})?(?:[/?#][^\s\\]*)?"
COMMENT_TEXT = CleanText(TEXT_MAX, required=True, blank=lazy_gettext("Enter your reply."))


def clean_attachment_url(value: str) -> str:
    """Return the path of an upload, or an absolute ``http(s)`` URL on an allowed host (T6).

    `check_uploads` checks who owns the upload.
    """
    url = clean_url(value, max_length=URL_MAX)
    if url.startswith("/"):
        if upload_key(url) is None:
            raise TextError(no_such_upload())
        return url
    link = re.fullmatch(LINK_PATTERN, url)
    if link is None:
        raise TextError(
            gettext(
                "Use a full URL that starts with http:// or https://, without a "
                "username or backslashes."
            )
        )
    allowed = current_tickets.config.attachment_hosts
    host = link["host"].strip("[]").lower()
    if allowed and host not in {name.strip("[]").lower() for name in allowed}:
        raise TextError(gettext("Links to that site aren't allowed."))
    return url


def upload_key(path: str) -> str | None:
    """Return the key of the upload at ``path``, or None if it is not the path of an upload."""
    return found[1] if (found := _UPLOAD.fullmatch(path)) else None


def key_or_url(url: str) -> str:
    """Return the key of an upload or the URL of a link, which identifies an attachment."""
    return upload_key(url) or url


def no_such_upload() -> str:
    """Return the message for an upload that is missing, already used or someone else's (B5)."""
    return gettext("This upload isn't available. Upload the file again.")


def no_comment_with_action() -> str:
    """Return the message for an action that does not take a comment (W8)."""
    return gettext("This action can't be combined with a comment.")


def note_with_action() -> str:
    """Return the message for an internal note together with an action (W8)."""
    return gettext("An internal note can't be combined with an action.")


def clean_attachment_urls(values: Sequence[str] | None) -> list[str]:
    """Return the cleaned URLs in the same order. None is treated as an empty list."""
    values = values or ()
    check_attachment_count(len(values))
    return [clean_attachment_url(value) for value in values]


def check_attachment_count(count: int) -> None:
    """Raise `TextError` if there are too many attachments."""
    limit = current_tickets.config.attachment_max_count
    if count > limit:
        raise TextError(gettext("Too many attachments. The limit is %(limit)d.") % {"limit": limit})


def clean_fields(**fields: tuple[Callable[[Any], Any], Any]) -> dict[str, Any]:
    """Apply each rule to its value and return the results. Raises one `Invalid` for all errors."""
    cleaned: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, (rule, value) in fields.items():
        try:
            cleaned[name] = rule(value)
        except TextError as error:
            problems[name] = [str(error)]
        except ValidationError as error:
            problems[name] = [str(each) for each in error.messages]
    if problems:
        raise Invalid(problems)
    return cleaned
