"""Rows as people see them: with the names of who is behind them, and what is attached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from ..models import Models
from ..models.attachment import path_of
from ..policy import Actor, name_of
from .people import names_of
from .statements import is_one_of, one_of, prepared, rows_of
from .ticket_statements import LINK_COLUMNS

#: Which column names whom.
PEOPLE: Mapping[str, str] = {"user_id": "user_name", "assigned_to_user_id": "assigned_to_name"}


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
    known = {
        getattr(shown, column): getattr(shown, name)
        for shown in beside
        for column, name in PEOPLE.items()
        if getattr(shown, column, None) is not None
    }
    return show(rows, table, names_of(people_of(rows, table), actor, known))


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
        _name(each, names)


def fold_links(rows: Iterable[Row[Any]], columns: tuple[str, ...]) -> list[Shown]:
    """Return tickets, without names yet, from what a statement of `with_links` found."""
    width, found = len(columns), list[Shown]()
    for row in rows:
        if not found or found[-1].id != row.id:
            found.append(Shown({**dict(zip(columns, row, strict=False)), "attachments": []}))
        link = row[width:]
        if any(link):
            found[-1].attachments.append(Attached(dict(zip(LINK_COLUMNS, link, strict=True))))
    return found


def people_of(rows: Iterable[Any], table: Any) -> set[Any]:
    """Return the keys of the users whom ``rows`` name."""
    columns = [column for column in PEOPLE if column in table.c]
    return {getattr(row, column) for row in rows for column in columns}


def _by_name(row: Any, table: Any) -> dict[str, Any]:
    if isinstance(row, Row):
        return dict(zip(table.c.keys(), row, strict=True))
    attribute_of = type(row).__mapper__.get_property_by_column  # a host's may have another name
    return {column.key: getattr(row, attribute_of(column).key) for column in table.c}


def _name(shown: Shown, names: Mapping[Any, str]) -> None:
    fields = shown.__dict__
    for column, name in PEOPLE.items():
        if column not in fields:
            continue
        key = fields[column]
        if key in names:
            fields[name] = names[key]
        else:
            fields[column] = None
            fields[name] = name_of(None) if column == "user_id" else None


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
