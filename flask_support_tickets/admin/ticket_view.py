"""`TicketView`: the Flask-Admin view for tickets."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_admin.helpers import get_current_view

from ..web.list_query import argument_text
from .actions import ActionsView
from .details import DetailsView
from .edit import EditView
from .export import ExportView
from .queue import QueueView
from .statistics import StatisticsView


class TicketView(
    QueueView,
    ExportView,
    StatisticsView,
    DetailsView,
    EditView,
    ActionsView,
):
    """The Flask-Admin view for tickets: the queue and the tickets' pages.

    Subclass it to change columns, filters, actions or templates, and pass the subclass as
    ``ticket_view``. The attributes and methods are those of Flask-Admin's ``ModelView``, except
    those that create, edit or delete rows, which raise `ConfigurationError`.
    """

    @classmethod
    def url_for_list(cls, **filters: Any) -> str:
        """Build the URL of the queue with ``filters``, such as ``status="New", assignedTo="me"``.

        The names are those of the query parameters. A value can be a list of statuses or a date,
        and None leaves the filter out. Requires a request. Raises `TypeError` for an unknown name.
        """
        view = _find_view(cls)
        view.scaffold()
        given = {name: argument_text(value) for name, value in filters.items() if value is not None}
        unknown = given.keys() - set(view.list_argument_names(given))
        if unknown:
            raise TypeError(f"The queue has no filter named {min(unknown)!r}.")
        return str(view.get_url(f"{view.endpoint}.index_view", **given))


def _find_view(cls: type[TicketView]) -> TicketView:
    """Return the view that serves the request, or the first one of this class on the app."""
    current = get_current_view()
    if isinstance(current, cls):
        return current
    admins = current_app.extensions.get("admin", ())
    views = (view for admin in admins for view in admin._views if isinstance(view, cls))
    found = next(views, None)
    if found is None:
        raise RuntimeError(f"{cls.__name__} is not in an Admin of this app.")
    return found
