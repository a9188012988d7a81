"""Add an app version to tickets, and let staff escalate them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from flask_support_tickets import TicketField
from flask_support_tickets.admin import TicketView, row_action

VERSIONS = ("5.1", "5.0", "4.9", "Older")


class AppColumns:
    """Columns to add to the ticket table."""

    app_version: Mapped[str | None] = mapped_column(String(10), index=True)
    is_escalated: Mapped[bool | None] = mapped_column(index=True)


APP_VERSION = TicketField(
    "app_version",
    fields.String(allow_none=True, validate=validate.OneOf(VERSIONS)),
    label="App version",
    description="If it's about the app. You can find it under Settings, About.",
    in_queue=True,
)


class HelpDesk(TicketView):
    """The staff view, with an action and a filter for escalated tickets."""

    column_filters = (*TicketView.column_filters, "is_escalated")
    column_labels = {"is_escalated": "Escalated"}
    column_details_list = (
        "status", "assigned_to", "department", "priority", "tags", "app_version", "is_escalated",
        "created_at", "awaiting_since",
    )  # fmt: skip
    can_set_page_size = True

    @row_action("escalate", "Escalate", confirmation="Escalate this ticket?")
    def escalate(self, ticket: Any) -> str:
        """Mark the ticket as escalated."""
        ticket.is_escalated = True
        return f"Ticket #{ticket.id} is now escalated."

    def is_row_action_allowed(self, name: str, ticket: Any) -> bool:
        """Allow escalating a ticket once, and only before it is resolved."""
        return name != "escalate" or (ticket.status < 2 and not ticket.is_escalated)
