"""Alembic operations of this package for use in revisions."""

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


class BatchOp(ops.ModifyTableOps):
    """Operations that are written with `batch_alter_table` in batch mode."""


@renderers.dispatch_for(BatchOp)
def _render_batch(context: Any, operation: BatchOp) -> list[str]:
    lines: list[str] = renderers.dispatch(ops.ModifyTableOps)(context, operation)
    if context.opts.get("render_as_batch"):
        context.imports.add(f"from {__package__} import batch_alter_table")
        lines[0] = lines[0].replace("op.batch_alter_table(", "batch_alter_table(op, ", 1)
    return lines


def complete_revision(context: Any, script: Any) -> None:
    """Let ``script`` make the search index after ``support_ticket``, and drop it before.

    If it changes tables of ours, it comes after the shipped revisions. If it changes them or those
    that they point to in batch mode, SQLite loses nothing.
    """
    if any(_is_of_ours(each) for each in script.upgrade_ops_list[-1].ops):
        heads = context.environment_context.script.get_heads()
        shipped = [head for head in heads if head.startswith(_SHIPPED)]
        script.depends_on = shipped or script.depends_on
    # A host with several databases is asked once for each; the last entry is the one at hand.
    for operations in (script.upgrade_ops_list[-1].ops, script.downgrade_ops_list[-1].ops):
        _drop_tables_whole(operations)
        _keep_what_batch_mode_loses(operations, context.opts["target_metadata"] or ())
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


def _keep_what_batch_mode_loses(operations: list[Any], metadata: Any) -> None:
    """Write changes of our tables, and of those that they point to, with `batch_alter_table`."""
    ours = [
        table
        for each in (metadata if isinstance(metadata, (list, tuple)) else [metadata])
        for table in each.tables.values()
        if table.name.startswith(TicketMixin.__tablename__)
    ]
    targets = [key.column.table for table in ours for key in table.foreign_keys]
    kept = {(table.schema, table.name) for table in (*ours, *targets)}
    operations[:] = [
        BatchOp(each.table_name, each.ops, schema=each.schema)
        if isinstance(each, ops.ModifyTableOps)
        and (each.schema, each.table_name) in kept
        and not all(isinstance(change, (ops.CreateIndexOp, ops.DropIndexOp)) for change in each.ops)
        else each
        for each in operations
    ]
