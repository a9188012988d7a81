"""The page on which staff see and retry notifications (rule O4)."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from ..i18n import lazy_gettext, ngettext
from ..models.notification import NotificationState
from ..models.user_key import parse_id
from ..services.notifications.listing import list_notifications, retry_notifications
from ..services.tickets.queries import id_in_url
from ..transaction import unit_of_work
from ..web.forms import csrf_value, is_refused
from ..web.notification_labels import channel_label, state_label
from .sibling_view import SiblingView

_PAGE_SIZE = 50


class NotificationView(SiblingView):
    name: Any = lazy_gettext("Notifications")
    path = "notifications"
    permission = "notifications"
    menu_icon_value: Any = "fa-bell"
    list_template = "support_tickets/admin/notifications.html"

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """List the notifications, optionally only those in one state."""
        page = parse_id(request.args.get("page", "1")) or 1
        name = request.args.get("state", "")
        state = NotificationState.__members__.get(name)
        found = list_notifications(
            actor=self.current_staff(), state=state, page=min(page, 10_000), page_size=_PAGE_SIZE
        )
        return self.render(
            self.list_template,
            found=found,
            state=state,
            states=list(NotificationState),
            page=page,
            page_size=_PAGE_SIZE,
            state_label=state_label,
            channel_label=channel_label,
            csrf_value=csrf_value(),
        )

    @expose("/retry", methods=["POST"])
    def retry_all_view(self) -> ResponseReturnValue:
        """Retry all failed notifications."""
        return self._retry(None)

    @expose("/<notification_id>/retry", methods=["POST"])
    def retry_view(self, notification_id: str) -> ResponseReturnValue:
        """Retry one failed notification."""
        return self._retry([id_in_url(notification_id)])

    @expose("/retry", methods=["GET"])
    @expose("/<notification_id>/retry", methods=["GET"])
    def back_view(self, notification_id: str = "") -> ResponseReturnValue:
        """Redirect to the list. If a POST requires signing in, the user returns here with GET."""
        return self.redirect_to_list()

    def _retry(self, ids: list[int] | None) -> ResponseReturnValue:
        if is_refused():
            return self.redirect_to_list()
        actor = self.current_staff()
        count = unit_of_work(retry_notifications, actor=actor, ids=ids)
        sentence = ngettext(
            "%(count)s notification will be sent again.",
            "%(count)s notifications will be sent again.",
            count,
        )
        flash(sentence % {"count": count}, "success")
        return self.redirect_to_list()
