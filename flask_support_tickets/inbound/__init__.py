"""Replies by mail: from the bytes of an email to a comment (rule O6).

The modules that read the content require the ``inbound`` extra, so they are imported only when an
email is read.
"""

from .receive import ReceivedMail as ReceivedMail
from .receive import receive_mail as receive_mail
