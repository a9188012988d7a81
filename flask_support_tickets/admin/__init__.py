"""The staff pages in Flask-Admin, imported only if the app has an Admin."""

from .registration import attach, check_view
from .row_action import row_action
from .rows import TicketRow
from .ticket_view import TicketView

__all__ = ["TicketRow", "TicketView", "attach", "check_view", "row_action"]
