"""The base class for the admin views: access checks, URLs and error responses."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from flask import abort, request
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import ColumnElement

from .. import services
from ..actor import Actor
from ..errors import ConfigurationError
from ..i18n import lazy_gettext
from ..models import Action
from ..models.status import FINAL_ACTIONS, action_label
from ..services import TicketFilter
from ..services.access import allowed_actions_of
from ..services.conditions import condition_in
from ..services.tickets.tags import with_tags
from ..services.tickets.ticket_row import TicketRow
from ..transaction import roll_back_after
from ..web.confirmation import question_about
from ..web.identity import current_actor
from ..web.page_access import may_enter
from ..web.row_action import row_actions_of
from ..web.thread_page import get_page_ticket
from .no_stock_writes import check_no_writes
from .queue_urls import QueueUrlsView

logger = logging.getLogger(__name__)

_ACTORS_KEY = "flask_support_tickets.desk_actors"
#: The maximum number of tickets in a CSV file.
EXPORT_MAX = 10_000


class StaffView(QueueUrlsView):
    """The base class for the views that `TicketView` combines."""

    name: Any = lazy_gettext("Support Tickets")
    category: Any = None
    menu_icon_type: Any = "fa"
    menu_icon_value: Any = "fa-life-ring"
    #: The number of tickets on a page; None means ``SUPPORT_TICKETS_PAGE_SIZE``.
    page_size: Any = None
    can_view_details = True
    can_export = True
    list_template = "support_tickets/admin/list.html"
    details_template = "support_tickets/admin/detail.html"
    column_formatters_export: Any = {}
    #: The small views that belong to this one. The queue's menu links to them.
    siblings: Any = ()

    def __init__(self, model: Any, db: Any, endpoint: str | None = None, **arguments: Any) -> None:
        if endpoint is None or arguments:
            raise ConfigurationError(
                f"Don't add the view yourself: pass ticket_view={type(self).__name__} to "
                "SupportTickets."
            )
        check_no_writes(type(self))
        #: The host's row actions by name.
        self.row_actions = row_actions_of(type(self))
        with warnings.catch_warnings():  # about a page_size that depends on the app
            warnings.simplefilter("ignore", UserWarning)
            super().__init__(
                model,
                db,
                name=self.name,
                category=self.category,
                endpoint=endpoint,
                menu_icon_type=self.menu_icon_type,
                menu_icon_value=self.menu_icon_value,
            )

    def is_accessible(self) -> bool:
        """Return whether to let the user in. A subclass can only let in fewer users."""
        return may_enter()

    def is_open(self) -> bool:
        """Return whether to show the menu item. Errors hide it rather than break the pages."""
        try:
            return may_enter() and self.is_accessible()
        except Exception as error:
            logger.exception("is_accessible failed; the menu item is hidden.")
            roll_back_after(error)
            return False

    def current_staff(self) -> Actor:
        """Return the signed-in staff member, limited to the tickets of `get_query`.

        Call it only after `check_staff_access`.
        """
        actor = current_actor()
        assert actor is not None
        actors = request.environ.setdefault(_ACTORS_KEY, {})
        if (self, actor) not in actors:
            actors[self, actor] = replace(actor, desk=self._criterion())
        limited: Actor = actors[self, actor]
        return limited

    def require_permission(self, permission: str) -> Actor:
        """Return the current staff member, or abort with 403 if they lack ``permission`` (A3)."""
        actor = self.current_staff()
        return actor if permission in actor.permissions else abort(403)

    def _criterion(self) -> ColumnElement[bool] | None:
        """Return the condition that a subclass adds in ``get_query``, or None if it adds none."""
        if type(self).get_query is ModelView.get_query:
            return None
        return condition_in(self.get_query(), self.model.__table__)

    def is_row_action_allowed(self, name: str, ticket: Any) -> bool:
        """Return whether to offer the row action ``name`` for ``ticket``, a `TicketRow`.

        ``name`` is the name of a `row_action`, a value of `Action`, ``Comment`` or ``Note``. The
        workflow and the user's permissions still apply, so a subclass can only forbid actions.
        """
        return True

    @property
    def _allows_all(self) -> bool:
        """Whether no subclass forbids any action, so that no ticket has to be read."""
        return type(self).is_row_action_allowed is StaffView.is_row_action_allowed

    def is_forbidden(self, name: str, ticket_id: int) -> bool:
        """Return whether a subclass forbids an action. Can raise `NotFound`."""
        return not (self._allows_all or self.is_row_action_allowed(name, self.get_one(ticket_id)))

    def allowed_actions_of(self, actor: Actor) -> Callable[[Any], list[str]]:
        """Return a function that returns the actions that ``actor`` may take on a `TicketRow`."""
        allowed, own = allowed_actions_of(actor), list(self.row_actions)
        if self._allows_all and not own:
            return allowed

        def names(ticket: Any) -> list[str]:
            found = allowed(ticket) + own
            return [name for name in found if self.is_row_action_allowed(name, ticket)]

        return names

    @property
    def export_limit(self) -> int:
        """The maximum number of tickets in a CSV file."""
        return self.export_max_rows or EXPORT_MAX

    def get_one(self, ticket_id: Any) -> TicketRow:
        """Return the ticket with the id in a URL. Raises `NotFound` if it is not in this view."""
        actor = self.current_staff()
        return TicketRow.all_of(with_tags(actor, [get_page_ticket(actor, str(ticket_id))]))[0]

    def get_rows(self, ticket_ids: Collection[int]) -> dict[int, TicketRow]:
        """Return the tickets with these ids that are in the queue. Reads them all at once."""
        if not ticket_ids:
            return {}
        criteria = TicketFilter(conditions=(self.model.__table__.c.id.in_(ticket_ids),))
        found = services.list_tickets(
            actor=self.current_staff(), criteria=criteria, page_size=len(ticket_ids)
        )
        return {row.id: row for row in TicketRow.all_of(found.items)}

    def action_label(self, name: str) -> str:
        """Return the label of a host's action, or its name if the host has removed the action."""
        if name in self.row_actions:
            return str(self.row_actions[name].text)
        return str(self._actions_data.get(name, (None, name))[1])

    def _get_view_url(self, admin: Any, url: str | None) -> str:
        """Return the queue's URL in ``admin``, without the script name."""
        return f"{admin.url.rstrip('/')}/tickets"

    def ask_about(
        self, name: str, ticket_ids: list[int], cancel_url: str, user_id: str = ""
    ) -> str:
        """Render a page that asks whether to take one of our actions (W7, W9)."""
        question, button = question_about(Action(name), ticket_ids, user_id), action_label(name)
        is_final = name in FINAL_ACTIONS
        return self.ask(question, button, ticket_ids, cancel_url, is_final=is_final)
