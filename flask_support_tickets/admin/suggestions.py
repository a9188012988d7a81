"""The suggestions for the queue's search box."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..i18n import gettext, ngettext
from ..models import TicketStatus
from ..models.status import status_label
from ..models.user_key import UserKey
from ..services.search.query import SEARCH_MAX
from ..text_rules import BlankText, TextError, clean_search
from .base_view import StaffView


class SuggestionsView(StaffView):
    @expose("/suggestions")
    def suggestions_view(self) -> ResponseReturnValue:
        """Return the suggestions for ``search`` as JSON: groups of links (S4)."""
        try:
            text = clean_search(request.args.get("search", ""), max_length=SEARCH_MAX)
        except BlankText:
            text = None
        except TextError:
            abort(422)
        found = services.suggest(actor=self.current_staff(), text=text or "")
        people, staff = (
            [(UserKey.to_json(key), name) for key, name in each]
            for each in (found.requesters, found.assignees)
        )
        tags = [(name, name) for name in found.tags]
        all_groups = [
            (gettext("Tickets"), [self._ticket(each) for each in found.tickets]),
            (gettext("Requester"), self._links("user", "userId", people)),
            (gettext("Assigned to"), self._links("assigned_to", "assignedTo", staff)),
            (gettext("Tag"), self._links("tags", "tag", tags)),
        ]
        groups = [{"label": label, "items": items} for label, items in all_groups if items]
        count = sum(len(each["items"]) for each in groups)
        status = ngettext("%(count)s suggestion", "%(count)s suggestions", count)
        return {"groups": groups, "status": status % {"count": count} if count else ""}

    def _ticket(self, ticket: services.TicketSuggestion) -> dict[str, str]:
        return {
            "text": f"#{ticket.id} {ticket.subject}",
            "url": self.get_url(".details_view", ticket_id=ticket.id),
            "hint": status_label(TicketStatus(ticket.status)),
        }

    def _links(self, column: str, argument: str, values: Any) -> list[dict[str, str]]:
        """Return links to the queue, filtered by each value, if the view offers the filter."""
        if column not in (self.column_filters or ()):
            return []
        return [
            {"text": text, "url": self.get_url(".index_view", **{argument: value}), "hint": ""}
            for value, text in values
        ]
