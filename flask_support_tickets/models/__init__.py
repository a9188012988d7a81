"""The models: public mixins, and a factory that declares them on the host's ``db.Model``."""

from .attachment import TicketAttachmentMixin as TicketAttachmentMixin
from .comment import TicketCommentMixin as TicketCommentMixin
from .event import TicketEventMixin as TicketEventMixin
from .factory import Models as Models
from .factory import declare_models as declare_models
from .priority import TicketPriority as TicketPriority
from .status import OPEN_STATUSES as OPEN_STATUSES
from .status import Action as Action
from .status import TicketStatus as TicketStatus
from .ticket import TicketMixin as TicketMixin
from .types import UtcDateTime as UtcDateTime
from .types import utc_now as utc_now
from .user_key import UserKey as UserKey
