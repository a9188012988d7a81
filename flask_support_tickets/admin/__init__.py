"""The staff's pages in Flask-Admin. Imported only when there is an Admin."""

from .attach import attach

__all__ = ["attach"]
