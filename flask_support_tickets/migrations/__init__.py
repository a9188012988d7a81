"""Alembic migrations: the shipped revisions, and support for the host's own revisions."""

from .autogenerate import autogenerate_options
from .batch import batch_alter_table
from .search_index import create_search_index, drop_search_index

__all__ = ["autogenerate_options", "batch_alter_table", "create_search_index", "drop_search_index"]
