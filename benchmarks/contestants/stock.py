"""Flask-Admin's own ``ModelView`` over the same table, with what it offers by configuration."""

from __future__ import annotations

from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_login import current_user

from ..contestant import Contestant, Request, collector, sign_in
from ..data import SEARCHED_WORD, Scale
from ..tasks import PAGE_SIZE, STATUS, Task
from .idiomatic import STATUSES, Ticket, create_app, db


class TicketView(ModelView):
    """The columns of our own queue, newest first."""

    column_list = ("id", "subject", "department", "comment_count", "description", "status", "user",
                   "assigned_to", "created_at")  # fmt: skip
    column_default_sort = ("id", True)
    column_filters = ("status",)
    column_searchable_list = ("subject", "description")
    page_size = PAGE_SIZE
    can_create = False

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated and current_user.role == "moderator")


def create(uri: str, scale: Scale) -> Contestant:
    """Return the contestant."""
    app = create_app(uri)
    admin = Admin(app, name="Stock", theme=Bootstrap4Theme())
    admin.add_view(TicketView(Ticket, db, endpoint="tickets_view", url="tickets"))
    queries = {
        Task.QUEUE: "",
        Task.QUEUE_LAST: f"?page={-(-scale.tickets // PAGE_SIZE) - 1}",  # counts from 0
        Task.QUEUE_STATUS: f"?flt0_0={STATUSES.index(STATUS)}",  # "equals"
        Task.QUEUE_SEARCH: f"?search={SEARCHED_WORD}",
    }
    requests = {
        name: Request(f"/admin/tickets/{query}", sign_in(1)) for name, query in queries.items()
    }
    with app.app_context():
        return Contestant(app, requests, collector(db.engine))
