"""Edit a ticket with a form, unless the ticket has changed (rules W10 and E3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .. import services
from ..actor import Actor
from ..errors import PreconditionFailed
from ..i18n import gettext
from ..models import TicketMixin
from ..models.status import Side
from ..services.read_models import TicketInfo
from ..services.tickets.fields import writable_fields
from .etags import ticket_etag
from .form_submission import Location, submit_form
from .ticket_forms import EditForm, edit_form


def filled_form(actor: Actor, ticket: TicketInfo, side: Side) -> EditForm:
    """Return the form with the ticket's values."""
    values = {
        field.key: field.input_text(ticket.value(field.name)) for field in writable_fields(side)
    }
    return edit_form(side, formdata=None, data=values, etag=ticket_etag(actor, ticket))


def submit_edit(
    form: EditForm, *, actor: Actor, ticket: TicketInfo, has_files: bool
) -> tuple[int, Location | None]:
    """Call `submit_form`, but also return 409 if the ticket has changed.

    The form then has the new ETag, so that submitting it again overwrites the changes.
    """
    try:
        return submit_form(
            form,
            _edit_unless_changed,
            lambda edited: {"ticket_id": edited.id},
            actor=actor,
            ticket_id=ticket.id,
            etag=form.etag.data,
            removed_ids=sorted(form.removed_ids) if has_files else None,
            **form.content,
        )
    except PreconditionFailed:
        form.etag.data = ticket_etag(actor, ticket)
        form.form_errors += [
            gettext(
                "Nothing was saved because this ticket changed after you loaded the page. Your "
                "input is below. Save it again to overwrite the changes."
            )
        ]
    return 409, None


def _edit_unless_changed(
    *,
    actor: Actor,
    ticket_id: int,
    etag: str | None,
    removed_ids: Collection[str] | None,
    **changes: Any,
) -> TicketMixin:
    def is_shown(ticket: TicketInfo) -> bool:
        return ticket_etag(actor, ticket) == etag

    kept = None
    if removed_ids is not None:
        present = services.get_ticket(actor=actor, ticket_id=ticket_id).attachments
        kept = [each.url or each.path for each in present if str(each.id) not in removed_ids]
    return services.edit_ticket(
        actor=actor,
        ticket_id=ticket_id,
        attachment_urls=kept,
        precondition=is_shown if etag else None,
        **changes,
    )
