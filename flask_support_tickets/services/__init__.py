"""The use cases. Every face calls these; so may a host, from a request, a job or a shell.

Reads return what an actor may see. Writes run inside `transaction.unit_of_work`.
"""

from .attachments import add_upload, get_attachment
from .comments import add_comment
from .neighbours import Neighbours, neighbours_of
from .reads import get_ticket, list_events, list_history, read_ticket
from .recount import check_counters, rebuild_counters
from .replies import send_reply
from .search_upkeep import create_search_index, rebuild_search_index
from .seen import mark_seen, unread_of
from .shown import Shown, show_one
from .staff import list_assignees, recent_assignees
from .statistics import (
    StatisticsFilter,
    count_by_status,
    count_own_by_status,
    read_statistics,
)
from .submissions import forget_old_keys, make_once
from .threads import list_comments, list_replies, list_threads, page_of_comment
from .ticket_list import TicketFilter, TicketOrder, list_tickets
from .tickets import open_ticket
from .timeline import find_new, list_timeline
from .upkeep import sweep_attachments, verify_attachments
from .uploads import Upload, with_files
from .workflow import move_ticket, take_step

__all__ = [
    "Neighbours",
    "Shown",
    "StatisticsFilter",
    "TicketFilter",
    "TicketOrder",
    "Upload",
    "add_comment",
    "add_upload",
    "check_counters",
    "count_by_status",
    "count_own_by_status",
    "create_search_index",
    "find_new",
    "forget_old_keys",
    "get_attachment",
    "get_ticket",
    "list_assignees",
    "list_comments",
    "list_events",
    "list_history",
    "list_replies",
    "list_threads",
    "list_tickets",
    "list_timeline",
    "make_once",
    "mark_seen",
    "move_ticket",
    "neighbours_of",
    "open_ticket",
    "page_of_comment",
    "read_statistics",
    "read_ticket",
    "rebuild_counters",
    "rebuild_search_index",
    "recent_assignees",
    "send_reply",
    "show_one",
    "sweep_attachments",
    "take_step",
    "unread_of",
    "verify_attachments",
    "with_files",
]
