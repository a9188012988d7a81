"""The blueprints of the requester pages, and their checks: license, then sign-in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from ..current import current_tickets
from ..web.identity import require_actor
from ..web.page_access import as_http_errors, check_page_access, set_private_headers
from ..web.request_limits import apply_request_limits
from ..web.template_context import template_context

V = TypeVar("V", bound=Callable[..., ResponseReturnValue])

#: Carries templates and static files for all faces; they are public.
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
    """Return what a browser keeps a draft under: of this site, of this user, for this form."""
    return f"{url_for('support_tickets_pages.list_tickets')}:{require_actor().id}:{form}"


def page(rule: str, **options: Any) -> Callable[[V], V]:
    """Register a view at ``rule`` whose domain errors become the host's error pages."""

    def register(view: V) -> V:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            with as_http_errors():
                return view(*args, **kwargs)

        pages.add_url_rule(rule, view_func=answer, **options)
        return view

    return register


def render_page(template: str, code: int = 200, /, **context: Any) -> Response:
    """Render one of our templates inside the configured base template."""
    base = current_tickets.config.base_template
    names = {**template_context(), "base_template": base, **context}
    return make_response(render_template(f"support_tickets/{template}", **names), code)
