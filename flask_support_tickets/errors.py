"""Domain errors with stable codes, independent of HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from .i18n import gettext

Fields = Mapping[str, list[str]]


class SupportTicketsError(Exception):
    """Base of every error this package raises."""


class ConfigurationError(SupportTicketsError):
    """The extension is set up wrongly; the sentence says what to do."""


class DomainError(SupportTicketsError):
    """A use case was refused. ``code`` is stable, ``message`` is for people."""

    code = "error"
    #: How long to wait before another try, in seconds; None where waiting does not help.
    retry_after_seconds: int | None = None

    def __init__(
        self, message: str, *, fields: Fields | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
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

    def __init__(self) -> None:
        super().__init__(gettext("There is nothing here."))


class NotAllowed(DomainError):
    """None of the actor's roles may take this action in any status (rule W2)."""

    code = "not_allowed"

    def __init__(self) -> None:
        super().__init__(gettext("You may not do this."))


class InvalidTransition(DomainError):
    """The ticket's status does not allow this action now (rule W3)."""

    code = "invalid_transition"


class PreconditionFailed(DomainError):
    """The ticket is not as the caller last saw it (rule E2)."""

    code = "precondition_failed"

    def __init__(self, status: int) -> None:
        message = gettext("The ticket was changed in the meantime. Read it again.")
        super().__init__(message, status=status)


class IdempotencyConflict(DomainError):
    """The key came with another request before (rule F2)."""

    code = "idempotency_conflict"

    def __init__(self) -> None:
        super().__init__(gettext("This Idempotency-Key was used for another request."))


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

    def __init__(self, fields: Fields) -> None:
        super().__init__(gettext("Some of what you sent is not valid."), fields=fields)


class Unstorable(Invalid):
    """The database cannot store what came in: its character set lacks a character of it."""

    def __init__(self) -> None:
        super().__init__({})
        self.message = gettext("Some of the characters cannot be stored here.")


class Unavailable(DomainError):
    """The database or the file store is busy or gone, or a row went away. Nothing was changed.

    Unless ``may_be_stored``: the connection was lost during the commit, and nobody can tell.
    """

    code = "unavailable"
    retry_after_seconds = 1

    def __init__(self, *, may_be_stored: bool = False) -> None:
        self.may_be_stored = may_be_stored
        if may_be_stored:
            message = gettext("The connection was lost. Please look whether it was stored.")
        else:
            message = gettext("The service is busy. Nothing was changed; please try again.")
        super().__init__(message)


class StorageFull(DomainError):
    """There is no room left for files. Nothing was changed; text alone still goes through (B4)."""

    code = "storage_full"

    def __init__(self) -> None:
        super().__init__(gettext("There is no room for files now. Nothing was changed."))
