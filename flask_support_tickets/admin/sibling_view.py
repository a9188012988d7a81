"""The base class for small views that belong to a `TicketView`, in the same menu category."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect
from flask.typing import ResponseReturnValue

from ..actor import Actor
from ..web.identity import current_actor
from .base_view import StaffView
from .staff_pages import StaffPages


class SiblingView(StaffPages):
    """A view for users who can open its ticket view and have its permission."""

    #: The last part of the URL, such as ``tags`` for ``/admin/ticket-tags/``.
    path: ClassVar[str]
    #: The permission that the view requires, if any (A3).
    permission: ClassVar[str | None] = None
    menu_icon_type: Any = "fa"

    def __init__(self, model: Any, db: Any, ticket_view: StaffView) -> None:
        self.ticket_view = ticket_view
        name = self.path.replace("-", "_")
        endpoint = str(ticket_view.endpoint).replace("_admin", f"_{name}", 1)
        super().__init__(model, db, self.name, ticket_view.category, endpoint)

    def is_accessible(self) -> bool:
        if not self.ticket_view.is_open():
            return False
        actor = current_actor()
        return actor is not None and self.is_permitted(actor)

    def is_permitted(self, actor: Actor) -> bool:
        """Return whether ``actor`` has the permission that the view requires, if any."""
        return self.permission is None or self.permission in actor.permissions

    def is_visible(self) -> bool:
        """Return whether the Admin's menu has an entry, which requires a category."""
        return bool(self.category)

    def current_staff(self) -> Actor:
        return self.ticket_view.current_staff()

    def render(self, template: str, **kwargs: Any) -> str:
        return super().render(
            template, queue_endpoint=f"{self.ticket_view.endpoint}.index_view", **kwargs
        )

    def redirect_to_list(self) -> ResponseReturnValue:
        return redirect(self.get_url(".index_view"), 303)

    def _get_view_url(self, admin: Any, url: str | None) -> str:
        return f"{admin.url.rstrip('/')}/ticket-{self.path}"
