"""The blueprints for the requester pages and the static files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from ..current import current_tickets
from ..web.base_template import recheck_base_template, title_in
from ..web.identity import require_actor
from ..web.page_access import as_http_errors, check_page_access, set_private_headers
from ..web.request_limits import apply_request_limits
from ..web.template_context import template_context

V = TypeVar("V", bound=Callable[..., ResponseReturnValue])

#: Templates and public static files for the requester pages, the admin pages and the API docs.
assets = Blueprint(
    "support_tickets",
    "flask_support_tickets",
    template_folder="templates",
    static_folder="static/support_tickets",
    static_url_path="/support_tickets/static",
)
assets.app_url_value_preprocessor(apply_request_limits)

pages = Blueprint("support_tickets_pages", __name__, url_prefix="/settings/ticket")
pages.before_request(check_page_access)
pages.after_request(set_private_headers)


def draft_key(form: str) -> str:
    """Return a draft's browser storage key, which is unique to the app, user and form."""
    return f"{url_for('support_tickets_pages.list_tickets')}:{require_actor().id}:{form}"


def page(rule: str, **options: Any) -> Callable[[V], V]:
    """Register a view, and show the host's error pages for domain errors that the view raises."""

    def register(view: V) -> V:
        serve = as_http_errors()(view)
        pages.add_url_rule(rule, view_func=serve, **options)
        return view

    return register


def render_page(template: str, code: int = 200, /, **context: Any) -> Response:
    """Render a template that extends the configured base template."""
    config = current_tickets.config
    base = config.base_template
    recheck_base_template(current_tickets.app, base, assets.jinja_loader)
    names = {
        **template_context(),
        "base_template": base,
        "color_scheme": config.color_scheme,
        "title_in": title_in,
        **context,
    }
    return make_response(render_template(f"support_tickets/{template}", **names), code)
