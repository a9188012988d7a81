"""The base class for small views that belong to a `TicketView`, in the same menu category."""

from __future__ import annotations

from typing import Any, ClassVar

from .base_view import StaffView
from .no_stock_writes import NoStockWrites
from .staff_pages import StaffPages


class SiblingView(StaffPages, NoStockWrites):
    """A view that everyone who can open its ticket view can open."""

    #: The last part of the URL, such as ``tags`` for ``/admin/ticket-tags/``.
    path: ClassVar[str]
    menu_icon_type: Any = "fa"

    def __init__(self, model: Any, db: Any, ticket_view: StaffView) -> None:
        self.ticket_view = ticket_view
        endpoint = str(ticket_view.endpoint).replace("_admin", f"_{self.path}", 1)
        super().__init__(model, db, self.name, ticket_view.category, endpoint)

    def is_accessible(self) -> bool:
        return self.ticket_view.is_open()

    def is_visible(self) -> bool:
        """Return whether the Admin's menu has an entry, which requires a category."""
        return bool(self.category)

    def _get_view_url(self, admin: Any, url: str | None) -> str:
        return f"{admin.url.rstrip('/')}/ticket-{self.path}"
