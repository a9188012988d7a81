"""The ``SUPPORT_TICKETS_*`` settings with defaults, units and limits, read once at ``init_app``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from .errors import ConfigurationError
from .file_types import is_known
from .rich_text import can_render_markdown
from .text_rules import TextError, clean_text

PREFIX = "SUPPORT_TICKETS_"
#: Where an app keeps what `current.TicketsState` describes.
EXTENSION_KEY = "support_tickets"
#: Keys the license gate reads live, on every request; the rest is frozen in `Config`.
LIVE_KEYS = frozenset({"SUPPORT_TICKETS_ENABLED"})

#: Common images, PDF, plain text and logs, office documents, zip.
DEFAULT_TYPES = (
    "png", "jpg", "jpeg", "gif", "webp", "pdf", "txt", "log", "md", "csv", "json",
    "docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt", "zip",
)  # fmt: skip

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


def _file_types(key: str, value: Any) -> tuple[str, ...]:
    names = tuple(name.removeprefix(".").lower() for name in _names(key, value))
    unknown = [name for name in names if not is_known(name)]
    if unknown:
        raise ConfigurationError(
            f"{key}: no file can be told to be {', '.join(unknown)} by its bytes; use ends of "
            'names such as "png", "pdf" or "txt".'
        )
    return names


def _storage_url(key: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or "://" not in value):
        raise ConfigurationError(f'{key} must be an address such as "s3://bucket/prefix".')
    return value


def _options(key: str, value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ConfigurationError(f"{key} must be a mapping of names to values.")
    return MappingProxyType(dict(value))


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


def _text_or_none(key: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise ConfigurationError(f"{key} must be a text, or None.")
    return value


def _folders(key: str, value: Any) -> tuple[str, ...]:
    names = _names(key, value)
    for name in names:
        if not Path(name).is_dir():
            raise ConfigurationError(f"{key}: there is no folder {name!r}.")
    return names


def find_time_zone(name: str) -> tzinfo | None:
    """Return the time zone; None if neither the system nor the package tzdata knows it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown; no name; too long for a file, a folder
        return None


def _time_zone(key: str, value: Any) -> str:
    if not isinstance(value, str) or find_time_zone(value) is None:
        raise ConfigurationError(
            f'{key} must be the name of a time zone, such as "Europe/Berlin"; there is none called '
            f"{value!r} here. Where the system knows none at all, install the package tzdata."
        )
    return value


def _markup(key: str, value: Any) -> str:
    if value not in ("plain", "markdown"):
        raise ConfigurationError(f'{key} must be "plain" or "markdown".')
    if value == "markdown" and not can_render_markdown():
        raise ConfigurationError(
            f"{key} asks for Markdown: pip install 'flask_support_tickets[markdown]'."
        )
    return str(value)


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
    #: Where files are kept, as an fsspec address; None means a folder in the instance path.
    storage: str | None = _key(None, _storage_url)
    #: What else fsspec shall hand to that file system, such as its keys.
    storage_options: Mapping[str, Any] | None = _key(None, _options)
    #: How long a signed address of an object store works, in seconds; 0 means to send the bytes.
    signed_url_seconds: int = _key(60, _number(0, 3_600))
    #: The size of one file, in bytes.
    attachment_max_bytes: int = _key(10_485_760, _number(1, 1_073_741_824))
    #: Attachments on one ticket or comment; 0 means none.
    attachment_max_count: int = _key(10, _number(0, 100))
    #: Which files are accepted, by the ends of their names.
    attachment_types: tuple[str, ...] = _key(DEFAULT_TYPES, _file_types)
    #: New and InProgress tickets of one user who is not staff; 0 means any number.
    max_open_tickets_per_user: int = _key(0, _number(0, 1_000_000))
    #: Comments of one user who is not staff within an hour; 0 means any number.
    comments_per_hour: int = _key(0, _number(0, 1_000_000))
    #: A limit for requests in Flask-Limiter's words; needs Flask-Limiter in the app.
    rate_limit: str | None = _key(None, _text_or_none)
    #: Whether the API serves its OpenAPI document and a page to read it.
    api_docs: bool = _key(False, _flag)
    #: Host names that attachment URLs may point to; empty means any.
    attachment_hosts: tuple[str, ...] = _key((), _names)
    #: How descriptions and comments are shown: as "plain" text with links, or as "markdown".
    markup: str = _key("plain", _markup)
    #: The language to speak, where Flask-Babel does not tell; "auto" asks the browser.
    locale: str | None = _key(None, _text_or_none)
    #: Folders with translations of the host's, which go before ours.
    translations: tuple[str, ...] = _key((), _folders)
    #: The zone to show times in, where Flask-Babel does not tell.
    timezone: str = _key("UTC", _time_zone)
    #: The template the user pages extend; it needs a block named ``content``.
    base_template: str = _key("support_tickets/base.html", _template)
    #: Tickets on a page of the user's list and of the Flask-Admin list.
    page_size: int = _key(20, _number(1, 100))
    #: Top-level comments on a page of a ticket's thread in the HTML pages.
    comments_page_size: int = _key(50, _number(1, 100))
    #: The host's revision that makes its user table; the shipped revisions come after it.
    migrate_after: str | None = _key(None, _text_or_none)

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> Config:
        """Read an app's config. Raises `ConfigurationError` for an unknown key or a bad value."""
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
