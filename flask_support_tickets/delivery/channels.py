"""The channels of an app: the configured ones and the host's own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..channel import Channel
from ..config import Config
from ..errors import ConfigurationError
from ..models.notification import CHANNEL_MAX, Kind
from .chat import ChatChannel
from .email import EmailChannel
from .message import Message
from .webhook import WebhookChannel

logger = logging.getLogger(__name__)

_NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{CHANNEL_MAX - 1}}}")
#: The names of the built-in channels.
BUILT_IN = frozenset({"email", "webhook", "chat"})


@dataclass(frozen=True)
class HostChannel(Channel):
    """A channel of the host: a function that is called with each message to a user."""

    function: Callable[[Message], Any]
    is_personal = True
    is_grouped = False

    def targets(self, action: str, *, is_internal: bool) -> Sequence[str]:
        return ("",)

    def send(self, message: Any) -> None:
        self.function(message)


def build_channels(config: Config, own: Mapping[str, Channel]) -> dict[str, Channel]:
    """Return all channels of an app by name. ``own`` contains those of the host."""
    channels: dict[str, Channel] = {"email": EmailChannel()}
    if config.webhooks:
        channels["webhook"] = WebhookChannel(config.webhooks)
    if config.apprise_urls:
        channels["chat"] = ChatChannel(config.apprise_urls)
    channels |= own
    _warn_about_unknown_names(config.notify or {}, channels)
    return channels


def _warn_about_unknown_names(
    notify: Mapping[str, Collection[str]], channels: Mapping[str, Channel]
) -> None:
    """Log the names in ``SUPPORT_TICKETS_NOTIFY`` that no notification can be sent by."""
    personal = {name for name, each in channels.items() if each.is_personal}
    for kind, names in notify.items():
        allowed = {"email"} if kind == Kind.DIGEST else personal
        if unknown := sorted({*names} - allowed):
            message = "SUPPORT_TICKETS_NOTIFY: %s cannot be sent by %s, only by %s."
            logger.warning(message, kind, ", ".join(unknown), ", ".join(sorted(allowed)))


def host_channels(functions: Mapping[str, Callable[[Message], Any]]) -> dict[str, Channel]:
    """Return the host's channels by name. Raises `ConfigurationError` for an invalid one."""
    for name, function in functions.items():
        if not isinstance(name, str) or _NAME.fullmatch(name) is None or name in BUILT_IN:
            raise ConfigurationError(
                f"channels: {name!r} cannot be the name of a channel. Use lowercase letters, "
                f"digits, '-' and '_', and none of {', '.join(sorted(BUILT_IN))}."
            )
        if not callable(function):
            raise ConfigurationError(f"channels: {name!r} must be a function.")
    return {name: HostChannel(function) for name, function in functions.items()}
