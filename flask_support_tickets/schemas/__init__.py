"""marshmallow schemas for requests, responses and query strings."""

from .attachment_urls import attachment_url, to_upload_path
from .fields import NOBODY, encode_cursor
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
from .requests import NewCommentBody, NewTicketBody, StatusBody
from .responses import (
    OPTIONAL_KEYS,
    CommentPageSchema,
    CommentSchema,
    EventPageSchema,
    EventSchema,
    ReplyPageSchema,
    TicketPageSchema,
    TicketSchema,
    UploadSchema,
    serialize_comment,
    serialize_event,
    serialize_ticket,
    serialize_upload,
    ticket_serializer,
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
    "attachment_url",
    "encode_cursor",
    "serialize_comment",
    "serialize_event",
    "serialize_ticket",
    "serialize_upload",
    "statistics_filter",
    "ticket_filter",
    "ticket_serializer",
    "to_upload_path",
]
