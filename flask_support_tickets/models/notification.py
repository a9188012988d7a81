"""Notifications: the outbox, preferences, and addresses that cannot receive mail (rule O1)."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import conv

from .foreign_keys import HasEvent, HasOptionalTicket, HasUser
from .types import BigId, UtcDateTime, exact_string

#: The maximum length of a channel's name.
CHANNEL_MAX = 30
#: The maximum length of a target.
TARGET_MAX = 64
#: The maximum length of an error message; longer ones are cut off.
ERROR_MAX = 500
#: The maximum length of an email address.
ADDRESS_MAX = 254


class NotificationState(IntEnum):
    """The state of a notification."""

    Pending = 0
    Sent = 1
    #: All attempts failed. It can be retried by hand.
    Failed = 2
    #: It was not sent, for example because the recipient no longer has access to the ticket.
    Skipped = 3


class Kind(StrEnum):
    """The kind of a notification. Users choose the channels for each kind."""

    OPENED = "opened"
    REPLY = "reply"
    STATUS = "status"
    ASSIGNED = "assigned"
    NOTE = "note"
    DIGEST = "digest"
    #: Any event, for a target outside the app.
    EVENT = "event"


#: The kinds that users can choose.
PERSONAL_KINDS = tuple(kind for kind in Kind if kind is not Kind.EVENT)


class Relation(StrEnum):
    """The reason why the recipient is notified about a ticket."""

    REQUESTER = "requester"
    ASSIGNEE = "assignee"
    #: For all staff. When it is delivered, it becomes one notification for each staff member.
    STAFF = "staff"
    #: The recipient is a target outside the app, such as a webhook.
    TARGET = "target"


class TicketNotificationMixin(HasOptionalTicket, HasEvent, HasUser):
    """Column definitions for notifications: one for each event, recipient and channel."""

    __tablename__ = "support_ticket_notification"

    #: Identifies the message. It is the same in every attempt.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: A value of `Kind`.
    kind: Mapped[str] = mapped_column(String(20))
    #: A value of `Relation`.
    relation: Mapped[str] = mapped_column(String(20))
    #: The name of the channel, such as ``email``.
    channel: Mapped[str] = mapped_column(exact_string(CHANNEL_MAX))
    #: The key of the channel's target; empty if the recipient is a user.
    target: Mapped[str] = mapped_column(exact_string(TARGET_MAX), default="")
    #: A value of `NotificationState`.
    state: Mapped[int] = mapped_column(SmallInteger, default=NotificationState.Pending)
    #: How many deliveries were attempted.
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: When it is due. While a worker delivers it, this is the end of the worker's lease.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The token of the worker that is delivering it, or NULL.
    claimed_by: Mapped[str | None] = mapped_column(exact_string(32))
    #: Why the last attempt failed, or why it was skipped.
    last_error: Mapped[str | None] = mapped_column(String(ERROR_MAX))
    #: When it was written (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When it was sent, was skipped, or finally failed (UTC).
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint(
                "state BETWEEN 0 AND 3", name=conv("ck_support_ticket_notification_state")
            ),
            Index("ix_support_ticket_notification_due", "state", "due_at", "id"),
            Index("ix_support_ticket_notification_ticket_id", "ticket_id", "state"),
            Index("ix_support_ticket_notification_event_id", "event_id"),
            Index("ix_support_ticket_notification_user_id", "user_id"),
            {"sqlite_autoincrement": True},
        )


class TicketNotificationPreferenceMixin(HasUser):
    """Column definitions for the choices of users that differ from the defaults."""

    __tablename__ = "support_ticket_notification_preference"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    #: A value of `Kind`.
    kind: Mapped[str] = mapped_column(String(20))
    #: The name of the channel.
    channel: Mapped[str] = mapped_column(exact_string(CHANNEL_MAX))
    #: Whether the user wants these notifications.
    is_enabled: Mapped[bool] = mapped_column()

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        name = "uq_support_ticket_notification_preference"
        return (
            UniqueConstraint("user_id", "kind", "channel", name=name),
            {"sqlite_autoincrement": True},
        )


class TicketUndeliverableMixin:
    """Column definitions for email addresses that get no more mail."""

    __tablename__ = "support_ticket_undeliverable"

    #: The address in lowercase.
    address: Mapped[str] = mapped_column(exact_string(ADDRESS_MAX), primary_key=True)
    #: The report of the mail provider, such as ``bounce``.
    reason: Mapped[str] = mapped_column(String(ERROR_MAX))
    #: When it was reported (UTC).
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
