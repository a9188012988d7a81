"""The JSON API: ``/api/tickets`` and the URLs that begin with ``/api/ticket-``."""

from . import attachments, comments, docs, saved_replies, tickets
from .blueprint import api

__all__ = ["api", "attachments", "comments", "docs", "saved_replies", "tickets"]
