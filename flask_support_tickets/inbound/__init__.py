"""Replies by mail: from the bytes of an email to a comment (rule O6).

The modules that read the content need the ``inbound`` extra, so they are imported when it is used.
"""

from .receive import ReceivedMail as ReceivedMail
from .receive import receive_mail as receive_mail
