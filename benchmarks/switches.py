"""Parts of the product that can be switched off, to see what they cost."""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import create_engine, text

from .host import db, tickets

#: The function behind each part; every module of the package that imported it gets a hollow one.
PARTS = {"counters": "count_change"}
_PACKAGE = "flask_support_tickets."


def switch_off(part: str) -> bool:
    """Make a part do nothing in this process; False when this version does not have it."""
    name, found = PARTS[part], False
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(_PACKAGE) and hasattr(module, name):
            setattr(module, name, _nothing)
            found = True
    return found


def has_part(part: str) -> bool:
    """Whether this version has a part."""
    name = PARTS[part]
    return any(
        hasattr(module, name)
        for module_name, module in list(sys.modules.items())
        if module_name.startswith(_PACKAGE)
    )


def search_tables() -> Any:
    """Return the tables of the search index; None when this version has none."""
    from flask_support_tickets.models import declare_models

    from .host import User

    return getattr(declare_models(db, User), "words", None)


def drop_search_index(uri: str) -> None:
    """Take the search index out of a database: searches read the texts then."""
    engine = create_engine(uri)
    with engine.begin() as connection:
        search_tables().drop(connection)
    engine.dispose()


def search_index_share(uri: str) -> tuple[float, float, float]:
    """Return the sizes, in MB: of the search index, of the words stored for it, of all texts.

    Words are stored on PostgreSQL alone: GIN is an index of a column. Must be the last thing that
    is done to an SQLite database: the index is gone then.
    """
    names = [tickets.Ticket.__tablename__, tickets.TicketComment.__tablename__]
    words_name = f"{tickets.Ticket.__tablename__}_words"
    engine = create_engine(uri)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            sizes = _sqlite_sizes(connection, uri, names)
        else:
            index = connection.scalar(text("SELECT pg_indexes_size(:name)"), {"name": words_name})
            words, *tables = (
                connection.scalar(text("SELECT pg_table_size(:name)"), {"name": name})
                for name in (words_name, *names)
            )
            sizes = index, words, sum(tables)
    engine.dispose()
    index, words, table = sizes
    return index / 1e6, words / 1e6, table / 1e6


def _sqlite_sizes(connection: Any, uri: str, names: list[str]) -> tuple[int, int, int]:
    """Weigh by the pages that a removal frees: SQLite's own scales are not in every build."""
    page = connection.scalar(text("PRAGMA page_size"))
    used = connection.scalar(text("PRAGMA page_count")) - _free_pages(connection)
    table = sum(_rows_size(connection, name) for name in names)
    before = _free_pages(connection)
    connection.commit()
    drop_search_index(uri)
    index = (_free_pages(connection) - before) * page
    return index, 0, min(table, used * page)


def _free_pages(connection: Any) -> int:
    return int(connection.scalar(text("PRAGMA freelist_count")))


def _rows_size(connection: Any, name: str) -> int:
    try:
        size = connection.scalar(text(f"SELECT sum(pgsize) FROM dbstat WHERE name = '{name}'"))
    except Exception:  # a build without dbstat
        columns = [row[1] for row in connection.execute(text(f"PRAGMA table_info({name})"))]
        lengths = " + ".join(f"coalesce(length(CAST({column} AS BLOB)), 0)" for column in columns)
        size = connection.scalar(text(f"SELECT sum({lengths}) FROM {name}"))
    return int(size)


def _nothing(*_arguments: Any, **_named: Any) -> None:
    """Stand for what is switched off."""
