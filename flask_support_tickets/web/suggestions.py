"""The suggestions for the queue's search box (rule S4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask import abort, request

from .. import services
from ..actor import Actor
from ..i18n import gettext, ngettext
from ..models import TicketStatus
from ..models.status import status_label
from ..models.user_key import UserKey
from ..services.search.query import SEARCH_MAX
from ..text_rules import BlankText, TextError, clean_search


def read_suggestions(
    actor: Actor,
    filters: Collection[Any],
    ticket_url: Callable[[int], str],
    queue_url: Callable[..., str],
) -> dict[str, Any]:
    """Return groups of links that match the parameter ``search``.

    Links to filtered lists are included only if ``filters`` has that filter. Aborts with 422 if the
    search is invalid.
    """
    found = services.suggest(actor=actor, text=_search())
    people, staff = (
        [(UserKey.to_json(key), name) for key, name in each]
        for each in (found.requesters, found.assignees)
    )
    lists = (
        ("user", gettext("Requester"), "userId", people),
        ("assigned_to", gettext("Assigned to"), "assignedTo", staff),
        ("tags", gettext("Tag"), "tag", [(name, name) for name in found.tags]),
    )
    tickets = [
        _link(
            f"#{each.id} {each.subject}",
            ticket_url(each.id),
            status_label(TicketStatus(each.status)),
        )
        for each in found.tickets
    ]
    groups = [(gettext("Tickets"), tickets)]
    for column, label, name, values in lists:
        if column in filters:
            groups.append((label, [_link(text, queue_url(**{name: key})) for key, text in values]))
    count = sum(len(items) for _, items in groups)
    status = ngettext("%(count)s suggestion", "%(count)s suggestions", count)
    return {
        "groups": [{"label": label, "items": items} for label, items in groups if items],
        "status": status % {"count": count} if count else "",
    }


def _search() -> str:
    try:
        return clean_search(request.args.get("search", ""), max_length=SEARCH_MAX) or ""
    except BlankText:
        return ""
    except TextError:
        abort(422)


def _link(text: str, url: str, hint: str = "") -> dict[str, str]:
    return {"text": text, "url": url, "hint": hint}
