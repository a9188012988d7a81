"""The base class for the admin views: access checks, URLs and error responses."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, abort, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from sqlalchemy.exc import DBAPIError

from ..actor import Actor
from ..current import find_state
from ..i18n import lazy_gettext, requested_tag, use_language
from ..models import Action
from ..web.identity import current_actor
from ..web.page_access import as_http_errors, check_page_access, set_private_headers
from ..web.template_context import template_context

logger = logging.getLogger(__name__)


class StaffView(BaseView):
    """The base class for the views that `TicketsView` combines."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            name=lazy_gettext("Support Tickets"),
            endpoint=endpoint,
            menu_icon_type="fa",
            menu_icon_value="fa-life-ring",
        )

    def is_accessible(self) -> bool:
        return may_enter()

    is_visible = is_accessible

    def _get_view_url(self, admin: Any, url: str | None) -> str:
        """Return the queue's URL in ``admin``, without the script name."""
        return f"{admin.url.rstrip('/')}/tickets"

    def create_blueprint(self, admin: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(admin)
        blueprint.before_request(check_staff_access)  # covers OPTIONS, which never reaches a view
        blueprint.after_request(set_private_headers)
        # See `SupportTickets.init_app`.
        blueprint.enable_openapi = False  # type: ignore[attr-defined]
        return blueprint

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        """Allow access, because `check_staff_access` has already run."""

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        with as_http_errors():
            return make_response(fn(self, *args, **kwargs))

    def ask_to_close(self, ticket_ids: list[int], cancel_url: str) -> str:
        """Render a page that asks, and submits the same form again (W7)."""
        return self.render(
            "support_tickets/admin/confirm.html",
            ticket_ids=ticket_ids,
            fields=list(request.form.items(multi=True)),
            address=f"{request.script_root}{request.full_path}",
            cancel_url=cancel_url,
        )

    def render(self, template: str, **kwargs: Any) -> str:
        with use_language(requested_tag()):  # select the language once per page
            page: str = super().render(template, **{**template_context(), **kwargs})
            return page


def is_unconfirmed_close(action: str) -> bool:
    """Return whether the submitted form closes tickets, and the user was not asked yet (W7)."""
    return action == Action.Close and request.form.get("confirmed") != "yes"


def current_staff() -> Actor:
    """Return the signed-in staff member. Call it only after `check_staff_access`."""
    actor = current_actor()
    assert actor is not None
    return actor


def require_permission(permission: str) -> Actor:
    """Return the current staff member, or abort with 403 if they lack ``permission`` (A3)."""
    actor = current_staff()
    return actor if permission in actor.permissions else abort(403)


def may_enter() -> bool:
    """Return whether to show the menu item. Errors hide it rather than break the host's pages."""
    try:
        state = find_state(current_app)
        if state is None or not state.is_licensed:
            return False
        with state.session.no_autoflush:  # the host's session may hold invalid objects
            actor = current_actor()
        return actor is not None and actor.is_staff
    except Exception as error:
        logger.exception("Could not identify the user; the menu item is hidden.")
        roll_back_after(error)
        return False


def roll_back_after(error: Exception) -> None:
    """Roll back after a database error. Until then, PostgreSQL rejects the host's statements."""
    if isinstance(error, DBAPIError):
        current_app.extensions["sqlalchemy"].session.rollback()


def check_staff_access() -> ResponseReturnValue | None:
    """Run `check_page_access`, then abort with 403 unless the user is staff."""
    response = check_page_access()
    if response is not None:
        return response
    actor = current_actor()
    return None if actor and actor.is_staff else abort(403)
