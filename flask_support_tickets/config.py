"""The ``SUPPORT_TICKETS_*`` settings, which ``init_app`` reads once: defaults, units and limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, tzinfo
from ipaddress import IPv6Address
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from .errors import ConfigurationError
from .rich_text import can_render_markdown
from .text_rules import TextError, clean_text

PREFIX = "SUPPORT_TICKETS_"
#: The key for the `current.TicketsState` in ``app.extensions``.
EXTENSION_KEY = "support_tickets"
#: Keys that the license gate reads on every request; the others are frozen in `Config`.
LIVE_KEYS = frozenset({"SUPPORT_TICKETS_ENABLED"})

#: Images, documents, text in any encoding, emails, videos and ZIP archives.
DEFAULT_TYPES = (
    "png", "jpg", "jpeg", "gif", "webp", "heic", "heif", "avif",
    "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt",
    "txt", "log", "csv", "json", "md", "tsv", "jsonl", "ndjson", "har", "sql", "ics",
    "yaml", "yml", "ini", "conf", "diff", "patch", "eml", "msg", "mp4", "mov", "webm", "zip",
)  # fmt: skip

#: Labels of letters, digits, hyphens and underscores, separated by dots. Letters can be non-ASCII.
_FILE_TYPE = re.compile(r"[a-z0-9][a-z0-9_+-]{0,19}")
_HOST_NAME = re.compile(r"(?:(?!-)[\w-]{1,63}(?<!-)\.)*(?!-)[\w-]{1,63}(?<!-)")

Parser = Callable[[str, Any], Any]


def _names(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, Collection) or isinstance(value, Mapping | bytes):
        raise ConfigurationError(f"{key} must be a list or a comma-separated string.")
    if not all(isinstance(name, str) and name.strip() for name in value):
        raise ConfigurationError(f"{key} must contain only non-empty strings.")
    return tuple(name.strip() for name in value)


def _departments(key: str, value: Any) -> tuple[str, ...]:
    names = _names(key, value)
    for name in names:
        try:
            is_clean = clean_text(name, max_length=100, single_line=True) == name
        except TextError as error:
            raise ConfigurationError(f"{key}: invalid department {name!r}. {error}") from error
        if not is_clean:
            raise ConfigurationError(f"{key}: invalid department {name!r}. Use one line of text.")
    return names


def _hosts(key: str, value: Any) -> tuple[str, ...]:
    names = _names(key, value)
    if isinstance(value, str) and not names:
        raise ConfigurationError(f"{key} is empty. Remove it to allow all hosts.")
    for name in names:
        if len(name) > 253 or not (_HOST_NAME.fullmatch(name) or _is_ipv6(name)):
            raise ConfigurationError(
                f"{key}: {name!r} is not the name of a host. Write only the name, such as "
                '"files.example.org", without a scheme, port, path or wildcard.'
            )
    return names


def _is_ipv6(name: str) -> bool:
    is_bracketed = name.startswith("[") and name.endswith("]")
    try:
        return IPv6Address(name[1:-1] if is_bracketed else name).scope_id is None
    except ValueError:
        return False


def _file_types(key: str, value: Any) -> tuple[str, ...]:
    names = tuple(name.removeprefix(".").lower() for name in _names(key, value))
    for name in names:
        if _FILE_TYPE.fullmatch(name) is None:
            raise ConfigurationError(
                f"{key}: {name!r} is not a file extension. Write only what follows the last dot of "
                'a name, such as "png" or "gz".'
            )
    return names


def _storage_url(key: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or "://" not in value):
        raise ConfigurationError(f'{key} must be a URL such as "s3://bucket/prefix".')
    return value


def _options(key: str, value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ConfigurationError(f"{key} must be a mapping with string keys.")
    return MappingProxyType(dict(value))


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} must be True or False, not {value!r}.")
    return value


def _number(low: int, high: int) -> Parser:
    def parse(key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigurationError(f"{key} must be a whole number from {low} to {high}.")
        return value

    return parse


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{key} must be a non-empty string.")
    return value


def _text_or_none(key: str, value: Any) -> str | None:
    return None if value is None else _text(key, value)


def _folders(key: str, value: Any) -> tuple[str, ...]:
    names = _names(key, value)
    for name in names:
        if not Path(name).is_dir():
            raise ConfigurationError(f"{key}: folder {name!r} does not exist.")
    return names


def find_time_zone(name: str) -> tzinfo | None:
    """Return the time zone, or None if neither the system nor the tzdata package knows it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # the name is unknown, malformed, or a folder
        return None


def _time_zone(key: str, value: Any) -> str:
    if not isinstance(value, str) or find_time_zone(value) is None:
        raise ConfigurationError(
            f'{key} must be a time zone such as "Europe/Berlin"; {value!r} was not found. If your '
            "system has no time zone database, install the tzdata package."
        )
    return value


def _markup(key: str, value: Any) -> str:
    if value not in ("plain", "markdown"):
        raise ConfigurationError(f'{key} must be "plain" or "markdown".')
    if value == "markdown" and not can_render_markdown():
        raise ConfigurationError(
            f"{key} requires the markdown extra: pip install 'flask_support_tickets[markdown]'."
        )
    return str(value)


def _color_scheme(key: str, value: Any) -> str | None:
    if value not in (None, "light", "dark"):
        raise ConfigurationError(f'{key} must be "light", "dark" or None.')
    return None if value is None else str(value)


def _key(default: Any, parse: Parser) -> Any:
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True)
class Config:
    """The settings for one app, as described in `docs/configuration`."""

    #: Names of the roles whose members are staff, compared case-insensitively.
    staff_roles: tuple[str, ...] = _key(("admin", "moderator"), _names)
    #: Whether a Resolved ticket can be reopened.
    allow_reopen: bool = _key(True, _flag)
    #: Whether requesters can withdraw a New ticket.
    allow_withdraw: bool = _key(True, _flag)
    #: How deeply replies can nest below a top-level comment; 0 disables replies.
    max_reply_depth: int = _key(8, _number(0, 32))
    #: The departments to choose from; if empty, any text of up to 100 characters is allowed.
    departments: tuple[str, ...] = _key((), _departments)
    #: Whether requesters can choose the priority of a ticket that they open.
    requester_priority: bool = _key(False, _flag)
    #: The fsspec URL where files are stored; None means a subfolder of the instance folder.
    storage: str | None = _key(None, _storage_url)
    #: Extra keyword arguments for the fsspec filesystem, such as credentials.
    storage_options: Mapping[str, Any] | None = _key(None, _options)
    #: Lifetime of a signed object store URL, in seconds; 0 sends files through the app instead.
    signed_url_seconds: int = _key(60, _number(0, 3_600))
    #: Maximum size of one file, in bytes.
    attachment_max_bytes: int = _key(10_485_760, _number(1, 1_073_741_824))
    #: Maximum number of attachments on a ticket or comment; 0 disables attachments.
    attachment_max_count: int = _key(10, _number(0, 100))
    #: The accepted file types, as filename extensions.
    attachment_types: tuple[str, ...] = _key(DEFAULT_TYPES, _file_types)
    #: Maximum number of New and InProgress tickets per requester; 0 means unlimited.
    max_open_tickets_per_user: int = _key(0, _number(0, 1_000_000))
    #: Maximum number of comments per requester per hour; 0 means unlimited.
    comments_per_hour: int = _key(0, _number(0, 1_000_000))
    #: A rate limit in Flask-Limiter's notation; requires Flask-Limiter to be set up on the app.
    rate_limit: str | None = _key(None, _text_or_none)
    #: Whether the API serves its OpenAPI document and a page that shows it.
    api_docs: bool = _key(False, _flag)
    #: The hosts that attachment URLs can point to; if empty, any host is allowed.
    attachment_hosts: tuple[str, ...] = _key((), _hosts)
    #: How to render descriptions and comments: "plain" (text with links) or "markdown".
    markup: str = _key("plain", _markup)
    #: The locale to use if Flask-Babel does not select one; "auto" uses the browser's languages.
    locale: str | None = _key(None, _text_or_none)
    #: Folders with the host's translations, which override the shipped ones.
    translations: tuple[str, ...] = _key((), _folders)
    #: The time zone to use if Flask-Babel does not select one.
    timezone: str = _key("UTC", _time_zone)
    #: The template that the requester pages extend; it must have a block named ``content``.
    base_template: str = _key("support_tickets/base.html", _text)
    #: The color scheme of the requester pages; None derives it from the layout's text color.
    color_scheme: str | None = _key(None, _color_scheme)
    #: Tickets per page in the requester's list and in the queue.
    page_size: int = _key(20, _number(1, 100))
    #: Top-level comments per page of a ticket's thread on the HTML pages.
    comments_page_size: int = _key(50, _number(1, 100))
    #: The host's revision that creates the user table; the shipped revisions follow it.
    migrate_after: str | None = _key(None, _text_or_none)

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> Config:
        """Parse an app's config. Raises `ConfigurationError` for unknown keys or invalid values."""
        keys = {PREFIX + item.name.upper(): item for item in fields(cls)}
        values = {key: value for key, value in config.items() if str(key).startswith(PREFIX)}
        unknown = sorted(values.keys() - keys.keys() - LIVE_KEYS)
        if unknown:
            raise ConfigurationError(
                f"Unknown configuration: {', '.join(unknown)}. "
                f"Known keys: {', '.join(sorted(keys.keys() | LIVE_KEYS))}."
            )
        items = [(item, key) for key, item in keys.items() if key in values]
        return cls(**{item.name: item.metadata["parse"](key, values[key]) for item, key in items})
