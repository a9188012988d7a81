"""The profile pages of users, and their pictures."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from .auth import find_user
from .extensions import db
from .models import Post, User

POSTS_SHOWN = 20
PICTURE_SECONDS = 3_600

people = Blueprint("people", __name__, url_prefix="/people")


@people.get("/<username>")
def show_person(username: str) -> ResponseReturnValue:
    """Show a user's name and latest posts."""
    person = _find(username)
    newest = db.select(Post).filter_by(user_id=person.id).order_by(Post.id.desc())
    posts = db.session.scalars(newest.limit(POSTS_SHOWN)).all()
    return render_template("person.html", person=person, posts=posts)


@people.get("/<username>/picture.svg")
def show_picture(username: str) -> ResponseReturnValue:
    """Draw a user's picture: the first letter of their name on a colored background."""
    picture = render_template("picture.svg", person=_find(username))
    response = Response(picture, content_type="image/svg+xml; charset=utf-8")
    response.cache_control.max_age = PICTURE_SECONDS
    return response


def _find(username: str) -> User:
    return find_user(username) or abort(404)
