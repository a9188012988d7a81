"""Submit a staff reply or an internal note, unless the ticket has changed (E3).

Or insert a saved reply into it (M3).
"""

from __future__ import annotations

from functools import partial

from wtforms import Field, HiddenField, ValidationError

from .. import services
from ..actor import Actor
from ..errors import NotFound, PreconditionFailed
from ..i18n import gettext, lazy_gettext
from ..models.status import NOTE, Side, reply_steps
from ..services.access import without_limits
from ..services.read_models import TicketInfo
from ..services.validation import note_with_action
from .form_submission import Location, report_lost_files, submit_form
from .forms import INVALID_VERSION, CommentForm, NumberField
from .thread_page import comment_location


class ReplyForm(CommentForm):
    #: The version of the ticket that the page showed; other clients leave it empty.
    version = NumberField(error=INVALID_VERSION)
    #: The switch between a reply and an internal note: ``reply`` or ``note``.
    kind = HiddenField()
    #: The id of the saved reply to insert.
    savedReply = NumberField(error=lazy_gettext("Choose a saved reply."))
    #: The text that was just inserted, if any.
    inserted: str | None = None

    @property
    def is_internal(self) -> bool:
        """Whether the button or the switch makes this an internal note."""
        return bool(self.then.data == NOTE or self.kind.data == "note")

    def action_names(self, status: int) -> list[str]:
        """Return the names of the actions that the button takes in this status (W8)."""
        if self.is_internal:
            return [NOTE]
        return ["Comment", *(() if self.action is None else reply_steps(self.action, status))]

    def validate_kind(self, field: Field) -> None:
        if field.data not in (None, "", "reply", "note"):
            raise ValidationError(gettext("Invalid value."))

    def validate_then(self, field: Field) -> None:
        if field.data == NOTE:
            return
        super().validate_then(field)
        if self.is_internal and self.action is not None:
            raise ValidationError(note_with_action())


def submit_reply(form: ReplyForm, *, actor: Actor, ticket_id: int) -> tuple[int, Location | None]:
    """Call `submit_form`, but also return 409 if the ticket has changed."""
    try:
        return submit_form(
            form,
            services.reply_and_transition,
            partial(comment_location, actor=without_limits(actor)),
            actor=actor,
            ticket_id=ticket_id,
            side=Side.STAFF,
            text=form.text.data,
            parent_comment_id=form.parentCommentId.number,
            only_version=form.version.number,
            then=form.action,
            is_internal=form.is_internal,
            read_count=form.seenCount.number or 0,
        )
    except PreconditionFailed:
        return 409, None  # the page shows the changes


def insert_saved_reply(form: ReplyForm, *, actor: Actor, ticket: TicketInfo) -> int:
    """Add the chosen saved reply to the end of the form's text, and return the HTTP status (M3)."""
    form.validate()
    if form.is_forged:
        return 400
    form.clear_errors()
    report_lost_files(form)
    try:
        reply = services.get_saved_reply(actor=actor, reply_id=form.savedReply.number or 0)
    except NotFound:
        form.savedReply.errors = [str(form.savedReply.error)]
        return 422
    form.inserted = services.fill_placeholders(reply.text, actor=actor, ticket=ticket)
    typed = (form.text.data or "").rstrip()
    form.text.data = f"{typed}\n\n{form.inserted}" if typed else form.inserted
    form.savedReply.data = ""
    return 200
