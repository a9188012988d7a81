"""The use cases. Every face calls these; so may a host, from a request, a job or a shell.

Reads return what an actor may see. Writes run inside `transaction.unit_of_work`.
"""

from .comments import add_comment
from .reads import (
    get_comment_ticket,
    get_ticket,
    list_comments,
    list_events,
    list_replies,
    list_threads,
    list_tickets,
    page_of_comment,
)
from .staff import list_assignees
from .statistics import count_by_status
from .tickets import open_ticket
from .workflow import move_ticket

__all__ = [
    "add_comment",
    "count_by_status",
    "get_comment_ticket",
    "get_ticket",
    "list_assignees",
    "list_comments",
    "list_events",
    "list_replies",
    "list_threads",
    "list_tickets",
    "move_ticket",
    "open_ticket",
    "page_of_comment",
]
