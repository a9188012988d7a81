"""The pages on which staff create, edit and delete saved replies (rule M3)."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from .. import services
from ..i18n import gettext, lazy_gettext
from ..services import SavedReplyInfo
from ..services.tickets.queries import id_in_url
from ..transaction import unit_of_work
from ..web.confirmation import is_confirmed
from ..web.forms import is_refused
from ..web.saved_reply_form import SavedReplyForm, submit_saved_reply
from .sibling_view import SiblingView


class SavedReplyView(SiblingView):
    name: Any = lazy_gettext("Saved replies")
    path = "saved-replies"
    permission = "saved_replies"
    menu_icon_value: Any = "fa-reply"
    list_template = "support_tickets/admin/saved_replies.html"
    edit_template = "support_tickets/admin/saved_reply.html"

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        search = request.args.get("search", "")
        replies = services.list_saved_replies(actor=self.current_staff(), search=search)
        return self.render(self.list_template, replies=replies, search=search)

    @expose("/new", methods=["GET", "POST"])
    def create_view(self) -> ResponseReturnValue:
        return self._save(None)

    @expose("/<reply_id>", methods=["GET", "POST"])
    def edit_view(self, reply_id: str) -> ResponseReturnValue:
        return self._save(self._get(reply_id))

    @expose("/<reply_id>/delete", methods=["GET", "POST"])
    def delete_view(self, reply_id: str) -> ResponseReturnValue:
        """Ask whether to delete a saved reply, or delete it once confirmed."""
        reply = self._get(reply_id)
        if not is_confirmed():
            question = gettext("Delete the saved reply “%(title)s”?") % {"title": reply.title}
            return self.ask(question, gettext("Delete"), [], self.get_url(".index_view"))
        if not is_refused():
            actor = self.current_staff()
            unit_of_work(services.delete_saved_reply, actor=actor, reply_id=reply.id)
            sentence = gettext("The saved reply “%(title)s” is deleted.")
            flash(sentence % {"title": reply.title}, "success")
        return self.redirect_to_list()

    def _get(self, reply_id: str) -> SavedReplyInfo:
        return services.get_saved_reply(actor=self.current_staff(), reply_id=id_in_url(reply_id))

    def _save(self, reply: SavedReplyInfo | None) -> ResponseReturnValue:
        """Render the form, or save the reply and redirect to the list."""
        form = SavedReplyForm(data=reply and reply._asdict())
        status = submit_saved_reply(form, reply, self.current_staff())
        if status == 303:
            return self.redirect_to_list()
        return self.render(self.edit_template, form=form, reply=reply), status
