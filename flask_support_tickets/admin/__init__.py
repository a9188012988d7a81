"""The staff's pages in Flask-Admin. Imported only when there is an Admin."""

from .registration import attach

__all__ = ["attach"]
