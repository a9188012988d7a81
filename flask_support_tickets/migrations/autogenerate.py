"""Options for Alembic's autogenerate feature."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from ..models.search_tables import NAME as SEARCH_INDEX
from ..models.ticket import TicketMixin
from ..models.types import UtcDateTime

#: The rendered form of `UtcDateTime`, which keeps revisions independent of this package.
_UTC_DATE_TIME = (
    "{sa}DateTime()"
    ".with_variant({sa}DateTime(timezone=True), 'postgresql')"
    ".with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')"
)
#: The migration contexts whose revisions have been completed.
_completed: WeakSet[Any] = WeakSet()


def autogenerate_options(
    *, include_name: Any = None, render_item: Any = None, process_revision_directives: Any = None
) -> dict[str, Any]:
    """Return options for ``context.configure(...)`` that wrap the given functions.

    They exclude the search index from comparisons and render our types as SQLAlchemy types. If a
    revision creates or drops ``support_ticket``, they add the same operation for the search index.
    If ``env.py`` omits ``process_revision_directives``, they warn about such a revision.
    """

    def include(name: str | None, kind: str, parents: Mapping[str, Any]) -> bool:
        is_index = kind == "table" and name is not None and name.startswith(SEARCH_INDEX)
        return not is_index and (include_name is None or include_name(name, kind, parents))

    def render(kind: str, item: Any, context: Any) -> object:
        is_ticket = kind == "column" and item.table.name == TicketMixin.__tablename__
        if is_ticket and item.primary_key and context.migration_context not in _completed:
            _warn_about_env()
        rendered = False if render_item is None else render_item(kind, item, context)
        if rendered is False and kind == "type" and isinstance(item, UtcDateTime):
            context.imports.add("from sqlalchemy.dialects import mysql")
            return _UTC_DATE_TIME.format(sa=context.opts["sqlalchemy_module_prefix"])
        return rendered

    def process(context: Any, revision: Any, scripts: list[Any]) -> None:
        from .operations import complete_revision

        if process_revision_directives is not None:
            process_revision_directives(context, revision, scripts)
        for script in scripts:
            complete_revision(context, script)
        _completed.add(context)

    return {"include_name": include, "render_item": render, "process_revision_directives": process}


def _warn_about_env() -> None:
    warnings.warn(
        "This revision leaves out the search index of Support Tickets, because your migrations' "
        "env.py passes its own process_revision_directives. Replace env.py with a current one "
        '("flask db init -d elsewhere" creates one) and run "flask db migrate" again, or call '
        "create_search_index(op) after all tables in upgrade, and drop_search_index(op) before all "
        "tables in downgrade. Both are in flask_support_tickets.migrations.",
        UserWarning,
        stacklevel=2,
    )
