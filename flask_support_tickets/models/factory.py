"""Declare the models on the host's ``db.Model``, once per ``SQLAlchemy`` object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Connection, Table, and_, event, update
from sqlalchemy.orm import ColumnProperty, MappedAsDataclass, MappedColumn, Mapper, relationship

from ..errors import ConfigurationError
from .attachment import TicketAttachmentMixin
from .comment import TicketCommentMixin, keep_threads_in_one_ticket
from .counter import TicketCounterMixin
from .event import TicketEventMixin
from .foreign_keys import ForeignKeys
from .idempotency_key import TicketSubmissionMixin
from .notification import (
    TicketNotificationMixin,
    TicketNotificationPreferenceMixin,
    TicketUndeliverableMixin,
)
from .presence import TicketPresenceMixin
from .read_marker import TicketSeenMixin
from .received_mail import TicketReceivedMailMixin
from .saved_reply import TicketSavedReplyMixin
from .search_tables import SearchTables, declare_search_tables
from .tag import TicketTagMixin
from .tagging import TicketTaggingMixin
from .ticket import TicketMixin
from .user_key import UserKey

_INFO_KEY = "support_tickets_models"
#: Each model comes after the models that it refers to.
_MIXINS: Mapping[str, type[Any]] = {
    "Ticket": TicketMixin,
    "TicketComment": TicketCommentMixin,
    "TicketEvent": TicketEventMixin,
    "TicketAttachment": TicketAttachmentMixin,
    "TicketSubmission": TicketSubmissionMixin,
    "TicketSeen": TicketSeenMixin,
    "TicketCounter": TicketCounterMixin,
    "TicketTag": TicketTagMixin,
    "TicketTagging": TicketTaggingMixin,
    "TicketSavedReply": TicketSavedReplyMixin,
    "TicketPresence": TicketPresenceMixin,
    "TicketNotification": TicketNotificationMixin,
    "TicketNotificationPreference": TicketNotificationPreferenceMixin,
    "TicketUndeliverable": TicketUndeliverableMixin,
    "TicketReceivedMail": TicketReceivedMailMixin,
}
#: The models that a host may add columns to.
_PUBLIC = ("Ticket", "TicketComment", "TicketEvent", "TicketAttachment")


#: The relationships that the factory adds to models.
_RELATIONSHIPS = {"Ticket": ("attachments", "tags"), "TicketComment": ("attachments",)}


@dataclass(frozen=True)
class Models:
    """The mapped classes for one ``SQLAlchemy`` object, and the key of its user model."""

    user_key: UserKey
    Ticket: type[Any]
    TicketComment: type[Any]
    TicketEvent: type[Any]
    TicketAttachment: type[Any]
    TicketSubmission: type[Any]
    TicketSeen: type[Any]
    TicketCounter: type[Any]
    TicketTag: type[Any]
    TicketTagging: type[Any]
    TicketSavedReply: type[Any]
    TicketPresence: type[Any]
    TicketNotification: type[Any]
    TicketNotificationPreference: type[Any]
    TicketUndeliverable: type[Any]
    TicketReceivedMail: type[Any]
    mixins: Mapping[str, type[Any]]
    #: The search index.
    words: SearchTables
    #: Cached statements; see `services.database.prepared`.
    statements: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def extra_ticket_columns(self) -> dict[str, Any]:
        """The columns that the host added to tickets, by attribute name.

        Does not configure the mappers, because the host's other models may not be imported yet.
        """
        own = {key for mixin in TicketMixin.__mro__ for key in vars(mixin)}
        mapper = self.Ticket.__mapper__
        names = [name for name, _ in mapper.all_orm_descriptors.items() if name not in own]
        found = {
            name: mapper.get_property(name, _configure_mappers=False)
            for name in names
            if mapper.has_property(name)
        }
        columns = {name: each for name, each in found.items() if isinstance(each, ColumnProperty)}
        return {name: each.columns[0] for name, each in columns.items()}

    def ticket_column(self, name: str) -> Any:
        """Return the column of a ticket attribute, whether it is ours or the host's."""
        return self.extra_ticket_columns.get(name, self.Ticket.__table__.c.get(name))

    @property
    def tables(self) -> list[Table]:
        """All tables, each after the tables that it refers to."""
        return [getattr(self, name).__table__ for name in _MIXINS]


def declare_models(
    db: SQLAlchemy, user_model: type[Any], model_mixins: Mapping[str, type[Any]] | None = None
) -> Models:
    """Return the models on ``db.Model``, declaring them on the first call.

    ``model_mixins`` adds the host's columns, as in ``{"Ticket": MyTicketColumns}``. Raises
    `ConfigurationError` if the base or the user key is not supported, or if the models are already
    declared on this ``db`` with a different user model or different mixins.
    """
    if not hasattr(db, "metadata"):  # such as the SQLAlchemy object of Flask-SQLAlchemy-Lite
        raise ConfigurationError(
            f"db={db!r} has no metadata; Support Tickets needs the SQLAlchemy object of "
            "Flask-SQLAlchemy."
        )
    mixins = dict(model_mixins or {})
    _validate(mixins)
    declared: Models | None = db.metadata.info.get(_INFO_KEY)
    if declared is None:
        declared = db.metadata.info[_INFO_KEY] = _declare(db, UserKey(user_model), mixins)
    elif declared.user_key.user_model is not user_model or declared.mixins != mixins:
        raise ConfigurationError(
            "Support Tickets are already declared on this db with another user_model or other "
            "model_mixins; use one SupportTickets for each db."
        )
    return declared


def reserved_names(model: str) -> set[str]:
    """Return the names of columns and attributes that a host's mixin for ``model`` cannot use."""
    return _names_in(_MIXINS[model]) | set(_RELATIONSHIPS.get(model, ()))


def _names_in(mixin: type[Any], besides: type[Any] = object) -> set[str]:
    """Return the names of a mixin's attributes and of their columns, if these are given."""
    inherited = set(besides.__mro__)
    items = [item for cls in mixin.__mro__ if cls not in inherited for item in vars(cls).items()]
    columns = {each.name for _, each in items if isinstance(each, Column | MappedColumn)}
    return {name for name, _ in items if not name.startswith("_")} | (columns - {None, ""})


def _validate(mixins: Mapping[str, type[Any]]) -> None:
    unknown = sorted(mixins.keys() - set(_PUBLIC))
    if unknown:
        raise ConfigurationError(
            f"Unknown in model_mixins: {', '.join(unknown)}; use {', '.join(_PUBLIC)}."
        )
    for name, mixin in mixins.items():
        if hasattr(mixin, "__table_args__"):
            raise ConfigurationError(
                f"The mixin for {name} must not set __table_args__; put index=True or "
                "unique=True on its columns."
            )
        if taken := sorted(_names_in(mixin, besides=_MIXINS[name]) & reserved_names(name)):
            raise ConfigurationError(
                f"The mixin for {name} defines {taken[0]!r}, which is a name of the extension. "
                f"Rename the attribute and its column, for example to 'my_{taken[0]}', and rename "
                "the column in the database before you upgrade the extension's tables."
            )


def _declare(db: SQLAlchemy, user_key: UserKey, mixins: Mapping[str, type[Any]]) -> Models:
    if issubclass(db.Model, MappedAsDataclass):
        raise ConfigurationError(
            "Support Tickets cannot be declared on a MappedAsDataclass base; give SQLAlchemy() a "
            "model_class that is a plain DeclarativeBase."
        )
    targets = ForeignKeys(user_key.user_model, user_key.column)
    models: dict[str, Any] = {}
    for name, own in _MIXINS.items():
        bases = (mixins[name], own) if name in mixins else (own,)
        models[name] = _declare_one(db, name, bases, targets)
        targets.tables[own.__tablename__] = models[name].__table__
    ticket, comment = models["Ticket"], models["TicketComment"]
    keep_threads_in_one_ticket(comment.__table__)
    _relate_attachments(ticket, comment, models["TicketAttachment"])
    _relate_tags(ticket, models["TicketTag"], models["TicketTagging"])
    _clear_user_ids(user_key, targets.tables.values())
    words = declare_search_tables(ticket.__table__)
    return Models(user_key=user_key, mixins=mixins, words=words, **models)


def _declare_one(
    db: SQLAlchemy, name: str, bases: tuple[type[Any], ...], targets: ForeignKeys
) -> type[Any]:
    own = bases[-1]
    namespace = {"__module__": own.__module__, "__doc__": own.__doc__, "__support_links__": targets}
    if (bind_key := getattr(targets.user_model, "__bind_key__", None)) is not None:
        namespace["__bind_key__"] = bind_key
    model: type[Any] = type(name, (*bases, db.Model), namespace)
    model.__table__.primary_key.name = f"pk_{model.__tablename__}"
    return model


def _relate_attachments(ticket: Any, comment: Any, attachment: Any) -> None:
    of_ticket = and_(attachment.ticket_id == ticket.id, attachment.comment_id.is_(None))
    for owner, joined in ((ticket, of_ticket), (comment, attachment.comment_id == comment.id)):
        owner.attachments = relationship(
            attachment, primaryjoin=joined, order_by=attachment.position, viewonly=True
        )


def _relate_tags(ticket: Any, tag: Any, tagging: Any) -> None:
    table = tagging.__table__
    ticket.tags = relationship(tag, secondary=table, order_by=tag.name_key, viewonly=True)


def _clear_user_ids(user_key: UserKey, tables: Iterable[Table]) -> None:
    """Emulate ``ON DELETE SET NULL`` on SQLite, which does not enforce foreign keys by default.

    SQLite may give a deleted user's id to a new user, who would otherwise own the tickets.
    """

    def on_delete(mapper: Mapper[Any], connection: Connection, user: Any) -> None:
        if connection.dialect.name != "sqlite":
            return
        user_id = mapper.primary_key_from_instance(user)[0]
        for key in chain.from_iterable(table.foreign_keys for table in tables):
            if key.column is user_key.column:
                column = key.parent
                cleared = update(column.table).where(column == user_id).values({column.name: None})
                connection.execute(cleared)

    event.listen(user_key.user_model, "before_delete", on_delete, propagate=True)
