"""Deliver notifications: messages, channels and workers.

Nothing here runs during a request, except waking the thread or enqueuing a notification.
"""

from .delivery import deliver_due as deliver_due
from .delivery import deliver_notification as deliver_notification
from .message import Message as Message
