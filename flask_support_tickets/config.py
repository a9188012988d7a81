"""Every ``SUPPORT_TICKETS_*`` key: default, unit and limits. Read once, at ``init_app``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .errors import ConfigurationError
from .text import TextError, clean_text

PREFIX = "SUPPORT_TICKETS_"
#: Keys the license gate reads live, on every request; the rest is frozen in `Config`.
LIVE_KEYS = frozenset({"SUPPORT_TICKETS_ENABLED"})

Reader = Callable[[str, Any], Any]


def _names(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, Collection) or isinstance(value, Mapping | bytes):
        raise ConfigurationError(f"{key} must be a list of names, or names split by commas.")
    if not all(isinstance(name, str) and name.strip() for name in value):
        raise ConfigurationError(f"{key} must hold non-empty strings only.")
    return tuple(name.strip() for name in value)


def _departments(key: str, value: Any) -> tuple[str, ...]:
    names = _names(key, value)
    for name in names:
        try:
            clean_text(name, max_length=100, single_line=True)
        except TextError as error:
            raise ConfigurationError(f"{key}: {name!r} cannot be a department. {error}") from error
    return names


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} must be True or False, not {value!r}.")
    return value


def _number(low: int, high: int) -> Reader:
    def read(key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigurationError(f"{key} must be a whole number from {low} to {high}.")
        return value

    return read


def _template(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{key} must be the name of a template.")
    return value


def _key(default: Any, read: Reader) -> Any:
    return field(default=default, metadata={"read": read})


@dataclass(frozen=True)
class Config:
    """The settings of one app. `docs/configuration` tells each key's story."""

    #: Role names that make a user staff, compared without case.
    staff_roles: tuple[str, ...] = _key(("admin", "moderator"), _names)
    #: Whether a Resolved ticket can go back to InProgress.
    allow_reopen: bool = _key(True, _flag)
    #: How deep replies may nest below a top-level comment; 0 means no replies.
    max_reply_depth: int = _key(8, _number(0, 32))
    #: The departments to choose from; empty means any text up to 100 characters.
    departments: tuple[str, ...] = _key((), _departments)
    #: Host names that attachment URLs may point to; empty means any.
    attachment_hosts: tuple[str, ...] = _key((), _names)
    #: The template the user pages extend; it needs a block named ``content``.
    base_template: str = _key("support_tickets/base.html", _template)
    #: Tickets on a page of the user's list and of the Flask-Admin list.
    page_size: int = _key(20, _number(1, 100))
    #: Top-level comments on a page of a ticket's thread in the HTML pages.
    comments_page_size: int = _key(50, _number(1, 100))

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> Config:
        """Read every ``SUPPORT_TICKETS_*`` key of an app's config.

        Raises `ConfigurationError` for an unknown key or a value out of range.
        """
        known = {PREFIX + item.name.upper(): item for item in fields(cls)}
        given = {key: value for key, value in config.items() if str(key).startswith(PREFIX)}
        unknown = sorted(given.keys() - known.keys() - LIVE_KEYS)
        if unknown:
            raise ConfigurationError(
                f"Unknown configuration: {', '.join(unknown)}. "
                f"Known keys: {', '.join(sorted(known.keys() | LIVE_KEYS))}."
            )
        return cls(
            **{
                item.name: item.metadata["read"](key, given[key])
                for key, item in known.items()
                if key in given
            }
        )
