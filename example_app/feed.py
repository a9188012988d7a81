"""The front page: what people post."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from .extensions import db
from .models import POST_MAX, Post

POSTS_SHOWN = 50

feed = Blueprint("feed", __name__)


class PostForm(FlaskForm):
    """A new post."""

    text = TextAreaField(
        "What is new?",
        validators=[
            DataRequired("Write something first."),
            Length(max=POST_MAX, message=f"Please keep it below {POST_MAX:,} characters."),
        ],
        filters=[lambda value: value and value.replace("\r\n", "\n").replace("\x00", "").strip()],
    )


@feed.get("/")
def show_feed() -> ResponseReturnValue:
    """Show the latest posts, and a form to those who are signed in."""
    return _page(PostForm(formdata=None))


@feed.post("/posts")
@login_required
def add_post() -> ResponseReturnValue:
    """Post: 303 to the feed, or 422 with the text as typed."""
    form = PostForm()
    if not form.validate_on_submit():
        return _page(form), 422
    db.session.add(Post(user_id=current_user.id, text=form.text.data))
    db.session.commit()
    return redirect(url_for("feed.show_feed"), 303)


def _page(form: PostForm) -> str:
    newest = db.select(Post).order_by(Post.created_at.desc(), Post.id.desc()).limit(POSTS_SHOWN)
    return render_template("feed.html", posts=db.session.scalars(newest).all(), form=form)
