"""The requester pages at ``/settings/ticket``, with their templates and static files."""

from . import detail, edit, image, new
from . import list as listed
from .blueprint import assets, pages

__all__ = ["assets", "detail", "edit", "image", "listed", "new", "pages"]
