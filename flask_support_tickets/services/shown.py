"""Rows as people see them: with the names of who is behind them, and what is attached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from ..models import Models
from ..policy import Actor, name_of
from .people import names_of
from .statements import prepared, run

#: Which column names whom.
PEOPLE: Mapping[str, str] = {"user_id": "user_name", "assigned_to_user_id": "assigned_to_name"}


class Shown:
    """A row as it is shown: each of its columns, and

    * ``user_name``, "Deleted user" for one who is gone, and ``assigned_to_name`` where there is
      such a column, or None; somebody who is gone has no id;
    * ``attachments``, in their order, of a ticket or a comment.
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.__dict__.update(columns)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def show_one(entity: Any, actor: Actor) -> Shown:
    """Return a ticket or a comment as it is shown."""
    table = entity.__table__
    return show([entity], table, names_of(people_of([entity], table), actor))[0]


def show(rows: Iterable[Any], table: Any, names: Mapping[Any, str]) -> list[Shown]:
    """Return ``rows`` of ``table``, which are rows or entities, as they are shown."""
    shown = [Shown(_columns(row, table)) for row in rows]
    for each in shown:
        _name(each, names)
    if "attachment_count" in table.c:
        _attach(shown, "comment_id" if "ticket_id" in table.c else "ticket_id")
    return shown


def people_of(rows: Iterable[Any], table: Any) -> set[Any]:
    """Return the keys of the users whom ``rows`` name."""
    columns = [column for column in PEOPLE if column in table.c]
    return {getattr(row, column) for row in rows for column in columns}


def _columns(row: Any, table: Any) -> Mapping[str, Any]:
    mapping: Mapping[str, Any] | None = getattr(row, "_mapping", None)
    if mapping is not None:
        return mapping
    return {name: getattr(row, name) for name in table.c.keys()}  # noqa: SIM118


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
        for attachment in run(prepared(_attachments, place), {"ids": list(having)}).scalars():
            found.setdefault(getattr(attachment, place), []).append(attachment)
    for each in shown:
        each.__dict__["attachments"] = found.get(each.id, [])


def _attachments(models: Models, place: str) -> Any:
    model = models.TicketAttachment
    query = select(model).where(getattr(model, place).in_(bindparam("ids", expanding=True)))
    if place == "ticket_id":
        query = query.where(model.comment_id.is_(None))
    return query.order_by(model.position)
