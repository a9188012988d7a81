"""What exists once, for every app that `create_app` makes."""

from __future__ import annotations

from flask_login import LoginManager

from flask_support_tickets import SupportTickets

from .help_desk import APP_VERSION, AppColumns, HelpDesk
from .models import User, db
from .policy import CommonsPolicy

login_manager = LoginManager()
login_manager.login_view = "auth.login"
login_manager.login_message = "Please sign in to see this page."

#: Declares the ticket tables next to our own, at once.
tickets = SupportTickets(
    db=db,
    user_model=User,
    policy=CommonsPolicy,
    model_mixins={"Ticket": AppColumns},
    ticket_fields=[APP_VERSION],
    ticket_view=HelpDesk,
)

__all__ = ["db", "login_manager", "tickets"]
