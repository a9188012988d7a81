"""Flask-Admin's own ``ModelView`` over the same tables, at ``/stock/tickets/``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_login import current_user

from .host import db, tickets


class StockView(ModelView):
    """The columns of our own list, and what a list offers by configuration alone."""

    column_list = (
        "id",
        "subject",
        "department",
        "comment_count",
        "description",
        "status",
        "user",
        "assigned_to",
        "created_at",
    )
    column_default_sort = ("id", True)
    column_filters = ("status",)
    column_searchable_list = ("subject", "description")
    page_size = 20
    can_create = False

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated and current_user.role == "moderator")


def add_stock_admin(app: Flask) -> None:
    """Give ``app`` a second Admin with the stock view."""
    admin = Admin(app, name="Stock", theme=Bootstrap4Theme(), url="/stock", endpoint="stock_index")
    admin.add_view(
        StockView(
            tickets.Ticket, db, name="Tickets", endpoint="stock_tickets", url="/stock/tickets"
        )
    )


def stock_list(*, page: int = 1, status: int | None = None, search: str | None = None) -> str:
    """Return the address of a list; pages count from 1."""
    query: dict[str, Any] = {}
    if page > 1:
        query["page"] = page - 1
    if status is not None:
        query["flt0_0"] = status  # the first filter of ``status`` is "equals"
    if search is not None:
        query["search"] = search
    return f"/stock/tickets/?{urlencode(query)}"
