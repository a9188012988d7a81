"""The search index's table, which is created and dropped with the ticket table.

It is not part of the host's metadata, because it differs between databases.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.schema import DDL

NAME = "support_ticket_words"
#: The tokens come from our tokenizer. FTS5 stores neither the text nor the positions.
_FTS5 = "fts5(words, content='', columnsize=0, detail=none, tokenize=\"ascii tokenchars '_'\")"
_HAS_FTS5 = text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
#: On SQLite, the table of deleted tickets, whose tokens stay in the index.
_DELETED = f"{NAME}_gone"
#: On SQLite, the index that replaces the old one when it is complete.
_REBUILT = f"{NAME}_new"


@dataclass(frozen=True)
class SearchTables:
    """The search index's tables for all dialects."""

    ticket: Table
    #: On SQLite, the ids of tickets deleted since the index was built.
    deleted: Table
    #: On SQLite, the table that a rebuild fills.
    rebuilt: Table
    by_dialect: dict[str, Table]

    def create(self, connection: Connection) -> None:
        """Create the table if it is missing and the database supports it."""
        table = self.by_dialect.get(connection.dialect.name)
        if table is None:
            return
        is_real = isinstance(connection, Connection)  # not Alembic's offline mode
        if connection.dialect.name != "sqlite":
            table.create(connection, checkfirst=is_real)
        elif not is_real or (
            connection.scalar(_HAS_FTS5)
            and not inspect(connection).has_table(table.name, schema=table.schema)
        ):
            self._create_on_sqlite(connection, table)

    def drop(self, connection: Connection) -> None:
        """Drop the table if it exists."""
        table = self.by_dialect.get(connection.dialect.name)
        if table is None:
            return
        connection.execute(_on(table, "DROP TABLE IF EXISTS %(fullname)s"))
        if connection.dialect.name == "sqlite":
            connection.execute(_on(self.rebuilt, "DROP TABLE IF EXISTS %(fullname)s"))
            connection.execute(_on(self.deleted, "DROP TRIGGER IF EXISTS %(fullname)s_insert"))
            connection.execute(_on(self.deleted, "DROP TABLE IF EXISTS %(fullname)s"))

    def start_rebuild(self, connection: Connection) -> None:
        """Create an empty table for a new index on SQLite."""
        connection.execute(_on(self.rebuilt, "DROP TABLE IF EXISTS %(fullname)s"))
        self._create_on_sqlite(connection, self.rebuilt)

    def finish_rebuild(self, connection: Connection) -> None:
        """Replace the old index with the new one on SQLite."""
        connection.execute(_on(self.by_dialect["sqlite"], "DROP TABLE %(fullname)s"))
        connection.execute(_on(self.rebuilt, f"ALTER TABLE %(fullname)s RENAME TO {NAME}"))

    def is_rebuilding(self, connection: Connection) -> bool:
        """Return whether SQLite has a table for a new index. A crash may have left it behind."""
        return self._exists(connection, "table", _REBUILT)

    def _create_on_sqlite(self, connection: Connection, table: Table) -> None:
        """Create an FTS5 table, and the table and the trigger that record deleted tickets."""
        connection.execute(_on(table, f"CREATE VIRTUAL TABLE %(fullname)s USING {_FTS5}"))
        create = "CREATE TABLE IF NOT EXISTS %(fullname)s (id INTEGER PRIMARY KEY)"
        connection.execute(_on(self.deleted, create))
        trigger = (
            f"CREATE TRIGGER IF NOT EXISTS %(fullname)s_insert AFTER DELETE ON {self.ticket.name} "
            "BEGIN INSERT OR IGNORE INTO %(table)s VALUES (old.id); END"
        )
        connection.execute(_on(self.deleted, trigger))

    def has_trigger(self, connection: Connection) -> bool:
        """Return whether the trigger exists. It is lost if the ticket table is replaced."""
        return self._exists(connection, "trigger", f"{_DELETED}_insert")

    def _exists(self, connection: Connection, kind: str, name: str) -> bool:
        prefix = connection.dialect.identifier_preparer.format_table(self.deleted)
        masters = f"{prefix.removesuffix(_DELETED)}sqlite_master"
        query = text(f"SELECT count(*) FROM {masters} WHERE type = :kind AND name = :name")
        return bool(connection.scalar(query, {"kind": kind, "name": name}))


def _on(table: Table, statement: str) -> DDL:
    return DDL(statement).against(table)  # type: ignore[no-untyped-call]


def declare_search_tables(ticket: Table) -> SearchTables:
    """Declare the tables that index ``ticket``, to be created and dropped with it."""
    mariadb, ids = _on_mariadb(ticket), Column("id", Integer, primary_key=True)
    deleted = Table(_DELETED, MetaData(), ids, schema=ticket.schema)
    by_dialect = {"sqlite": _on_sqlite(ticket), "postgresql": _on_postgresql(ticket)}
    by_dialect |= {"mysql": mariadb, "mariadb": mariadb}
    tables = SearchTables(ticket, deleted, _on_sqlite(ticket, _REBUILT), by_dialect)
    event.listen(ticket, "after_create", lambda _, connection, **__: tables.create(connection))
    event.listen(ticket, "before_drop", lambda _, connection, **__: tables.drop(connection))
    return tables


def _on_sqlite(ticket: Table, name: str = NAME) -> Table:
    """Declare the table. Each comment inserts another row with its ticket's id as the rowid."""
    columns = Column("rowid", Integer, primary_key=True), Column("words", Text), Column(name, Text)
    return Table(name, MetaData(), *columns, schema=ticket.schema)


def _on_postgresql(ticket: Table) -> Table:
    """Declare the table. Part 0 has a ticket's tokens, or parts 1 and up if there are too many."""
    key = ForeignKey(ticket.c.id, ondelete="CASCADE", name=f"fk_{NAME}_ticket_id")
    with_ = {"fastupdate": True, "gin_pending_list_limit": 256}
    words = Column("words", TSVECTOR, nullable=False)
    return Table(
        NAME,
        MetaData(),
        Column("ticket_id", BigInteger, key, autoincrement=False),
        Column("part", Integer),
        words,
        PrimaryKeyConstraint("ticket_id", "part", name=f"pk_{NAME}"),
        Index(f"ix_{NAME}", words, postgresql_using="gin", postgresql_with=with_,
              postgresql_where=text("part = 0")),
        Index(f"ix_{NAME}_part", words, postgresql_using="gin", postgresql_with=with_,
              postgresql_where=text("part > 0")),
        schema=ticket.schema,
    )  # fmt: skip


def _on_mariadb(ticket: Table) -> Table:
    """Declare the table. In ``words``, each token has a space before and after it."""
    key = ForeignKey(ticket.c.id, ondelete="CASCADE", name=f"fk_{NAME}_ticket_id")
    return Table(
        NAME,
        MetaData(),
        Column("id", BigInteger, autoincrement=True),
        Column("ticket_id", BigInteger, key, nullable=False),
        Column("words", MEDIUMTEXT(charset="ascii", collation="ascii_bin"), nullable=False),
        PrimaryKeyConstraint("id", name=f"pk_{NAME}"),
        Index(f"ix_{NAME}_ticket_id", "ticket_id"),
        Index(f"ix_{NAME}", "words", mysql_prefix="FULLTEXT", mariadb_prefix="FULLTEXT"),
        schema=ticket.schema,
        mysql_engine="InnoDB",
        mariadb_engine="InnoDB",
    )
