"""The base of the admin view: access checks, URLs and error responses."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, abort, current_app, make_response
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from sqlalchemy.exc import DBAPIError

from ..actor import Actor
from ..current import find_state
from ..i18n import lazy_gettext, requested_tag, use_language
from ..web.identity import current_actor
from ..web.page_access import as_http_errors, check_page_access, set_private_headers
from ..web.template_context import template_context

logger = logging.getLogger(__name__)


class StaffView(BaseView):
    """The frame of Support Tickets in Flask-Admin; `TicketsView` puts the pages into it."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            name=lazy_gettext("Support Tickets"),
            endpoint=endpoint,
            menu_icon_type="fa",
            menu_icon_value="fa-life-ring",
        )

    def is_visible(self) -> bool:
        return may_enter()

    def is_accessible(self) -> bool:
        return may_enter()

    def url_in(self, admin: Any) -> str:
        """Return the address of the list in ``admin``, without the app's own prefix."""
        return f"{admin.url.rstrip('/')}/tickets"

    def _get_view_url(self, admin: Any, url: str | None) -> str:
        return self.url_in(admin)

    def create_blueprint(self, admin: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(admin)
        blueprint.before_request(refuse_entry)  # OPTIONS runs no view, so none could refuse it
        blueprint.after_request(set_private_headers)
        # See `SupportTickets.init_app`.
        blueprint.enable_openapi = False  # type: ignore[attr-defined]
        return blueprint

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        """Everybody who got here may come in."""

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        with as_http_errors():
            return make_response(fn(self, *args, **kwargs))

    def render(self, template: str, **kwargs: Any) -> str:
        with use_language(requested_tag()):  # a page asks once which one it is
            page: str = super().render(template, **{**template_context(), **kwargs})
            return page


def current_staff() -> Actor:
    """Return the staff member whom `refuse_entry` let in."""
    actor = current_actor()
    assert actor is not None
    return actor


def may_enter() -> bool:
    """Whether the menu shows the entry. An error counts as no: it must not break host pages."""
    try:
        state = find_state(current_app)
        if state is None or not state.is_licensed:
            return False
        with state.session.no_autoflush:  # a host's failed form may have left rows behind
            actor = current_actor()
        return actor is not None and actor.is_staff
    except Exception as error:
        logger.exception("Support Tickets could not tell who is signed in; the entry is hidden.")
        roll_back_after(error)
        return False


def roll_back_after(error: Exception) -> None:
    """Roll back after a hidden error: PostgreSQL would refuse all statements of the host's page."""
    if isinstance(error, DBAPIError):
        current_app.extensions["sqlalchemy"].session.rollback()


def refuse_entry() -> ResponseReturnValue | None:
    """404 unlicensed, the host's sign-in for anonymous visitors, 403 without the role."""
    answer = check_page_access()
    if answer is not None:
        return answer
    actor = current_actor()
    if actor is None or not actor.is_staff:
        abort(403)
    return None
