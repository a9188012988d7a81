"""Rows of a list that can be read like mapped tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, selectinload, undefer
from sqlalchemy.orm.interfaces import ORMOption

from ...current import current_tickets
from ..read_models import TicketInfo


class TicketRow:
    """A `TicketInfo` that also has the attributes of the mapped ticket, such as relationships.

    The first access to one of those loads the mapped tickets of all rows of the page.
    """

    def __init__(self, info: TicketInfo, page: _Page) -> None:
        self.info = info
        self._page = page
        # Copying the values is faster than looking each of them up in `__getattr__`.
        vars(self).update(vars(info), **info.extra)

    @classmethod
    def all_of(
        cls, infos: Collection[TicketInfo], columns: Collection[str] = ()
    ) -> list[TicketRow]:
        """Return rows that are loaded together, with the relationships that ``columns`` read.

        ``user.username`` reads the relationship ``user``.
        """
        page = _Page([info.id for info in infos], columns)
        return [cls(info, page) for info in infos]

    def value(self, name: str) -> Any:
        """Return the value of a declared field; see `TicketInfo.value`."""
        return self.info.value(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._page.ticket(self.info.id), name)


class _Page:
    """The mapped tickets of a page, loaded on first use."""

    def __init__(self, ids: list[int], columns: Collection[str]) -> None:
        self._ids = ids
        self._columns = columns
        self._tickets: dict[int, Any] = {}

    def ticket(self, ticket_id: int) -> Any:
        if not self._tickets:
            model, session = current_tickets.models.Ticket, current_tickets.session()
            query = select(model).where(model.id.in_(self._ids)).options(undefer("*"))
            query = query.options(*_related(model, self._columns))
            self._tickets = {each.id: each for each in session.scalars(query).unique()}
            if not event.contains(session, "do_orm_execute", _load_for_siblings):
                event.listen(session, "do_orm_execute", _load_for_siblings)
        # If the ticket was deleted after the list was read, return one without relationships.
        return self._tickets.get(ticket_id) or current_tickets.models.Ticket(id=ticket_id)


def _related(model: type[Any], columns: Collection[str]) -> list[ORMOption]:
    """Return the options that load the relationships with the tickets, by one query each.

    Dynamic and write-only relationships are queries, which cannot be loaded.
    """
    names = {column.split(".")[0] for column in columns}
    found = [each for each in inspect(model).relationships if each.key in names]
    return [
        selectinload(getattr(model, each.key))
        for each in found
        if each.lazy not in ("dynamic", "write_only")
    ]


def _load_for_siblings(state: ORMExecuteState) -> None:
    """When an attribute is about to be loaded for one object, load it for all similar objects.

    This keeps formatters from running a query for each row. It adds two queries for each
    relationship, and one for each deferred column.
    """
    parent, name = _find_lazy_attribute(state)
    if parent is None or len(parent.mapper.primary_key) > 1:
        return
    siblings = list(_without(state.session, parent.class_, name))
    if len(siblings) > 1:
        model, [key] = parent.class_, parent.mapper.primary_key
        ids = [inspect(each).identity[0] for each in siblings]
        load = undefer if state.is_column_load else selectinload
        query = select(model).where(key.in_(ids)).options(load(getattr(model, name)))
        state.session.scalars(query).unique().all()


def _find_lazy_attribute(state: ORMExecuteState) -> tuple[Any, str]:
    """Return the object whose attribute is about to be loaded, or None, and the attribute."""
    if not state.is_select:
        return None, ""
    if state.is_column_load:
        found, chosen = state.load_options, getattr(state.statement, "_compile_options", None)
        names = getattr(chosen, "_only_load_props", None)  # there is no public name for these two
        return getattr(found, "_refresh_state", None), min(names or [""])
    path = state.loader_strategy_path if state.is_relationship_load else None
    return (None, "") if path is None else (state.lazy_loaded_from, getattr(path[-1], "key", ""))


def _without(session: Session, model: type[Any], name: str) -> Iterator[Any]:
    """Yield the objects in the session whose attribute has not been loaded."""
    for each in list(session.identity_map.values()):
        if type(each) is model and name in inspect(each).unloaded:
            yield each
