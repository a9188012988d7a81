"""Alembic revisions: shipped ones in ``versions``, and support for revisions of the host."""

from .autogenerate import autogenerate_options
from .batch import batch_alter_table
from .search_index import create_search_index, drop_search_index

__all__ = ["autogenerate_options", "batch_alter_table", "create_search_index", "drop_search_index"]
