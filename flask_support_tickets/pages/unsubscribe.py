"""``/settings/ticket/unsubscribe/<token>``: stop the emails, without signing in (rule O5).

Mail programs post to this URL themselves (RFC 8058), so it requires no CSRF token and accepts
cross-site requests. The URL itself contains a signed token.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app

from ..current import find_state
from ..models.user_key import UserId
from ..services.assignees import find_user
from ..services.notifications.preferences import stop_emails
from ..transaction import unit_of_work
from ..web.page_access import as_http_errors, set_private_headers
from ..web.unsubscribe_token import read_token
from .blueprint import render_page

links = Blueprint("support_tickets_links", __name__, url_prefix="/settings/ticket")
links.after_request(set_private_headers)


@links.before_request
def check_license() -> None:
    """Abort with 404 if the feature is not licensed."""
    with as_http_errors():
        state = find_state(current_app)
        if state is None or not state.is_licensed:
            abort(404)


@links.get("/unsubscribe/<token>")
def ask_to_unsubscribe(token: str) -> Response:
    """Render a button. A GET changes nothing, because scanners open the links in emails."""
    _read(token)
    return render_page("unsubscribe.html", is_done=False)


@links.post("/unsubscribe/<token>")
@as_http_errors()
def unsubscribe(token: str) -> Response:
    """Stop all emails to the user that the token names."""
    unit_of_work(stop_emails, user_id=_read(token))
    return render_page("unsubscribe.html", is_done=True)


def _read(token: str) -> UserId:
    user_id = read_token(token)
    if user_id is None or find_user(user_id) is None:
        abort(404)
    return user_id
