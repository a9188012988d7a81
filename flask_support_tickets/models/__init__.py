"""The models: public mixins, and a factory that declares them on the host's ``db.Model``."""

from .attachment import TicketAttachmentMixin
from .comment import TicketCommentMixin
from .counter import TicketCounterMixin
from .event import TicketEventMixin
from .factory import Models, declare_models
from .idempotency_key import TicketSubmissionMixin
from .read_marker import TicketSeenMixin
from .status import Action, Side, TicketStatus
from .ticket import TicketMixin
from .types import UtcDateTime, utc_now
from .user_key import UserKey

__all__ = [
    "Action",
    "Models",
    "Side",
    "TicketAttachmentMixin",
    "TicketCommentMixin",
    "TicketCounterMixin",
    "TicketEventMixin",
    "TicketMixin",
    "TicketSeenMixin",
    "TicketStatus",
    "TicketSubmissionMixin",
    "UserKey",
    "UtcDateTime",
    "declare_models",
    "utc_now",
]
