"""Storage of attachment files."""

from .store import FileStore, MissingFile, is_partial, open_store, storage_error

__all__ = ["FileStore", "MissingFile", "is_partial", "open_store", "storage_error"]
