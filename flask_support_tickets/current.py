"""The extension's state for the current app, stored in ``app.extensions``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from werkzeug.local import LocalProxy

from .config import EXTENSION_KEY, Config
from .licensing import LicenseCheck, is_licensed

if TYPE_CHECKING:
    from .channel import Channel
    from .models import Models
    from .policy import Policy
    from .storage import FileStore
    from .ticket_field import TicketField


@dataclass(frozen=True)
class TicketsState:
    """The config, models, session and policy for one app."""

    app: Flask
    config: Config
    db: SQLAlchemy
    models: Models
    policy: Policy
    license_check: LicenseCheck | None
    #: The store for attachment files.
    store: FileStore
    #: The declared ticket fields, in display order.
    ticket_fields: tuple[TicketField, ...]
    #: The channels for notifications, by name.
    channels: Mapping[str, Channel] = field(default_factory=dict)
    #: Called after a commit with the ids of notifications that became pending.
    wake_delivery: Callable[[Sequence[int]], None] = lambda notification_ids: None
    #: Names of the blueprints that serve the extension's pages and API on this app.
    blueprint_names: set[str] = field(default_factory=set)
    #: The messages that `warn_once` has logged for this app.
    warnings: set[str] = field(default_factory=set)

    @property
    def session(self) -> Any:
        """The app's scoped session."""
        return self.db.session

    @property
    def is_licensed(self) -> bool:
        """Whether the license gate is open."""
        return is_licensed(self.app, self.license_check)


def find_state(app: Flask) -> TicketsState | None:
    """Return the state for ``app``, or None if the extension is not set up on it."""
    return cast("TicketsState | None", app.extensions.get(EXTENSION_KEY))


def _current_state() -> TicketsState:
    try:  # fast path: called about fifty times per request
        return current_app.extensions[EXTENSION_KEY]  # type: ignore[no-any-return]
    except KeyError:
        raise RuntimeError(
            "Support Tickets are not set up on this app: call SupportTickets.init_app(app)."
        ) from None


#: The `TicketsState` for the current app.
current_tickets: TicketsState = cast(TicketsState, LocalProxy(_current_state))


def warn_once(logger: logging.Logger, message: str, *args: Any) -> None:
    """Log a warning once for each app. Later calls with the same ``message`` do nothing."""
    if message not in current_tickets.warnings:
        current_tickets.warnings.add(message)
        logger.warning(message, *args)
