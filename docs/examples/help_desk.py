"""A help desk for a shop: staff see, filter and escalate tickets about orders."""

from marshmallow import fields
from models import User, db
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import SupportTickets, TicketField
from flask_support_tickets.admin import TicketView, row_action


class OrderColumns:
    order_id: Mapped[int | None] = mapped_column(index=True)
    is_escalated: Mapped[bool | None]


class HelpDesk(TicketView):
    column_list = ("id", "subject", "status", "order_id", "is_escalated", "user", "created_at")
    column_labels = {"is_escalated": "Escalated"}
    column_filters = (*TicketView.column_filters, "order_id", "is_escalated")

    @row_action("escalate", "Escalate", confirmation="Escalate this ticket?")
    def escalate(self, ticket):
        ticket.is_escalated = True
        return f"Ticket #{ticket.id} is now escalated."

    def is_row_action_allowed(self, name, ticket):
        return name != "escalate" or not ticket.is_escalated


order = TicketField("order_id", fields.Integer(strict=True, allow_none=True), label="Order")
tickets = SupportTickets(
    db=db,
    user_model=User,
    model_mixins={"Ticket": OrderColumns},
    ticket_fields=[order],
    ticket_view=HelpDesk,
)
