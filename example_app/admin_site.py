"""The admin site: a dashboard and two read-only lists, in a frame with a sidebar."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, current_app
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_login import current_user

from flask_support_tickets import actor_for
from flask_support_tickets.current import find_state
from flask_support_tickets.services import count_by_status, list_tickets

from .extensions import db, login_manager
from .models import Post, User

TICKETS_SHOWN = 8


class StaffOnly:
    """Lets staff in: anonymous visitors are sent to sign in, other people get a 403."""

    def is_accessible(self) -> bool:
        return current_user.is_authenticated and current_user.is_staff

    def inaccessible_callback(self, name: str, **kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            answer: ResponseReturnValue = login_manager.unauthorized()
            return answer
        return abort(403)


class Dashboard(StaffOnly, AdminIndexView):
    """What staff see first."""

    @expose("/")
    def index(self) -> str:
        """Count people, posts and tickets, and show the latest tickets while licensed."""
        counts, latest = {}, []
        state = find_state(current_app)
        if state is not None and state.is_licensed:
            actor = actor_for(current_user)
            counts = count_by_status(actor=actor)
            latest = list_tickets(actor=actor, page_size=TICKETS_SHOWN).items
        return self.render(
            "admin/dashboard.html",
            people=db.session.scalar(db.select(db.func.count(User.id))),
            posts=db.session.scalar(db.select(db.func.count(Post.id))),
            counts=counts,
            latest=latest,
            statuses={status.value: status.name for status in counts},
        )


class ReadOnlyView(StaffOnly, ModelView):
    """A list to look at."""

    can_create = False
    can_edit = False
    can_delete = False
    can_view_details = False
    can_export = False
    column_display_actions = False
    page_size = 25


class UsersView(ReadOnlyView):
    """The accounts, without anything secret."""

    column_list = ("id", "username", "display_name", "email", "role", "active")
    column_searchable_list = ("username", "display_name", "email")
    column_labels = {"id": "ID"}


class PostsView(ReadOnlyView):
    """The posts, newest first."""

    column_list = ("id", "user", "text", "created_at")
    column_searchable_list = ("text",)
    column_default_sort = ("created_at", True)
    column_labels = {"id": "ID", "user": "By", "created_at": "Posted (UTC)"}
    column_formatters = {
        "created_at": lambda view, context, post, name: f"{post.created_at:%Y-%m-%d %H:%M}"
    }


def create_admin(app: Flask) -> Admin:
    """Return an Admin of this app's own, with our views and our frame."""
    admin = Admin(
        app,
        name="Acme Commons",
        theme=Bootstrap4Theme(
            base_template="admin/sidebar.html", swatch=app.config["ADMIN_SWATCH"], fluid=True
        ),
        index_view=Dashboard(name="Dashboard", menu_icon_type="fa", menu_icon_value="fa-home"),
    )
    admin.add_view(
        UsersView(User, db, name="Users", menu_icon_type="fa", menu_icon_value="fa-users")
    )
    admin.add_view(
        PostsView(Post, db, name="Posts", menu_icon_type="fa", menu_icon_value="fa-comments")
    )
    return admin
