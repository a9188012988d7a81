"""The base class of all staff views: access, headers, language and the template context."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from ..i18n import requested_tag, use_language
from ..web.confirmation import confirmation_form
from ..web.forms import csrf_value
from ..web.page_access import as_http_errors, check_staff_access, set_private_headers
from ..web.template_context import template_context
from .no_stock_writes import NoStockWrites


class StaffPages(NoStockWrites):
    """A view whose pages are only for staff."""

    def create_blueprint(self, admin: Any) -> Blueprint:
        blueprint: Blueprint = super().create_blueprint(admin)
        blueprint.before_request(check_staff_access)  # covers OPTIONS, which never reaches a view
        blueprint.after_request(set_private_headers)
        # See `SupportTickets.init_app`.
        blueprint.enable_openapi = False  # type: ignore[attr-defined]
        return blueprint

    def scaffold(self) -> None:
        """Prepare the view for a request."""

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        # Select the language only once.
        with as_http_errors(), use_language(requested_tag()):
            self.scaffold()
            return make_response(fn(self, *args, **kwargs))

    def render(self, template: str, **kwargs: Any) -> str:
        context = {"is_polled": False, "undo_id": None, "status_url": None, **kwargs}
        page: str = super().render(template, **{**template_context(), **context})
        return page

    def ask(
        self,
        question: str,
        button: str,
        ticket_ids: list[int],
        cancel_url: str,
        *,
        is_final: bool = False,
    ) -> str:
        """Render a page that asks ``question`` and can submit the same form again."""
        return self.render(
            "support_tickets/admin/confirm.html",
            question=question,
            button=button,
            ticket_ids=ticket_ids,
            cancel_url=cancel_url,
            is_final=is_final,
            csrf_value=csrf_value(),
            **confirmation_form(),
        )
