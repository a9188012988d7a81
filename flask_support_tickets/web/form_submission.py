"""Run a use case with a submitted form. On error, keep the input and report what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Response, after_this_request, request, session

from ..errors import (
    CommentsNotAllowed,
    DomainError,
    Invalid,
    InvalidTransition,
    StorageFull,
    TooManyRequests,
    Unavailable,
)
from ..file_types.refusals import name_of
from ..i18n import gettext
from ..services.attachments.uploads import Upload, with_files
from ..services.idempotency import create_with_key
from .forms import SubmissionForm
from .page_access import is_sent_by_our_script

#: Arguments for ``url_for``.
Location = dict[str, Any]
#: The session key for messages about renamed files. A cookie only has room for a few.
_NOTICES = "support_tickets_notices"
_NOTICES_MAX, _NAME_MAX = 3, 40
#: The HTTP status with which the form is shown again, by error class.
_STATUS: dict[type[DomainError], int] = {
    CommentsNotAllowed: 409,
    InvalidTransition: 409,
    Invalid: 422,
    StorageFull: 507,
    TooManyRequests: 429,
    Unavailable: 503,
}


def submit_form(
    form: SubmissionForm,
    use_case: Callable[..., Any],
    location_of: Callable[[Any], Location],
    **arguments: Any,
) -> tuple[int, Location | None]:
    """Run ``use_case`` with ``arguments``, the form's files and its submission key.

    Returns 303 and the location of the created object. ``location_of`` is called before the
    commit, so that it cannot fail after the object is saved. Returns 200 and None for a preview.
    On error, returns the error's status (400 for a bad token) and None, and sets the form's errors.
    """
    try:
        if "preview" in request.form:
            form.is_preview = form.validate_preview()
        elif form.validate():
            location = with_files(
                lambda **content: location_of(create_with_key(use_case, **content)),
                uploads=form.attachments.data,
                key=form.valid_submission_key,
                **arguments,
            )
            _note_corrected_names(form.attachments.data)
            return 303, location
        status = 200 if form.is_preview else 400 if form.is_forged else 422
    except tuple(_STATUS) as error:
        form.form_errors += error.sentences
        status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
        if error.retry_after_seconds is not None:
            after_this_request(partial(_set_retry_after, seconds=error.retry_after_seconds))
    except DomainError:  # the caller shows the form again
        report_lost_files(form)
        raise
    report_lost_files(form)
    return status, None


def report_lost_files(form: SubmissionForm) -> None:
    """Ask the user to choose the files again, unless our script keeps them."""
    if not is_sent_by_our_script():
        form.attachments.report_lost_files()


def pop_notices() -> list[str]:
    """Return the messages about the files of the last submission, and forget them."""
    return list(session.pop(_NOTICES, ()))


def _note_corrected_names(uploads: Sequence[Upload]) -> None:
    """Tell the user which images are stored under another name (B2)."""
    notices = [
        gettext("“%(name)s” is really %(kind)s, so it's saved as “%(new)s”.")
        % {
            "name": _short(upload.name),
            "kind": name_of(upload.file_type.corrected_to),
            "new": _short(upload.file_type.filename),
        }
        for upload in uploads
        if upload.file_type.corrected_to
    ]
    if notices:
        session[_NOTICES] = notices[:_NOTICES_MAX]


def _short(name: str) -> str:
    return name if len(name) <= _NAME_MAX else f"{name[: _NAME_MAX - 12]}…{name[-11:]}"


def _set_retry_after(response: Response, *, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response
