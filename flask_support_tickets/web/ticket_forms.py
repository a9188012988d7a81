"""The forms for opening and editing a ticket, with an input for each declared field."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import request
from wtforms import HiddenField

from ..i18n import lazy_gettext
from ..models.status import Side
from ..services.tickets.fields import opening_fields, writable_fields
from ..ticket_field import TicketField
from .files_field import FilesField
from .forms import CleanInput, SubmissionForm


class DeclaredInput(CleanInput):
    """The input for a declared ticket field; ``value`` is the parsed value."""

    def __init__(self, declared: TicketField, **kwargs: Any) -> None:
        super().__init__(declared.label, declared.field, **kwargs)
        self.declared = declared
        self.value: Any = None

    def parse(self, text: str) -> object:
        is_checkbox = self.declared.input_type == "checkbox"
        self.value = self.declared.parse(str(bool(text)) if is_checkbox else text)
        return self.value


class TicketForm(SubmissionForm):
    """The form for opening a ticket. `ticket_form` adds the declared fields."""

    attachments = FilesField(lazy_gettext("Attachments"))
    prose = "description"

    @property
    def inputs(self) -> list[DeclaredInput]:
        return [field for field in self if isinstance(field, DeclaredInput)]

    @property
    def content(self) -> dict[str, Any]:
        """The parsed values, keyed by field name."""
        return {field.declared.name: field.value for field in self.inputs}


class EditForm(TicketForm):
    """The form for editing a ticket."""

    #: The ETag of the ticket that the page showed; other clients leave it empty.
    etag = HiddenField()

    @property
    def removed_ids(self) -> set[str]:
        """The ids of the attachments to remove."""
        return set(request.form.getlist("removeAttachment"))


def ticket_form(**arguments: Any) -> TicketForm:
    """Return a `TicketForm` with the declared fields that requesters can set."""
    form: TicketForm = _with_inputs(TicketForm, tuple(opening_fields()))(**arguments)
    return form


def edit_form(side: Side, **arguments: Any) -> EditForm:
    """Return an `EditForm` with the declared fields that a side of a ticket can change."""
    form: EditForm = _with_inputs(EditForm, tuple(writable_fields(side)))(**arguments)
    return form


@cache
def _with_inputs(form: type[TicketForm], declared: tuple[TicketField, ...]) -> type[Any]:
    return type(form.__name__, (form,), {each.key: DeclaredInput(each) for each in declared})
