"""The reply of staff: written for the ticket as it was seen, perhaps with a step along."""

from __future__ import annotations

from wtforms import Field, HiddenField, ValidationError

from .. import services
from ..errors import InvalidTransition, PreconditionFailed
from ..i18n import gettext, lazy_gettext
from ..models import Action
from ..models.status import Side
from ..models.user_key import parse_id
from ..policy import Actor
from ..web.forms import CommentForm
from ..web.html_access import is_sent_by_script
from ..web.sending import Place, send_form
from ..web.thread_view import place_of


class ReplyForm(CommentForm):
    """Reply to the ticket as its page showed it (E3)."""

    #: The version of the ticket that the page showed; empty in the forms of other clients.
    version = HiddenField(lazy_gettext("Version"))
    #: The step that a second button takes along.
    then = HiddenField(lazy_gettext("Step"))

    def validate_version(self, field: Field) -> None:
        """Refuse what no page of ours had."""
        if field.data and parse_id(field.data) is None:
            raise ValidationError(gettext("This cannot be understood."))

    def validate_then(self, field: Field) -> None:
        """Refuse any step but the one that has a button here."""
        if field.data and field.data != Action.MarkAsResolved:
            raise ValidationError(gettext("There is no such action."))

    @property
    def known_version(self) -> int | None:
        """The version of the ticket that was on the screen."""
        return parse_id(self.version.data or "")


def send_typed_reply(form: ReplyForm, *, actor: Actor, ticket_id: int) -> tuple[int, Place | None]:
    """Send the reply in ``form``; returns what `send_form` does.

    409 as well when the ticket was changed since the page was made, or does not allow the step.
    """
    try:
        return send_form(
            form,
            services.send_reply,
            place_of,
            actor=actor,
            ticket_id=ticket_id,
            side=Side.STAFF,
            text=form.text.data,
            parent_comment_id=form.parent_id,
            only_version=form.known_version,
            then=Action(form.then.data) if form.then.data in set(Action) else None,
            seen_count=form.seen_count,
        )
    except PreconditionFailed:
        pass  # the page tells what has happened
    except InvalidTransition as error:
        form.form_errors += error.sentences
    if not is_sent_by_script():
        form.attachments.tell_of_loss()
    return 409, None
