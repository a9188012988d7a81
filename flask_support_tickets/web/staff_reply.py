"""Submit a staff reply with an optional transition, unless the ticket has changed (E3)."""

from __future__ import annotations

from functools import partial

from .. import services
from ..actor import Actor
from ..errors import PreconditionFailed
from ..models.status import Side
from .form_submission import Location, submit_form
from .forms import INVALID_VERSION, CommentForm, NumberField
from .thread_page import comment_location


class ReplyForm(CommentForm):
    #: The version of the ticket that the page showed; other clients leave it empty.
    version = NumberField(error=INVALID_VERSION)


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
            read_count=form.seenCount.number or 0,
        )
    except PreconditionFailed:
        return 409, None  # the page shows the changes
