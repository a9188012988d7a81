"""Submit a staff reply with an optional transition, unless the ticket has changed (E3)."""

from __future__ import annotations

from wtforms import Field, HiddenField, ValidationError

from .. import services
from ..actor import Actor
from ..errors import InvalidTransition, PreconditionFailed
from ..i18n import gettext
from ..models import Action
from ..models.status import Side
from .form_submission import Location, submit_form
from .forms import INVALID_VERSION, CommentForm, NumberField
from .page_access import is_sent_by_our_script
from .thread_page import comment_location


class ReplyForm(CommentForm):
    #: The version of the ticket that the page showed; other clients leave it empty.
    version = NumberField(error=INVALID_VERSION)
    #: The second button's action.
    then = HiddenField()

    def validate_then(self, field: Field) -> None:
        if field.data and field.data != Action.MarkAsResolved:
            raise ValidationError(gettext("Unknown action."))


def submit_reply(form: ReplyForm, *, actor: Actor, ticket_id: int) -> tuple[int, Location | None]:
    """Call `submit_form`, but also return 409 if the ticket has changed."""
    try:
        return submit_form(
            form,
            services.reply_and_transition,
            comment_location,
            actor=actor,
            ticket_id=ticket_id,
            side=Side.STAFF,
            text=form.text.data,
            parent_comment_id=form.parentCommentId.number,
            only_version=form.version.number,
            then=Action(form.then.data) if form.then.data in set(Action) else None,
            read_count=form.seenCount.number or 0,
        )
    except PreconditionFailed:
        pass  # the page shows the changes
    except InvalidTransition as error:
        form.form_errors += error.sentences
    if not is_sent_by_our_script():
        form.attachments.report_lost_files()
    return 409, None
