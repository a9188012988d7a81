"""The staff pages in Flask-Admin, imported only if the app has an Admin."""

from ..services.tickets.ticket_row import TicketRow
from .registration import attach, check_view
from .row_actions import row_action
from .ticket_view import TicketView

__all__ = ["TicketRow", "TicketView", "attach", "check_view", "row_action"]
