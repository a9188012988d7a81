"""The staff pages in Flask-Admin, imported only if the app has an Admin."""

from ..services.tickets.ticket_row import TicketRow
from ..web.row_action import row_action
from .registration import attach, check_view
from .ticket_view import TicketView

__all__ = ["TicketRow", "TicketView", "attach", "check_view", "row_action"]
