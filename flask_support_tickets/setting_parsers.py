"""Parsers for the values of settings. Each raises `ConfigurationError` if a value is invalid."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, tzinfo
from importlib.util import find_spec
from ipaddress import IPv6Address
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from .errors import ConfigurationError
from .models.notification import PERSONAL_KINDS
from .rich_text import can_render_markdown
from .text_rules import TextError, clean_text

_FILE_TYPE = re.compile(r"[a-z0-9][a-z0-9_+-]{0,19}")
#: Labels of letters, digits, hyphens and underscores, separated by dots. Letters can be non-ASCII.
_HOST_NAME = re.compile(r"(?:(?!-)[\w-]{1,63}(?<!-)\.)*(?!-)[\w-]{1,63}(?<!-)")

Parser = Callable[[str, Any], Any]
Delivery = Literal["thread", "worker"] | Callable[[int], Any]


def parse_names(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, Collection) or isinstance(value, Mapping | bytes):
        raise ConfigurationError(f"{key} must be a list or a comma-separated string.")
    if not all(isinstance(name, str) and name.strip() for name in value):
        raise ConfigurationError(f"{key} must contain only non-empty strings.")
    return tuple(name.strip() for name in value)


def parse_departments(key: str, value: Any) -> tuple[str, ...]:
    names = parse_names(key, value)
    for name in names:
        try:
            is_clean = clean_text(name, max_length=100, single_line=True) == name
        except TextError as error:
            raise ConfigurationError(f"{key}: invalid department {name!r}. {error}") from error
        if not is_clean:
            raise ConfigurationError(f"{key}: invalid department {name!r}. Use one line of text.")
    return names


def parse_hosts(key: str, value: Any) -> tuple[str, ...]:
    names = parse_names(key, value)
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


def parse_file_types(key: str, value: Any) -> tuple[str, ...]:
    names = tuple(name.removeprefix(".").lower() for name in parse_names(key, value))
    for name in names:
        if _FILE_TYPE.fullmatch(name) is None:
            raise ConfigurationError(
                f"{key}: {name!r} is not a file extension. Write only what follows the last dot of "
                'a name, such as "png" or "gz".'
            )
    return names


def parse_storage_url(key: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or "://" not in value):
        raise ConfigurationError(f'{key} must be a URL such as "s3://bucket/prefix".')
    return value


def parse_options(key: str, value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ConfigurationError(f"{key} must be a mapping with string keys.")
    return MappingProxyType(dict(value))


def parse_flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key} must be True or False, not {value!r}.")
    return value


def number_between(low: int, high: int) -> Parser:
    def parse(key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigurationError(f"{key} must be a whole number from {low} to {high}.")
        return value

    return parse


def parse_text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{key} must be a non-empty string.")
    return value


def parse_text_or_none(key: str, value: Any) -> str | None:
    return None if value is None else parse_text(key, value)


def parse_folders(key: str, value: Any) -> tuple[str, ...]:
    names = parse_names(key, value)
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


def parse_time_zone(key: str, value: Any) -> str:
    if not isinstance(value, str) or find_time_zone(value) is None:
        raise ConfigurationError(
            f'{key} must be a time zone such as "Europe/Berlin"; {value!r} was not found. If your '
            "system has no time zone database, install the tzdata package."
        )
    return value


def parse_markup(key: str, value: Any) -> str:
    if value not in ("plain", "markdown"):
        raise ConfigurationError(f'{key} must be "plain" or "markdown".')
    if value == "markdown" and not can_render_markdown():
        raise ConfigurationError(
            f"{key} requires the markdown extra: pip install 'flask_support_tickets[markdown]'."
        )
    return str(value)


def parse_color_scheme(key: str, value: Any) -> str | None:
    if value not in (None, "light", "dark"):
        raise ConfigurationError(f'{key} must be "light", "dark" or None.')
    return None if value is None else str(value)


def parse_notify(key: str, value: Any) -> Mapping[str, tuple[str, ...]] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not set(value) <= set(PERSONAL_KINDS):
        raise ConfigurationError(
            f"{key} must be a mapping from {', '.join(PERSONAL_KINDS)} to lists of channels."
        )
    channels = {kind: parse_names(f'{key}["{kind}"]', names) for kind, names in value.items()}
    return MappingProxyType(channels)


def parse_delivery(key: str, value: Any) -> Delivery:
    if value not in ("thread", "worker") and not callable(value):
        raise ConfigurationError(
            f'{key} must be "thread", "worker", or a function that is passed the id of each '
            "notification."
        )
    delivery: Delivery = value
    return delivery


def parse_apprise_urls(key: str, value: Any) -> tuple[str, ...]:
    urls = parse_names(key, value)
    if urls and find_spec("apprise") is None:
        raise ConfigurationError(
            f"{key} requires the chat extra: pip install 'flask_support_tickets[chat]'."
        )
    for number, url in enumerate(urls):  # errors do not name the URL: it contains secrets
        if not is_apprise_url(url):
            raise ConfigurationError(f"{key}[{number}] is not a URL that Apprise knows.")
    return urls


def is_apprise_url(url: str) -> bool:
    """Return whether Apprise can send to ``url``."""
    from apprise import Apprise

    return bool(Apprise().instantiate(url, suppress_exceptions=True))
