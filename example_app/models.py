"""The tables of the site: people and what they post."""

from __future__ import annotations

from datetime import UTC, datetime

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

STAFF_ROLES = frozenset({"moderator", "admin"})
DISPLAY_NAME_MAX = 80
EMAIL_MAX = 254
LANGUAGE_MAX = 5
USERNAME_MAX = 80
POST_MAX = 2_000


class Base(DeclarativeBase):
    """The base of every table."""


db = SQLAlchemy(model_class=Base)


def utc_now() -> datetime:
    """Return this moment in UTC, without a zone, as the tables of the site store it."""
    return datetime.now(UTC).replace(tzinfo=None)


class User(UserMixin, db.Model):
    """Somebody with an account."""

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What they sign in with.
    username: Mapped[str] = mapped_column(String(USERNAME_MAX), unique=True)
    #: What others see.
    display_name: Mapped[str] = mapped_column(String(DISPLAY_NAME_MAX))
    #: The email address. Only staff see it.
    email: Mapped[str] = mapped_column(String(EMAIL_MAX), unique=True)
    #: The tag of the language that they chose for ticket pages and emails, or None.
    language: Mapped[str | None] = mapped_column(String(LANGUAGE_MAX))
    #: As `werkzeug.security.generate_password_hash` returns it.
    password_hash: Mapped[str] = mapped_column(String(255))
    #: ``user``, ``moderator`` or ``admin``.
    role: Mapped[str] = mapped_column(String(20), default="user")
    #: Whether they may sign in.
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def is_active(self) -> bool:
        """Whether they may sign in, as Flask-Login asks for it."""
        return self.active

    @property
    def is_staff(self) -> bool:
        """Whether the admin site is open to them."""
        return self.active and self.role in STAFF_ROLES

    def __str__(self) -> str:
        return self.display_name


class Post(db.Model):
    """A few lines on the feed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Who wrote it; a post goes with its author.
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    #: 1 to 2,000 characters.
    text: Mapped[str] = mapped_column(Text)
    #: When it was posted (UTC).
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
