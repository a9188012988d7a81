"""Services: the use cases and queries behind the pages, the API and the CLI.

Queries return only what the actor can see. Writes run inside `transaction.unit_of_work`.
"""

from .assignees import list_assignees as list_assignees
from .assignees import recent_assignees as recent_assignees
from .attachments.attach import add_upload as add_upload
from .attachments.attach import get_attachment as get_attachment
from .attachments.images import get_image as get_image
from .attachments.maintenance import sweep_attachments as sweep_attachments
from .attachments.maintenance import verify_attachments as verify_attachments
from .attachments.uploads import Upload as Upload
from .attachments.uploads import with_files as with_files
from .comments.add import add_comment as add_comment
from .comments.add import reply_and_transition as reply_and_transition
from .comments.add import transition_with_comment as transition_with_comment
from .comments.read_markers import Unread as Unread
from .comments.read_markers import count_unread as count_unread
from .comments.read_markers import find_unread as find_unread
from .comments.read_markers import mark_read as mark_read
from .comments.threads import get_comment as get_comment
from .comments.threads import list_comments as list_comments
from .comments.threads import list_replies as list_replies
from .comments.threads import list_threads as list_threads
from .comments.threads import page_of_comment as page_of_comment
from .comments.timeline import list_timeline as list_timeline
from .idempotency import create_with_key as create_with_key
from .idempotency import forget_old_keys as forget_old_keys
from .read_models import AttachmentInfo as AttachmentInfo
from .read_models import CommentInfo as CommentInfo
from .read_models import EventInfo as EventInfo
from .read_models import TicketInfo as TicketInfo
from .requesters import find_requesters as find_requesters
from .search.maintenance import create_search_index as create_search_index
from .search.maintenance import rebuild_search_index as rebuild_search_index
from .statistics.report import StatisticsFilter as StatisticsFilter
from .statistics.report import read_statistics as read_statistics
from .tickets.counters import check_counters as check_counters
from .tickets.counters import count_own_by_status as count_own_by_status
from .tickets.counters import rebuild_counters as rebuild_counters
from .tickets.edit import edit_ticket as edit_ticket
from .tickets.host_action import run_host_action as run_host_action
from .tickets.listing import count_by_status as count_by_status
from .tickets.listing import list_tickets as list_tickets
from .tickets.neighbours import Neighbours as Neighbours
from .tickets.neighbours import get_neighbours as get_neighbours
from .tickets.open import open_ticket as open_ticket
from .tickets.queries import get_ticket as get_ticket
from .tickets.queries import list_events as list_events
from .tickets.queries import list_history as list_history
from .tickets.ticket_filter import TicketFilter as TicketFilter
from .tickets.ticket_filter import TicketOrder as TicketOrder
from .tickets.transition import transition_ticket as transition_ticket
