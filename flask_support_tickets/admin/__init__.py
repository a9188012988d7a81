"""The staff pages in Flask-Admin, imported only if the app has an Admin."""

from .registration import attach

__all__ = ["attach"]
