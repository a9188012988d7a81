"""The demo's data: people, posts, and tickets that went through the use cases."""

from __future__ import annotations

from datetime import timedelta

from werkzeug.security import generate_password_hash

from .accounts import ACCOUNTS, PASSWORD
from .extensions import db
from .models import Post, User, utc_now
from .seed_posts import POSTS
from .seed_saved_replies import seed_saved_replies
from .seed_tickets import seed_tickets


def seed_demo() -> None:
    """Fill empty tables; does nothing when there are people already. Needs an app context."""
    if db.session.scalar(db.select(db.func.count(User.id))):
        return
    seed_people()
    _seed_posts()
    seed_saved_replies()
    seed_tickets()


def seed_people() -> None:
    """Make the accounts, all with one password; does nothing when there are people already."""
    if db.session.scalar(db.select(db.func.count(User.id))):
        return
    password_hash = generate_password_hash(PASSWORD)  # slow on purpose, so once for all
    for account in ACCOUNTS:
        db.session.add(
            User(
                username=account.username,
                display_name=account.display_name,
                email=account.email,
                role=account.role,
                password_hash=password_hash,
            )
        )
    db.session.commit()


def _seed_posts() -> None:
    people = {user.username: user for user in db.session.scalars(db.select(User))}
    now = utc_now()
    for username, hours_ago, text in POSTS:
        posted_at = now - timedelta(hours=hours_ago)
        db.session.add(Post(user=people[username], text=text, created_at=posted_at))
    db.session.commit()
