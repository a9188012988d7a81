"""Options for Alembic's autogenerate feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.search_tables import NAME as SEARCH_INDEX
from ..models.types import UtcDateTime

#: The rendered form of `UtcDateTime`, which keeps revisions independent of this package.
_UTC_DATE_TIME = (
    "{sa}DateTime()"
    ".with_variant({sa}DateTime(timezone=True), 'postgresql')"
    ".with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')"
)


def autogenerate_options(
    *, include_name: Any = None, render_item: Any = None, process_revision_directives: Any = None
) -> dict[str, Any]:
    """Return options for ``context.configure(...)`` that wrap the given functions.

    They exclude the search index from comparisons and render our types as SQLAlchemy types. If a
    revision creates or drops ``support_ticket``, they add the same operation for the search index.
    """

    def include(name: str | None, kind: str, parents: Mapping[str, Any]) -> bool:
        is_index = kind == "table" and name is not None and name.startswith(SEARCH_INDEX)
        return not is_index and (include_name is None or include_name(name, kind, parents))

    def render(kind: str, item: Any, context: Any) -> object:
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

    return {"include_name": include, "render_item": render, "process_revision_directives": process}
