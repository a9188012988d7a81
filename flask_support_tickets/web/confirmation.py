"""Ask before an action that is final (W7), or for which the user had to sign in first (W9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from .. import services
from ..current import current_tickets
from ..i18n import gettext, ngettext
from ..models import Action
from ..models.status import FINAL_ACTIONS
from .fetch_metadata import is_sent_by_another_site
from .formatting import format_number
from .request_limits import bad_body_status

#: The query parameter with the fields of a form that was submitted while signed out.
_PARAMETER = "submitted"
_FIELDS = ("action", "assignedToUserId", "step", "tag", "version")
#: Enough for the largest selection; servers accept URLs of 8,000 characters.
_LENGTH_MAX = 4_500
_BODY_MAX_BYTES = 16 * 1024


def keep_submission() -> None:
    """Add an action's form to the URL of the request, to which users return after signing in.

    Flask-Login and hosts take that URL from the request, and a GET request has no form.
    """
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    is_small = (request.content_length or _BODY_MAX_BYTES) < _BODY_MAX_BYTES
    if not (is_form and is_small) or is_sent_by_another_site() or bad_body_status():
        return
    fields = {name: request.form[name] for name in _FIELDS if request.form.get(name)}
    if ids := request.form.getlist("ticketId"):
        fields["ticketId"] = "-".join(ids)
    query = urlencode([*request.args.items(multi=True), (_PARAMETER, urlencode(fields))])
    if fields and len(query) <= _LENGTH_MAX:
        request.query_string = query.encode()
        for name in ("args", "full_path", "url"):
            vars(request).pop(name, None)  # cached


def submitted_form() -> MultiDict[str, str]:
    """Return the form of a POST request, or the one that a user submitted while signed out."""
    if request.method == "POST":
        return request.form
    form = MultiDict(parse_qsl(request.args.get(_PARAMETER, "")))
    form.setlist("ticketId", form.get("ticketId", "").split("-"))
    return MultiDict((name, text) for name, text in form.items(multi=True) if text)


def confirmation_form() -> dict[str, Any]:
    """Return the URL and the fields for a form that submits the same values again."""
    query = [each for each in request.args.items(multi=True) if each[0] != _PARAMETER]
    return {
        "address": f"{request.script_root}{request.path}{'?' if query else ''}{urlencode(query)}",
        "fields": list(submitted_form().items(multi=True)),
    }


def is_confirmed() -> bool:
    """Return whether the user has answered the question about the submitted form."""
    return request.form.get("confirmed") == "yes"


def must_confirm(action: str) -> bool:
    """Return whether ``action`` is final, and the user has not confirmed it yet (W7)."""
    return action in FINAL_ACTIONS and not is_confirmed()


def question_about(action: Action, ticket_ids: Sequence[int], user_id: str = "") -> str:
    """Return the question whether to take ``action``. ``user_id`` is the assignee's."""
    count, key = len(ticket_ids), current_tickets.models.user_key.from_text(user_id)
    if count == 1:
        sentence = {
            Action.StartProgress: gettext("Start progress on %(ticket)s?"),
            Action.MarkAsResolved: gettext("Mark %(ticket)s resolved?"),
            Action.Close: gettext("Close %(ticket)s?"),
            Action.Reopen: gettext("Reopen %(ticket)s?"),
            Action.Assign: gettext("Assign %(ticket)s to %(name)s?"),
            Action.Withdraw: gettext("Withdraw %(ticket)s?"),
        }[action]
    else:
        sentence = {
            Action.StartProgress: ngettext(
                "Start progress on %(count)s ticket?", "Start progress on %(count)s tickets?", count
            ),
            Action.MarkAsResolved: ngettext(
                "Mark %(count)s ticket resolved?", "Mark %(count)s tickets resolved?", count
            ),
            Action.Close: ngettext("Close %(count)s ticket?", "Close %(count)s tickets?", count),
            Action.Assign: ngettext(
                "Assign %(count)s ticket to %(name)s?",
                "Assign %(count)s tickets to %(name)s?",
                count,
            ),
        }[action]
    return sentence % {
        "ticket": f"#{ticket_ids[0]}",
        "count": format_number(count),
        "name": services.recent_assignees().get(key, gettext("someone else")) if user_id else "",
    }
