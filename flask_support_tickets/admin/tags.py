"""The page on which staff rename and merge tags."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from ..errors import Invalid
from ..i18n import gettext, lazy_gettext
from ..services.tickets.queries import id_in_url
from ..services.tickets.tag_maintenance import check_tag, list_tags, rename_tag
from ..transaction import unit_of_work
from ..web.confirmation import is_confirmed
from ..web.forms import csrf_value, is_refused
from .sibling_view import SiblingView


class TagView(SiblingView):
    name: Any = lazy_gettext("Ticket tags")
    path = "tags"
    menu_icon_value: Any = "fa-tags"
    list_template = "support_tickets/admin/tags.html"

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """List the tags, each with a form that renames it."""
        return self.render(
            self.list_template,
            tags=list_tags(actor=self.current_staff()),
            csrf_value=csrf_value(),
        )

    @expose("/<tag_id>", methods=["GET"])
    def back_view(self, tag_id: str) -> ResponseReturnValue:
        """Redirect to the list. If a POST requires signing in, the user returns here with GET."""
        check_tag(id_in_url(tag_id))
        return self.redirect_to_list()

    @expose("/<tag_id>", methods=["POST"])
    def rename_view(self, tag_id: str) -> ResponseReturnValue:
        """Rename a tag, or ask whether to merge it into the tag that has the name."""
        name, number = request.form.get("name", ""), id_in_url(tag_id)
        check_tag(number)
        if is_refused():
            return self.redirect_to_list()
        actor = self.current_staff()
        try:
            new = unit_of_work(
                rename_tag, actor=actor, tag_id=number, name=name, may_merge=is_confirmed()
            )
        except Invalid as error:
            if "merge" in (error.fields or {}):
                question = f"{' '.join(error.sentences)} {gettext('Merge the two tags?')}"
                return self.ask(question, gettext("Merge"), [], self.get_url(".index_view"))
            flash(" ".join(error.sentences), "error")
        else:
            flash(gettext("The tag is now “%(tag)s”.") % {"tag": new}, "success")
        return self.redirect_to_list()
