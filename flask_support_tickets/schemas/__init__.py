"""The shape of what comes in and goes out; used by the API and, for lists, by the HTML pages."""

from .answers import (
    CommentSchema,
    TicketSchema,
    UploadSchema,
    dump_comment,
    dump_ticket,
    dump_upload,
)
from .bodies import NewCommentBody, NewTicketBody, StatusBody
from .links import as_own_path, link_to
from .queries import PAGE_MAX, AttachmentQuery, NoQuery, PageQuery, TicketListQuery, ticket_filter

__all__ = [
    "PAGE_MAX",
    "AttachmentQuery",
    "CommentSchema",
    "NewCommentBody",
    "NewTicketBody",
    "NoQuery",
    "PageQuery",
    "StatusBody",
    "TicketListQuery",
    "TicketSchema",
    "UploadSchema",
    "as_own_path",
    "dump_comment",
    "dump_ticket",
    "dump_upload",
    "link_to",
    "ticket_filter",
]
