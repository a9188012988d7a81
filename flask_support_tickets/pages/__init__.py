"""The requester pages at ``/settings/ticket``, with their templates and static files."""

from . import detail, edit, image, new, notifications
from . import list as listed
from .blueprint import assets, pages
from .unsubscribe import links

__all__ = [
    "assets", "detail", "edit", "image", "links", "listed", "new", "notifications", "pages",
]  # fmt: skip
