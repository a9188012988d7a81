"""Create the saved replies in `saved_replies.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from flask_support_tickets import actor_for, unit_of_work
from flask_support_tickets.services import create_saved_reply

from .extensions import db
from .models import User

SAVED_REPLIES = Path(__file__).with_name("saved_replies.toml")


def seed_saved_replies() -> None:
    """Create the demo's saved replies. Needs an app context and users."""
    replies: dict[str, str] = tomllib.loads(SAVED_REPLIES.read_text("utf-8"))
    mona = actor_for(db.session.scalars(db.select(User).filter_by(username="mona")).one())
    for title, text in replies.items():
        unit_of_work(create_saved_reply, actor=mona, title=title, text=text)
