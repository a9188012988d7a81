"""The JSON API: ``/api/tickets``, ``/api/ticket-comments``, ``/api/ticket-attachments``."""

from . import attachments, comments, tickets
from .blueprint import api

__all__ = ["api", "attachments", "comments", "tickets"]
