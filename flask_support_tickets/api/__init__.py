"""The JSON API: ``/api/tickets``, ``/api/ticket-comments`` and ``/api/ticket-attachments``."""

from . import attachments, comments, docs, tickets
from .blueprint import api

__all__ = ["api", "attachments", "comments", "docs", "tickets"]
