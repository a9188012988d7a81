"""Domain errors with stable codes, independent of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .i18n import gettext, lazy_gettext

Fields = Mapping[str, list[str]]


class SupportTicketsError(Exception):
    """Base of every error this package raises."""


class ConfigurationError(SupportTicketsError):
    """The extension is set up wrongly; the sentence says what to do."""


class DomainError(SupportTicketsError):
    """A use case was refused. ``code`` is stable, ``message`` is for people."""

    code = "error"
    #: The message of an error that is raised without one.
    default_message: Any = ""
    #: How long to wait before another try, in seconds; None where waiting does not help.
    retry_after_seconds: int | None = None

    def __init__(
        self, message: str | None = None, *, fields: Fields | None = None, status: int | None = None
    ) -> None:
        self.message = str(self.default_message) if message is None else message
        super().__init__(self.message)
        #: Messages per field (camelCase names), for `Invalid`.
        self.fields = fields
        #: The ticket's current status value, for a conflict.
        self.status = status

    @property
    def sentences(self) -> list[str]:
        """Every complaint about a field; the message alone where there is none."""
        found = [text for texts in (self.fields or {}).values() for text in texts]
        return found or [self.message]


class NotFound(DomainError):
    """There is no such thing, or it is somebody else's: the two look alike (rule A1)."""

    code = "not_found"
    default_message = lazy_gettext("Not found.")


class NotAllowed(DomainError):
    """None of the actor's roles may take this action in any status (rule W2)."""

    code = "not_allowed"
    default_message = lazy_gettext("You don't have permission to do this.")


class InvalidTransition(DomainError):
    """The ticket's status does not allow this action now (rule W3)."""

    code = "invalid_transition"


class PreconditionFailed(DomainError):
    """The ticket is not as the caller last saw it (rule E2)."""

    code = "precondition_failed"
    default_message = lazy_gettext(
        "The ticket has changed in the meantime. Reload it and try again."
    )

    def __init__(self, status: int) -> None:
        super().__init__(status=status)


class IdempotencyConflict(DomainError):
    """The key came with another request before (rule F2)."""

    code = "idempotency_conflict"
    default_message = lazy_gettext("This Idempotency-Key was already used for a different request.")


class TooManyRequests(DomainError):
    """A quota is used up (rule Q1). ``retry_after_seconds`` tells when to try again."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class CommentsNotAllowed(DomainError):
    """The ticket's status does not allow the actor to comment now (rule W4)."""

    code = "comments_not_allowed"


class Invalid(DomainError):
    """What came in is not acceptable; ``fields`` says what and why."""

    code = "invalid"
    default_message = lazy_gettext("Some of the values aren't valid.")

    def __init__(self, fields: Fields) -> None:
        super().__init__(fields=fields)


class Unstorable(Invalid):
    """The database cannot store what came in: its character set lacks a character of it."""

    default_message = lazy_gettext(
        "Some characters can't be saved here. Remove emoji or other special characters."
    )

    def __init__(self) -> None:
        super().__init__({})


class Unavailable(DomainError):
    """The database or the file store is busy or gone, or a row went away. Nothing was changed.

    Unless ``may_be_stored``: the connection was lost during the commit, and nobody can tell.
    """

    code = "unavailable"
    retry_after_seconds = 1
    default_message = lazy_gettext("The service is busy. Nothing was changed, so please try again.")

    def __init__(self, *, may_be_stored: bool = False) -> None:
        self.may_be_stored = may_be_stored
        lost = gettext("The connection was lost. Please check whether it was saved.")
        super().__init__(lost if may_be_stored else None)


class StorageFull(DomainError):
    """There is no room left for files. Nothing was changed; text alone still goes through (B4)."""

    code = "storage_full"
    default_message = lazy_gettext(
        "We can't store files right now, so nothing was saved. Try again without files."
    )
