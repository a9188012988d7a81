"""The lines in a revision that make and drop the search index; imported when Alembic runs."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import ops

from ..models.ticket import TicketMixin

#: How the ids of our revisions start.
_SHIPPED = "support_tickets_"


class SearchIndexOp(ops.MigrateOperation):
    """A call of a function of `search_index`, by name."""

    def __init__(self, function: str, schema: str | None) -> None:
        self.function = function
        self.schema = schema


@renderers.dispatch_for(SearchIndexOp)
def _render(context: Any, operation: SearchIndexOp) -> str:
    context.imports.add(f"from {__package__} import {operation.function}")
    prefix = context.opts["alembic_module_prefix"].removesuffix(".")
    schema = "" if operation.schema is None else f", schema={operation.schema!r}"
    return f"{operation.function}({prefix}{schema})"


def complete_revision(context: Any, script: Any) -> None:
    """Let ``script`` make the search index after ``support_ticket``, and drop it before.

    If it changes tables of ours, it comes after the shipped revisions.
    """
    if any(_is_of_ours(each) for each in script.upgrade_ops_list[-1].ops):
        heads = context.environment_context.script.get_heads()
        shipped = [head for head in heads if head.startswith(_SHIPPED)]
        script.depends_on = shipped or script.depends_on
    # A host with several databases is asked once for each; the last entry is the one at hand.
    for operations in (script.upgrade_ops_list[-1].ops, script.downgrade_ops_list[-1].ops):
        _drop_tables_whole(operations)
        for operation in list(operations):
            if getattr(operation, "table_name", None) != TicketMixin.__tablename__:
                continue
            if isinstance(operation, ops.CreateTableOp):
                operations.append(SearchIndexOp("create_search_index", operation.schema))
            elif isinstance(operation, ops.DropTableOp):
                operations.insert(0, SearchIndexOp("drop_search_index", operation.schema))


def _is_of_ours(operation: Any) -> bool:
    return str(getattr(operation, "table_name", "")).startswith(TicketMixin.__tablename__)


def _drop_tables_whole(operations: list[Any]) -> None:
    """Leave out to drop the indexes first: MariaDB refuses that where a foreign key needs one."""
    dropped = {
        each.table_name
        for each in operations
        if isinstance(each, ops.DropTableOp)
        and each.table_name.startswith(TicketMixin.__tablename__)
    }
    operations[:] = [
        each
        for each in operations
        if not (isinstance(each, ops.ModifyTableOps) and each.table_name in dropped)
    ]
