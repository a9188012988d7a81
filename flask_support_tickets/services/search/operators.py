"""Operators in a search, such as ``status:open from:"Ann Lee"`` (rule S3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement

from ...actor import Actor
from ...current import current_tickets
from ...errors import Invalid
from ...i18n import gettext, lazy_gettext
from ...models.priority import TicketPriority, priority_label
from ...models.status import OPEN_STATUSES, TicketStatus, status_label
from ..requesters import find_people
from ..tickets.tags import has_tag
from .tokenizer import fold, tokenize_query

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTES = '"“”„'
#: A name and a value at the start of a word. A value in quotes may lack the second quote.
_OPERATOR = re.compile(
    rf"(?<!\S)([a-z]+)[:：](?:[{_QUOTES}]([^{_QUOTES}]+)(?:[{_QUOTES}](?!\S)|$)|([^\s{_QUOTES}]\S*))",
    re.IGNORECASE,
)


def split_search(search: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the words of a search, and the names and values of its operators.

    Unknown operators, and operators without a value, are words.
    """
    operators: list[tuple[str, str]] = []

    def take(match: re.Match[str]) -> str:
        name, value = match[1].lower(), (match[2] or match[3] or "").strip()
        if name not in OPERATORS or not value:
            return match[0]
        operators.append((name, value))
        return " "

    return _OPERATOR.sub(take, _CONTROL.sub(" ", search)).strip(), operators


def check_operators(search: str) -> None:
    """Raise `Invalid` if the value of an operator with a fixed set of values is not one of them."""
    for name, value in split_search(search)[1]:
        if name in _NAMES:
            _values_of(name, value)


def conditions_of(search: str, actor: Actor) -> tuple[str | None, list[ColumnElement[bool]]]:
    """Return the words of a search, and the conditions for its operators.

    If there are only operators, the words are None. Raises what `check_operators` raises.
    """
    words, operators = split_search(search)
    if not actor.is_staff:  # tags are words to requesters (M2)
        words = " ".join([words, *(f"tag:{value}" for name, value in operators if name == "tag")])
        operators = [each for each in operators if each[0] != "tag"]
    conditions = [OPERATORS[name](value, actor) for name, value in operators]
    has_words = not operators or tokenize_query(words)
    return words if has_words else None, conditions


def _column(name: str) -> Column[Any]:
    column: Column[Any] = current_tickets.models.Ticket.__table__.c[name]
    return column


def _by_person(name: str, value: str, actor: Actor) -> ColumnElement[bool]:
    if value.lower() == "none" and name == "assigned_to_user_id":
        return _column(name).is_(None)
    keys = [actor.id] if value.lower() == "me" else find_people(value, actor, _column(name))
    return _column(name).in_([key for key in keys if key is not None])


def _by_department(value: str, actor: Actor) -> ColumnElement[bool]:
    known = [each for each in current_tickets.config.departments if _key(each) == _key(value)]
    spellings = (value, value.lower(), value.upper(), value.capitalize(), value.title())
    return _column("department").in_(known or spellings)


def _by_tag(value: str, actor: Actor) -> ColumnElement[bool]:
    return has_tag(_column("id"), value)


def _by_name(name: str, value: str, actor: Actor) -> ColumnElement[bool]:
    return _column(name).in_(_values_of(name, value))


def _values_of(name: str, value: str) -> set[int]:
    """Return the values for one or more names, which commas separate."""
    names = {_key(text): (text, values) for text, values in _NAMES[name]().items()}
    try:
        return {each for text in value.split(",") for each in names[_key(text)][1]}
    except KeyError as error:
        message = gettext(
            "Use %(operator)s with one or more of: %(names)s. To search for these words instead, "
            "put them in quotation marks."
        )
        choices = ", ".join(text for text, _ in names.values() if not text.isdigit())
        raise Invalid({"search": [message % {"operator": f"{name}:", "names": choices}]}) from error


def _key(text: str) -> str:
    """Return a name without case, accents, spaces, hyphens and the like."""
    return fold(text).replace(" ", "") if text.strip()[:1].isalnum() else ""


def _named(
    values: Iterable[Any], label: Callable[[Any], str], groups: Iterable[tuple[Any, Any]] = ()
) -> dict[str, tuple[int, ...]]:
    """Return the values of an enumeration by name, number and label, and groups of them."""
    names = {text: (each,) for each in values for text in (each.name, str(int(each)), label(each))}
    return names | {str(text): group for text, group in groups}


_OPEN = (("open", OPEN_STATUSES), (lazy_gettext("Open"), OPEN_STATUSES))
#: For operators with a fixed set of values, the values by name. Each is also a column.
_NAMES: Mapping[str, Callable[[], Mapping[str, tuple[int, ...]]]] = {
    "status": partial(_named, TicketStatus, status_label, _OPEN),
    "priority": partial(_named, TicketPriority, priority_label),
}
#: Functions that return the condition for an operator's value.
OPERATORS: Mapping[str, Callable[[str, Actor], ColumnElement[bool]]] = {
    "from": partial(_by_person, "user_id"),
    "assignee": partial(_by_person, "assigned_to_user_id"),
    "department": _by_department,
    "tag": _by_tag,
    **{name: partial(_by_name, name) for name in _NAMES},
}
