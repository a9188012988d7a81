"""The form for a saved reply (rule M3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import flash, request

from .. import services
from ..actor import Actor
from ..errors import Invalid, Unavailable
from ..i18n import gettext, lazy_gettext
from ..services import SavedReplyInfo
from ..services.saved_replies import TEXT, TITLE
from ..transaction import unit_of_work
from .forms import ActionForm, CleanInput


class SavedReplyForm(ActionForm):
    title = CleanInput(lazy_gettext("Title"), TITLE)
    text = CleanInput(lazy_gettext("Text"), TEXT)


def submit_saved_reply(form: SavedReplyForm, reply: SavedReplyInfo | None, actor: Actor) -> int:
    """Save the submitted form as ``reply`` or as a new one, and return the HTTP status.

    The status is 200 if nothing was submitted, and 303 if the form was saved. On error, the form
    has the messages.
    """
    if request.method != "POST":
        return 200
    if not form.validate():
        return 400 if form.is_forged else 422
    use_case: Callable[..., SavedReplyInfo] = services.create_saved_reply
    if reply is not None:
        use_case = partial(services.update_saved_reply, reply_id=reply.id)
    content = {"title": form.title.data, "text": form.text.data}
    try:
        saved = unit_of_work(use_case, actor=actor, **content)
    except (Invalid, Unavailable) as error:
        if "title" in (error.fields or {}):
            form.title.errors = error.sentences
        else:
            form.form_errors = error.sentences
        return 422 if isinstance(error, Invalid) else 503
    flash(gettext("The saved reply “%(title)s” is saved.") % {"title": saved.title}, "success")
    return 303
