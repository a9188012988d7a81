"""The user pages at ``/settings/ticket``, and the blueprint that carries templates and static."""

from . import detail, new
from . import list as listed
from .blueprint import assets, pages

__all__ = ["assets", "detail", "listed", "new", "pages"]
