"""Support tickets for Flask: requester pages, a Flask-Admin view and a JSON API.

`SupportTickets` is the extension object. The use cases are in
`flask_support_tickets.services`; run those that write data with `unit_of_work`.
"""

from .actor import Actor, actor_for
from .channel import Rejected
from .current import current_tickets
from .errors import (
    CommentsNotAllowed,
    ConfigurationError,
    DomainError,
    IdempotencyConflict,
    Invalid,
    InvalidTransition,
    NotAllowed,
    NotFound,
    PreconditionFailed,
    StorageFull,
    SupportTicketsError,
    TooManyRequests,
    Unavailable,
    Unstorable,
)
from .extension import SupportTickets
from .inbound import ReceivedMail, receive_mail
from .models import (
    Action,
    TicketAttachmentMixin,
    TicketCommentMixin,
    TicketEventMixin,
    TicketMixin,
    TicketPriority,
    TicketStatus,
)
from .policy import Policy
from .signals import comment_added, ticket_created, ticket_status_changed
from .sqlite import prepare_sqlite
from .ticket_field import TicketField
from .transaction import unit_of_work

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Actor",
    "CommentsNotAllowed",
    "ConfigurationError",
    "DomainError",
    "IdempotencyConflict",
    "Invalid",
    "InvalidTransition",
    "NotAllowed",
    "NotFound",
    "Policy",
    "PreconditionFailed",
    "ReceivedMail",
    "Rejected",
    "StorageFull",
    "SupportTickets",
    "SupportTicketsError",
    "TicketAttachmentMixin",
    "TicketCommentMixin",
    "TicketEventMixin",
    "TicketField",
    "TicketMixin",
    "TicketPriority",
    "TicketStatus",
    "TooManyRequests",
    "Unavailable",
    "Unstorable",
    "actor_for",
    "comment_added",
    "current_tickets",
    "prepare_sqlite",
    "receive_mail",
    "ticket_created",
    "ticket_status_changed",
    "unit_of_work",
]
