"""The shape of what comes in and goes out; used by the API and, for lists, by the HTML pages."""

from .answers import (
    OPTIONAL_KEYS,
    CommentPageSchema,
    CommentSchema,
    EventPageSchema,
    EventSchema,
    ReplyPageSchema,
    TicketPageSchema,
    TicketSchema,
    UploadSchema,
    dump_comment,
    dump_event,
    dump_ticket,
    dump_upload,
    ticket_dumper,
)
from .bodies import NewCommentBody, NewTicketBody, StatusBody
from .fields import NOBODY, encode_cursor
from .links import as_own_path, link_to
from .queries import (
    PAGE_MAX,
    AttachmentQuery,
    NoQuery,
    PageQuery,
    StatisticsQuery,
    TicketListQuery,
    statistics_filter,
    ticket_filter,
)

__all__ = [
    "NOBODY",
    "OPTIONAL_KEYS",
    "PAGE_MAX",
    "AttachmentQuery",
    "CommentPageSchema",
    "CommentSchema",
    "EventPageSchema",
    "EventSchema",
    "NewCommentBody",
    "NewTicketBody",
    "NoQuery",
    "PageQuery",
    "ReplyPageSchema",
    "StatisticsQuery",
    "StatusBody",
    "TicketListQuery",
    "TicketPageSchema",
    "TicketSchema",
    "UploadSchema",
    "as_own_path",
    "dump_comment",
    "dump_event",
    "dump_ticket",
    "dump_upload",
    "encode_cursor",
    "link_to",
    "statistics_filter",
    "ticket_dumper",
    "ticket_filter",
]
