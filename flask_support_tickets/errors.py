"""Domain errors with stable codes, independent of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .i18n import gettext, lazy_gettext

Fields = Mapping[str, list[str]]


class SupportTicketsError(Exception):
    """The base class for all errors that this package raises."""


class ConfigurationError(SupportTicketsError):
    """The extension is set up incorrectly; the message says how to fix it."""


class DomainError(SupportTicketsError):
    """A use case failed. ``code`` is stable; ``message`` is translated."""

    code = "error"
    #: The message for errors that are raised without one.
    default_message: Any = ""
    #: How many seconds to wait before trying again, or None if waiting does not help.
    retry_after_seconds: int | None = None

    def __init__(
        self, message: str | None = None, *, fields: Fields | None = None, status: int | None = None
    ) -> None:
        self.message = str(self.default_message) if message is None else message
        super().__init__(self.message)
        #: For an `Invalid`, the messages for each field, keyed by the field's camelCase name.
        self.fields = fields
        #: The value of the ticket's current status, if there was a conflict.
        self.status = status

    @property
    def sentences(self) -> list[str]:
        """The messages for all fields, or just the general message if there are none."""
        return [text for texts in (self.fields or {}).values() for text in texts] or [self.message]


class NotFound(DomainError):
    """The object does not exist or the actor cannot see it; callers cannot tell which (rule A1)."""

    code = "not_found"
    default_message = lazy_gettext("Not found.")


class NotAllowed(DomainError):
    """The actor's roles do not permit this action in any status (rule W2)."""

    code = "not_allowed"
    default_message = lazy_gettext("You don't have permission to do this.")


class InvalidTransition(DomainError):
    """The ticket's status does not allow this action (rule W3)."""

    code = "invalid_transition"


class PreconditionFailed(DomainError):
    """The ticket has changed since the caller read it (rule E2)."""

    code = "precondition_failed"
    default_message = lazy_gettext(
        "The ticket has changed since you loaded it. Reload it and try again."
    )

    def __init__(self, status: int) -> None:
        super().__init__(status=status)


class IdempotencyConflict(DomainError):
    """The idempotency key was already used for a different request (rule F2)."""

    code = "idempotency_conflict"
    default_message = lazy_gettext("This Idempotency-Key was already used for a different request.")


class TooManyRequests(DomainError):
    """A quota has been reached. Retry after ``retry_after_seconds`` seconds (rule Q1)."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class CommentsNotAllowed(DomainError):
    """The ticket's status does not allow the actor to comment (rule W4)."""

    code = "comments_not_allowed"


class Invalid(DomainError):
    """The input is invalid; ``fields`` holds the messages for each field."""

    code = "invalid"
    default_message = lazy_gettext("Some of the values aren't valid.")

    def __init__(self, fields: Fields) -> None:
        super().__init__(fields=fields)


class Unstorable(Invalid):
    """The database's character set cannot store the input."""

    default_message = lazy_gettext(
        "Some characters can't be saved here. Remove emoji or other special characters."
    )

    def __init__(self) -> None:
        super().__init__({})


class Unavailable(DomainError):
    """The database or file store is busy or unreachable, or a row was deleted concurrently.

    Nothing was changed unless ``may_be_stored`` is set, which means that the connection was lost
    during the commit and the outcome is unknown.
    """

    code = "unavailable"
    retry_after_seconds = 1
    default_message = lazy_gettext("The service is busy. Nothing was changed, so please try again.")

    def __init__(self, *, may_be_stored: bool = False) -> None:
        self.may_be_stored = may_be_stored
        lost = gettext("The connection was lost. Please check whether your changes were saved.")
        super().__init__(lost if may_be_stored else None)


class StorageFull(DomainError):
    """There is no space for files. Nothing was changed, and text can still be saved (rule B4)."""

    code = "storage_full"
    default_message = lazy_gettext(
        "We can't store files right now, so nothing was saved. Try again without files."
    )
