"""The tasks of every contestant, by their names in the results."""

from __future__ import annotations

from enum import StrEnum

PAGE_SIZE = 20
#: The status that lists are filtered by; one ticket in ten has it.
STATUS = "Resolved"
#: Totals of a search are exact up to this number.
COUNT_MAX = 1_000
NEW_COMMENT = "Please try it again."


class Task(StrEnum):
    """Lists and the ticket are JSON; the queue and the ticket's page are HTML."""

    LIST = "list, page 1"
    LIST_LAST = "list, last page"
    LIST_STATUS = "list, one status"
    LIST_SEARCH = "list, search"
    TICKET = "ticket"
    THREAD = "page with 267 comments"
    QUEUE = "queue, page 1"
    QUEUE_LAST = "queue, last page"
    QUEUE_STATUS = "queue, one status"
    QUEUE_SEARCH = "queue, search"
    #: A custom view: two more columns, one of them through a relationship, and a row action.
    DESK = "host's desk, page 1"
    DESK_FILTER = "queue, a filter of the host"
    COMMENT = "write a comment"
