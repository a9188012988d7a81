"""The JSON API: ``/api/tickets`` and ``/api/ticket-comments``."""

from . import comments, tickets
from .blueprint import api

__all__ = ["api", "comments", "tickets"]
