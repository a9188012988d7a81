"""`SupportTickets`: the extension object. It holds no app-specific state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from .api import api
from .config import EXTENSION_KEY, Config
from .current import TicketsState
from .delivery.channels import build_channels, host_channels
from .delivery.message import Message
from .delivery.modes import build_wake
from .delivery.thread import DeliveryThread
from .errors import ConfigurationError
from .i18n import EXTENSION_KEY as LANGUAGES_KEY
from .licensing import SWITCHES, LicenseCheck
from .migrations.flask_migrate import prepare_migrate
from .models import Models, declare_models
from .pages import assets, links, pages
from .policy import Policy
from .schemas.reserved_keys import reserved_keys
from .services.tickets.deletion import watch_deletions
from .services.tickets.fields import built_in_fields
from .storage import open_store
from .ticket_field import TicketField, check_ticket_fields
from .web.base_template import check_base_template
from .web.host_globals import HOST_GLOBALS
from .web.locale import build_languages

logger = logging.getLogger(__name__)


class SupportTickets:
    """Support tickets for a Flask app: a JSON API, requester pages and Flask-Admin views.

    Pass ``db`` and ``user_model`` here to declare the models immediately, or pass them to
    `init_app`. ``admin`` limits the staff pages to one ``Admin``; by default, they are added to
    every ``Admin`` on the app. ``policy`` is a `Policy` instance or subclass. If given,
    ``license_check(app)`` replaces the license switches in the config. ``model_mixins`` adds
    columns: ``{"Ticket": MyColumns}``. ``ticket_fields`` declares the columns that users can see
    or fill in. ``ticket_view`` is a subclass of `admin.TicketView`. ``channels`` maps names to
    functions that notify a user: each is called with a `delivery.message.Message`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: SQLAlchemy | None = None,
        user_model: type[Any] | None = None,
        *,
        admin: Any = None,
        policy: Policy | type[Policy] | None = None,
        license_check: LicenseCheck | None = None,
        model_mixins: Mapping[str, type[Any]] | None = None,
        ticket_fields: Sequence[TicketField] = (),
        ticket_view: type[Any] | None = None,
        channels: Mapping[str, Callable[[Message], Any]] | None = None,
    ) -> None:
        policy = Policy() if policy is None else policy
        self._policy = policy() if isinstance(policy, type) else policy
        if not isinstance(self._policy, Policy):
            raise ConfigurationError("policy must be a Policy instance or a subclass of Policy.")
        self._license_check = license_check
        self._model_mixins = model_mixins
        self._ticket_fields = tuple(ticket_fields)
        self._ticket_view = ticket_view
        self._channels = host_channels(channels or {})
        self._admin = admin
        self._db = db
        self._models: Models | None = None
        if db is not None and user_model is not None:
            self._models = declare_models(db, user_model, model_mixins)
        if app is not None:
            self.init_app(app, db, user_model)

    def init_app(
        self,
        app: Flask,
        db: SQLAlchemy | None = None,
        user_model: type[Any] | None = None,
        *,
        admin: Any = None,
        ticket_view: type[Any] | None = None,
    ) -> None:
        """Set up the extension. If this raises `ConfigurationError`, ``app`` is left unchanged."""
        state = self._state_for(app, db or self._db, user_model)
        admin = self._admin if admin is None else admin
        admins = app.extensions.get("admin", []) if admin is None else [admin]
        if admins:
            from .admin import check_view  # import Flask-Admin only for apps that use it

            check_view(state, ticket_view or self._ticket_view)
        languages = build_languages(state.config)
        check_base_template(app, state.config.base_template, assets.jinja_loader)
        _limit_rate(app, state.config.rate_limit)
        for blueprint in (assets, links, pages, api):
            # APIFlask reads this attribute on every blueprint that has hooks.
            blueprint.enable_openapi = False  # type: ignore[attr-defined]
            app.register_blueprint(blueprint)
        app.extensions[EXTENSION_KEY] = state
        app.extensions[LANGUAGES_KEY] = languages
        state.blueprint_names.update({links.name, pages.name, api.name})
        app.jinja_env.globals.update(HOST_GLOBALS)
        if isinstance(state.wake_delivery, DeliveryThread):
            app.before_request(state.wake_delivery.start)
        for each in admins:
            self.attach_admin(app, each, ticket_view=ticket_view)
        prepare_migrate(app)
        _log_license(state)

    def attach_admin(self, app: Flask, admin: Any, *, ticket_view: type[Any] | None = None) -> None:
        """Add the staff pages to an Admin created after `init_app`. Repeated calls do nothing."""
        from .admin import attach  # import Flask-Admin only for apps that use it

        if EXTENSION_KEY not in app.extensions:
            raise ConfigurationError("Call init_app(app) before attach_admin(app, admin).")
        attach(app, admin, ticket_view or self._ticket_view)

    @property
    def Ticket(self) -> type[Any]:
        """The mapped class for tickets."""
        return self._declared.Ticket

    @property
    def TicketComment(self) -> type[Any]:
        """The mapped class for comments."""
        return self._declared.TicketComment

    @property
    def TicketEvent(self) -> type[Any]:
        """The mapped class for events."""
        return self._declared.TicketEvent

    @property
    def TicketAttachment(self) -> type[Any]:
        """The mapped class for attachments."""
        return self._declared.TicketAttachment

    @property
    def _declared(self) -> Models:
        if self._models is None:
            raise ConfigurationError(
                "The models need db and user_model: pass both to SupportTickets(...) or init_app()."
            )
        return self._models

    def _state_for(
        self, app: Flask, db: SQLAlchemy | None, user_model: type[Any] | None
    ) -> TicketsState:
        if EXTENSION_KEY in app.extensions:
            raise ConfigurationError(f"Support Tickets are already set up on {app.name!r}.")
        if db is None:
            raise ConfigurationError("Pass your SQLAlchemy object: SupportTickets(db=db, ...).")
        registered: object = app.extensions.get("sqlalchemy")
        if registered is not db:
            raise ConfigurationError("Call db.init_app(app) before SupportTickets.init_app(app).")
        if app.url_map.host_matching:
            raise ConfigurationError("Support Tickets require an app without host_matching.")
        if not hasattr(app, "login_manager"):
            raise ConfigurationError(
                "Support Tickets require Flask-Login: call login_manager.init_app(app) first."
            )
        config = Config.from_mapping(app.config)
        folder = str(Path(app.instance_path) / "support_tickets")
        store = open_store(config.storage, config.storage_options or {}, folder)
        models = self._models_for(db, user_model)
        watch_deletions(models)
        built_in = built_in_fields(config)
        host_fields = check_ticket_fields(
            self._ticket_fields, models.extra_ticket_columns, reserved_keys(built_in)
        )
        ticket_fields = (*built_in, *host_fields)
        return TicketsState(
            app,
            config,
            db,
            models,
            self._policy,
            self._license_check,
            store,
            ticket_fields,
            channels=build_channels(config, self._channels),
            wake_delivery=build_wake(app, config.delivery),
        )

    def _models_for(self, db: SQLAlchemy, user_model: type[Any] | None) -> Models:
        if user_model is None:
            if self._models is None or db is not self._db:
                raise ConfigurationError("Pass your user class: SupportTickets(user_model=User).")
            return self._models
        models = declare_models(db, user_model, self._model_mixins)
        if self._models is None:
            self._db, self._models = db, models
        return models


def _log_license(state: TicketsState) -> None:
    name = state.app.name
    if state.license_check is not None:  # not called yet: it might need a database
        logger.info("Support Tickets of %r are switched by license_check alone.", name)
    elif not state.is_licensed:
        logger.warning(
            "Support Tickets are off for %r: their pages return 404. To switch them on, set one "
            "of: %s. Flask's config classes and files load upper-case names only, so use "
            "SUPPORT_TICKETS_ENABLED there.",
            name,
            SWITCHES,
        )


def _limit_rate(app: Flask, limit: str | None) -> None:
    """Apply ``limit``, such as ``60/minute``, to our blueprints with Flask-Limiter (rule Q2)."""
    if limit is None:  # the limiter's default limits still apply to our routes
        return
    limiters: Any = app.extensions.get("limiter")
    if not limiters:
        raise ConfigurationError(
            "SUPPORT_TICKETS_RATE_LIMIT needs Flask-Limiter: call limiter.init_app(app) first."
        )
    from limits import parse_many

    try:
        parse_many(limit)
    except ValueError as error:
        raise ConfigurationError(f"SUPPORT_TICKETS_RATE_LIMIT: {error}") from error
    for limiter in limiters if isinstance(limiters, set) else [limiters]:
        limiter.limit(limit)(pages)
        limiter.limit(limit)(api)
