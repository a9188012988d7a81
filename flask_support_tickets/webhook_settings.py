"""The setting ``SUPPORT_TICKETS_WEBHOOKS``, and the event types of webhooks."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigurationError
from .models.status import EDITED, NOTE, Action

_KEYS = {"url", "secret", "events", "allow_private"}
NOTE_TYPE = "ticket.note_added"
_ACTION_TYPE = "ticket.action_run"
_TYPES: dict[str, str] = {
    "Open": "ticket.opened",
    "Comment": "ticket.replied",
    NOTE: NOTE_TYPE,
    Action.Assign: "ticket.assigned",
    EDITED: "ticket.edited",
    **dict.fromkeys(set(Action) - {Action.Assign}, "ticket.status_changed"),
}
#: All event types. The last one is for the host's own actions.
EVENT_TYPES = (*dict.fromkeys(_TYPES.values()), _ACTION_TYPE)


@dataclass(frozen=True)
class Webhook:
    """One URL that events are posted to."""

    url: SplitResult
    #: Each request is signed with every secret, so that a secret can be replaced.
    secrets: tuple[str, ...]
    #: The event types that are sent to the URL.
    events: frozenset[str]
    #: Whether the URL may resolve to an address in a private network.
    allow_private: bool

    @property
    def key(self) -> str:
        """A short name that does not reveal the URL, which may contain a secret."""
        return hashlib.sha256(self.url.geturl().encode()).hexdigest()[:16]


def type_of(action: str) -> str:
    """Return the event type of an ``action``."""
    return _TYPES.get(action, _ACTION_TYPE)


def parse_webhooks(key: str, value: Any) -> tuple[Webhook, ...]:
    """Return the webhooks in the config. Raises `ConfigurationError` for an invalid one."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        raise ConfigurationError(f"{key} must be a list of mappings.")
    if value and find_spec("standardwebhooks") is None:
        raise ConfigurationError(
            f"{key} requires the webhooks extra: pip install 'flask_support_tickets[webhooks]'."
        )
    webhooks = tuple(_parse(f"{key}[{number}]", each) for number, each in enumerate(value))
    if len({webhook.key for webhook in webhooks}) < len(webhooks):
        raise ConfigurationError(f"{key} contains a URL twice. Put its events into one entry.")
    return webhooks


def _parse(key: str, value: Any) -> Webhook:
    if not isinstance(value, Mapping) or not {"url", "secret"} <= set(value) <= _KEYS:
        raise ConfigurationError(
            f'{key} must be a mapping with "url" and "secret", and optionally "events" and '
            '"allow_private".'
        )
    allow_private = value.get("allow_private", False)
    if not isinstance(allow_private, bool):
        raise ConfigurationError(f"{key}: allow_private must be True or False.")
    url, secrets = _parse_url(key, value["url"]), _parse_secrets(key, value["secret"])
    return Webhook(url, secrets, _parse_events(key, value.get("events")), allow_private)


def _parse_url(key: str, value: Any) -> SplitResult:
    if not isinstance(value, str) or not _is_url(value):
        raise ConfigurationError(f'{key}: url must be a URL such as "https://example.org/hook".')
    return urlsplit(value)


def _is_url(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        url = urlsplit(value)
        host = (url.hostname or "").encode("idna")  # names with empty or long labels are errors
        is_complete = url.scheme in ("http", "https") and bool(host) and url.port != 0
    except ValueError:
        return False
    return is_complete and url.username is None


def _parse_secrets(key: str, value: Any) -> tuple[str, ...]:
    secrets = [value] if isinstance(value, str) else value
    if not isinstance(secrets, (list, tuple)) or not secrets or not all(map(_is_secret, secrets)):
        raise ConfigurationError(
            f'{key}: secret must be "whsec_" followed by 24 to 64 random bytes in Base64, or a '
            "list of these."
        )
    return tuple(secrets)


def _is_secret(value: Any) -> bool:
    if not isinstance(value, str) or not value.startswith("whsec_"):
        return False
    try:
        return 24 <= len(b64decode(value.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False


def _parse_events(key: str, value: Any) -> frozenset[str]:
    if value is None:
        return frozenset(EVENT_TYPES) - {NOTE_TYPE}
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if not is_list or not all(each in EVENT_TYPES for each in value):
        raise ConfigurationError(f"{key}: events must be a list of: {', '.join(EVENT_TYPES)}.")
    return frozenset(value)
