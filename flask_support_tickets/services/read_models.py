"""Rows as people see them: with the names of who is behind them, and what is attached."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from ..models import Models
from ..models.attachment import path_of
from ..policy import Actor, default_name_of, name_of
from .database import is_one_of, one_of, prepared, rows_of
from .tickets.list_statements import LINK_COLUMNS
from .user_names import PEOPLE, get_user_names


class Shown:
    """A row as it is shown: each of its columns, and

    * ``user_name``, "Deleted user" for one who is gone, and ``assigned_to_name`` where there is
      such a column, or None; somebody who is gone has no id;
    * ``attachments``, in their order, of a ticket or a comment; in a list of tickets no more of
      them than where they are.
    """

    def __init__(self, columns: dict[str, Any]) -> None:
        self.__dict__ = columns

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Attached(Shown):
    """A link or a file, as it is shown."""

    @property
    def path(self) -> str:
        """Where the file is served, below the app's own prefix."""
        return path_of(self.storage_key, self.filename)


def show_one(entity: Any, actor: Actor) -> Shown:
    """Return a ticket or a comment as it is shown."""
    return show_to(actor, [entity], entity.__table__)[0]


def show_to(
    actor: Actor, rows: Collection[Any], table: Any, *, beside: Collection[Shown] = ()
) -> list[Shown]:
    """Return whole rows of ``table``, or entities, as they are shown; looks the names up.

    Those that are named ``beside`` them, on the same page, are known.
    """
    return show(rows, table, get_user_names(user_ids_in(rows, table), actor, names_in(beside)))


def show(rows: Iterable[Any], table: Any, names: Mapping[Any, str]) -> list[Shown]:
    """Do `show_to` where the names are known."""
    shown = [Shown(_by_name(row, table)) for row in rows]
    write_names(shown, names)
    if "attachment_count" in table.c:
        _attach(shown, "comment_id" if "ticket_id" in table.c else "ticket_id")
    return shown


def write_names(shown: Iterable[Shown], names: Mapping[Any, str]) -> None:
    """Write into rows what those whom they name are called."""
    for each in shown:
        fields = each.__dict__
        for column, name in PEOPLE.items():
            if column not in fields:
                continue
            if fields[column] in names:
                fields[name] = names[fields[column]]
            else:
                _name_nobody(fields, column)


def fold_tickets(
    rows: Iterable[Row[Any]], columns: tuple[str, ...], named_by: tuple[str, ...]
) -> list[Shown]:
    """Return tickets from what `with_links_and_names` found; with names where it has any."""
    place, links = columns.index("id"), len(columns)
    people = links + len(LINK_COLUMNS)
    take_names = _name_taker(people, named_by)
    last_id, attachments, found = None, list[Attached](), list[Shown]()
    for row in map(tuple, rows):
        if row[place] != last_id:
            last_id, attachments = row[place], []
            fields = dict(zip(columns, row, strict=False))
            fields["attachments"] = attachments
            take_names(fields, row)
            found.append(Shown(fields))
        link = row[links:people]
        if any(link):
            attachments.append(Attached(dict(zip(LINK_COLUMNS, link, strict=True))))
    return found


def _name_taker(
    start: int, named_by: tuple[str, ...]
) -> Callable[[dict[str, Any], tuple[Any, ...]], None]:
    """Return a function that writes into a ticket's fields the names of the people who stand from
    ``start`` on in its row.
    """
    names: dict[Any, str] = {}
    width = 1 + len(named_by)
    places = [
        (column, name, start + number * width)
        for number, (column, name) in enumerate(PEOPLE.items() if named_by else ())
    ]

    def take(fields: dict[str, Any], row: tuple[Any, ...]) -> None:
        for column, name, place in places:
            key = row[place]
            if key is None:
                _name_nobody(fields, column)
                continue
            if key not in names:
                names[key] = default_name_of(key, named_by, row[place + 1 : place + width])
            fields[name] = names[key]

    return take


def names_in(rows: Iterable[Any]) -> dict[Any, str]:
    """Return the names that are written in rows, by their users' keys."""
    return {
        key: getattr(row, name)
        for row in rows
        for column, name in PEOPLE.items()
        if (key := getattr(row, column, None)) is not None
    }


def user_ids_in(rows: Iterable[Any], table: Any) -> set[Any]:
    """Return the keys of the users whom ``rows`` name."""
    columns = [column for column in PEOPLE if column in table.c]
    return {getattr(row, column) for row in rows for column in columns}


def _by_name(row: Any, table: Any) -> dict[str, Any]:
    if isinstance(row, Row):
        return dict(zip(table.c.keys(), row, strict=True))
    attribute_of = type(row).__mapper__.get_property_by_column  # a host's may have another name
    return {column.key: getattr(row, attribute_of(column).key) for column in table.c}


def _name_nobody(fields: dict[str, Any], column: str) -> None:
    """Say that nobody is in ``column``, or nobody any more."""
    fields[column] = None
    fields[PEOPLE[column]] = name_of(None) if column == "user_id" else None


def _attach(shown: Collection[Shown], place: str) -> None:
    having = {each.id for each in shown if each.attachment_count}
    found: dict[int, list[Any]] = {}
    if having:
        size, ids = one_of(having)
        for row in rows_of(prepared(_attachments, place, size), ids):
            found.setdefault(getattr(row, place), []).append(Attached(row._asdict()))
    for each in shown:
        each.__dict__["attachments"] = found.get(each.id, [])


def _attachments(models: Models, place: str, size: int) -> Any:
    table = models.TicketAttachment.__table__
    query = select(table).where(is_one_of(table.c[place], size))
    if place == "ticket_id":
        query = query.where(table.c.comment_id.is_(None))
    return query.order_by(table.c.position)
