"""Services: the operations that pages, API and hosts call.

Reads return only what the actor may see. Writes run inside `transaction.unit_of_work`.
"""

from .attachments.attach import add_upload, get_attachment
from .attachments.maintenance import sweep_attachments, verify_attachments
from .attachments.uploads import Upload, with_files
from .comments.add import add_comment, reply_and_transition
from .comments.read_markers import count_unread, mark_read
from .comments.threads import (
    get_comment,
    list_comments,
    list_replies,
    list_threads,
    page_of_comment,
)
from .comments.timeline import find_unread, list_timeline
from .idempotency import create_with_key, forget_old_keys
from .read_models import AttachmentInfo, CommentInfo, EventInfo, TicketInfo
from .search.availability import create_search_index, rebuild_search_index
from .staff import list_assignees, recent_assignees
from .statistics.report import StatisticsFilter, read_statistics
from .tickets.counters import (
    check_counters,
    count_by_status,
    count_own_by_status,
    rebuild_counters,
)
from .tickets.listing import TicketFilter, TicketOrder, list_tickets
from .tickets.neighbours import Neighbours, get_neighbours
from .tickets.open import open_ticket
from .tickets.queries import get_ticket, list_events, list_history
from .tickets.transition import transition_ticket

__all__ = [
    "AttachmentInfo",
    "CommentInfo",
    "EventInfo",
    "Neighbours",
    "StatisticsFilter",
    "TicketFilter",
    "TicketInfo",
    "TicketOrder",
    "Upload",
    "add_comment",
    "add_upload",
    "check_counters",
    "count_by_status",
    "count_own_by_status",
    "count_unread",
    "create_search_index",
    "create_with_key",
    "find_unread",
    "forget_old_keys",
    "get_attachment",
    "get_comment",
    "get_neighbours",
    "get_ticket",
    "list_assignees",
    "list_comments",
    "list_events",
    "list_history",
    "list_replies",
    "list_threads",
    "list_tickets",
    "list_timeline",
    "mark_read",
    "open_ticket",
    "page_of_comment",
    "read_statistics",
    "rebuild_counters",
    "rebuild_search_index",
    "recent_assignees",
    "reply_and_transition",
    "sweep_attachments",
    "transition_ticket",
    "verify_attachments",
    "with_files",
]
