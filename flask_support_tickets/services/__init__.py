"""The use cases. Every face calls these; so may a host, from a request, a job or a shell.

Reads return what an actor may see. Writes run inside `transaction.unit_of_work`.
"""

from .attachments.attach import add_upload, get_attachment
from .attachments.maintenance import sweep_attachments, verify_attachments
from .attachments.uploads import Upload, with_files
from .comments.add import add_comment
from .comments.read_markers import count_unread, mark_read
from .comments.reply import reply_and_transition
from .comments.threads import list_comments, list_replies, list_threads, page_of_comment
from .comments.timeline import find_new, list_timeline
from .idempotency import create_with_key, forget_old_keys
from .read_models import Shown, show_one
from .search.maintenance import create_search_index, rebuild_search_index
from .staff import list_assignees, recent_assignees
from .statistics import StatisticsFilter, count_by_status, count_own_by_status, read_statistics
from .tickets.counter_maintenance import check_counters, rebuild_counters
from .tickets.listing import TicketFilter, TicketOrder, list_tickets
from .tickets.neighbours import Neighbours, get_neighbours
from .tickets.open import open_ticket
from .tickets.queries import get_ticket, list_events, list_history, read_ticket
from .tickets.transition import transition_and_show, transition_ticket

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
    "create_with_key",
    "mark_read",
    "transition_ticket",
    "get_neighbours",
    "open_ticket",
    "page_of_comment",
    "read_statistics",
    "read_ticket",
    "rebuild_counters",
    "rebuild_search_index",
    "recent_assignees",
    "reply_and_transition",
    "show_one",
    "sweep_attachments",
    "transition_and_show",
    "count_unread",
    "verify_attachments",
    "with_files",
]
