"""The pages of staff in Flask-Admin. Imported only when the app has an Admin."""

from .registration import attach

__all__ = ["attach"]
