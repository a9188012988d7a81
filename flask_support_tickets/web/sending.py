"""Send a form to its use case; whatever goes wrong, the form keeps what was typed and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from ..errors import (
    CommentsNotAllowed,
    DomainError,
    Invalid,
    StorageFull,
    TooManyRequests,
    Unavailable,
)
from ..services.submissions import make_once
from ..services.uploads import with_files
from .forms import OnceForm
from .html_access import is_sent_by_script

#: The HTTP status of the page that shows the form again.
_STATUS: dict[type[DomainError], int] = {
    CommentsNotAllowed: 409,
    Invalid: 422,
    StorageFull: 507,
    TooManyRequests: 429,
    Unavailable: 503,
}


def send_form(
    form: OnceForm, use_case: Callable[..., Any], **arguments: Any
) -> tuple[int, Any | None]:
    """Run ``use_case`` with ``arguments``, the form's files and its one-time key.

    Returns 303 and what was made. When only a preview was asked for, by the button of that name,
    returns 200 and None, and the form says so. When it is refused, returns the HTTP status (400
    for a bad token, 409, 422, 503 or 507) and None; ``form`` then holds the complaints.
    """
    try:
        if "preview" in request.form:
            if form.validate_preview():
                return _show_preview(form), None
        elif form.validate():
            made = with_files(
                make_once,
                uploads=form.attachments.data,
                use_case=use_case,
                key=form.one_time_key,
                **arguments,
            )
            return 303, made
        status = 400 if form.is_forged else 422
    except tuple(_STATUS) as error:
        form.form_errors += error.sentences
        status = _STATUS[type(error)]
    if not is_sent_by_script():
        form.attachments.tell_of_loss()
    return status, None


def _show_preview(form: OnceForm) -> int:
    form.is_preview = True
    if not is_sent_by_script():
        form.attachments.tell_of_loss()
    return 200
