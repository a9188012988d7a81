"""Submit a staff reply or an internal note, unless the ticket has changed (E3)."""

from __future__ import annotations

from functools import partial

from wtforms import Field, HiddenField, ValidationError

from .. import services
from ..actor import Actor
from ..errors import PreconditionFailed
from ..i18n import gettext
from ..models.status import NOTE, Side
from ..services.validation import note_with_action
from .form_submission import Location, submit_form
from .forms import INVALID_VERSION, CommentForm, NumberField
from .thread_page import comment_location


class ReplyForm(CommentForm):
    #: The version of the ticket that the page showed; other clients leave it empty.
    version = NumberField(error=INVALID_VERSION)
    #: The switch between a reply and an internal note: ``reply`` or ``note``.
    kind = HiddenField()

    @property
    def is_internal(self) -> bool:
        """Whether the button or the switch makes this an internal note."""
        return bool(self.then.data == NOTE or self.kind.data == "note")

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
            partial(comment_location, actor=actor),
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
