"""The shape of what comes in and goes out; used by the API and, for lists, by the HTML pages."""

from .answers import CommentSchema, TicketSchema, dump_comment, dump_ticket
from .bodies import NewCommentBody, NewTicketBody, StatusBody
from .queries import PAGE_MAX, NoQuery, PageQuery, TicketListQuery, ticket_filter

__all__ = [
    "PAGE_MAX",
    "CommentSchema",
    "NewCommentBody",
    "NewTicketBody",
    "NoQuery",
    "PageQuery",
    "StatusBody",
    "TicketListQuery",
    "TicketSchema",
    "dump_comment",
    "dump_ticket",
    "ticket_filter",
]
