"""Run a use case with a submitted form. On error, keep the input and report what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, after_this_request, request

from ..errors import (
    CommentsNotAllowed,
    DomainError,
    Invalid,
    InvalidTransition,
    StorageFull,
    TooManyRequests,
    Unavailable,
)
from ..services.attachments.uploads import with_files
from ..services.idempotency import create_with_key
from .forms import SubmissionForm
from .page_access import is_sent_by_our_script

#: Arguments for ``url_for``.
Location = dict[str, Any]
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
            return 303, with_files(
                lambda **content: location_of(create_with_key(use_case, **content)),
                uploads=form.attachments.data,
                key=form.valid_submission_key,
                **arguments,
            )
        status = 200 if form.is_preview else 400 if form.is_forged else 422
    except tuple(_STATUS) as error:
        form.form_errors += error.sentences
        status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
        if error.retry_after_seconds is not None:
            after_this_request(partial(_set_retry_after, seconds=error.retry_after_seconds))
    if not is_sent_by_our_script():
        form.attachments.report_lost_files()
    return status, None


def _set_retry_after(response: Response, *, seconds: int) -> Response:
    response.headers["Retry-After"] = str(seconds)
    return response
