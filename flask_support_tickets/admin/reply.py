"""Send a staff reply, with an optional transition, for the version of the ticket that was shown."""

from __future__ import annotations

from wtforms import Field, HiddenField, ValidationError

from .. import services
from ..actor import Actor
from ..errors import InvalidTransition, PreconditionFailed
from ..i18n import gettext
from ..models import Action
from ..models.status import Side
from ..models.user_key import parse_id
from ..web.form_submission import Location, submit_form
from ..web.forms import CommentForm
from ..web.page_access import is_sent_by_our_script
from ..web.thread_page import comment_location


class ReplyForm(CommentForm):
    """Reply to the ticket as its page showed it (E3)."""

    #: The version of the ticket that the page showed; empty in the forms of other clients.
    version = HiddenField()
    #: The step that a second button takes along.
    then = HiddenField()

    def validate_version(self, field: Field) -> None:
        """Refuse what no page of ours had."""
        if field.data and parse_id(field.data) is None:
            raise ValidationError(gettext("Invalid value."))

    def validate_then(self, field: Field) -> None:
        """Refuse any step but the one that has a button here."""
        if field.data and field.data != Action.MarkAsResolved:
            raise ValidationError(gettext("Unknown action."))

    @property
    def known_version(self) -> int | None:
        """The version of the ticket that was on the screen."""
        return parse_id(self.version.data or "")


def send_typed_reply(
    form: ReplyForm, *, actor: Actor, ticket_id: int
) -> tuple[int, Location | None]:
    """Do what `submit_form` does; return 409 also if the ticket has changed or refuses the step."""
    try:
        return submit_form(
            form,
            services.reply_and_transition,
            comment_location,
            actor=actor,
            ticket_id=ticket_id,
            side=Side.STAFF,
            text=form.text.data,
            parent_comment_id=form.parent_id,
            only_version=form.known_version,
            then=Action(form.then.data) if form.then.data in set(Action) else None,
            read_count=form.read_count,
        )
    except PreconditionFailed:
        pass  # the page tells what has happened
    except InvalidTransition as error:
        form.form_errors += error.sentences
    if not is_sent_by_our_script():
        form.attachments.report_lost_files()
    return 409, None
