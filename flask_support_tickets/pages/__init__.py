"""The user pages at ``/settings/ticket``, and the blueprint that carries templates and static."""

from . import detail, listed, new
from .blueprint import assets, pages

__all__ = ["assets", "detail", "listed", "new", "pages"]
