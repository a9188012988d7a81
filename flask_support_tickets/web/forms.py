"""WTForms of the requester and admin pages: CSRF token, one-time key, text rules."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import marshmallow
from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.widgets import FileInput

from ..current import current_tickets
from ..i18n import gettext, lazy_gettext, ngettext
from ..models.user_key import parse_id
from ..schemas.error_messages import translate_error
from ..services.attachments.uploads import Upload, problems_with, readable_size
from ..services.validation import COMMENT_TEXT
from ..ticket_field import TicketField
from .multipart import get_uploaded_files

_KEY_MAX = 64


class CleanInput(StringField):
    """An input under the rules of a marshmallow field; ``data`` is the text as it was typed."""

    def __init__(self, label: Any, rules: Any, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.rules = rules

    def process_formdata(self, valuelist: list[str]) -> None:
        """Check the text; a complaint becomes the error of the field."""
        self.data = valuelist[0] if valuelist else ""
        try:
            self.parse(self.data)
        except marshmallow.ValidationError as error:
            raise ValueError(" ".join(map(translate_error, error.messages))) from error

    def parse(self, text: str) -> Any:
        """Return what the text means. Raises marshmallow's `ValidationError`."""
        return self.rules.deserialize(text)

    @property
    def blank_error(self) -> str:
        """The error of an empty field; it names the field."""
        return str(getattr(self.rules, "blank", ""))


class DeclaredInput(CleanInput):
    """The input of a declared field of a ticket; ``value`` is what the text means."""

    def __init__(self, declared: TicketField, **kwargs: Any) -> None:
        super().__init__(declared.label, declared.field, **kwargs)
        self.declared = declared
        self.value: Any = None

    def parse(self, text: str) -> Any:
        self.value = self.declared.parse(text)
        return self.value


class FilesField(Field):
    """The files of a form, each under a rule; ``data`` is a list of `Upload`."""

    widget = FileInput(multiple=True)
    errors: list[str]

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take the files of the request; the form's other data never holds any."""
        self.process_errors: list[str] = []
        self.data: list[Upload] = []
        if formdata is not None:
            self.data = get_uploaded_files(request, self.name)
            # A form sent without multipart encoding brings names instead of files.
            if any(text.strip() for text in formdata.getlist(self.name)):
                self.process_errors.append(gettext("Your files didn't upload. Attach them again."))

    def pre_validate(self, form: FlaskForm) -> None:
        """Refuse each file that breaks a rule, all of them at once (B2, B3)."""
        self.errors += problems_with(self.data)

    def report_lost_files(self) -> None:
        """Say that the files have to be chosen again: browsers do not keep them."""
        if self.data and not self.errors:
            self.errors = [gettext("Please choose your files again.")]

    @property
    def max_count(self) -> int:
        """How many can be attached; 0 means that the input is not shown."""
        return current_tickets.config.attachment_max_count

    @property
    def max_bytes(self) -> int:
        """The size of one file."""
        return current_tickets.config.attachment_max_bytes

    @property
    def limits(self) -> str:
        """What can be attached, in words, to be told before anything is chosen."""
        config = current_tickets.config
        kinds = ", ".join(name.upper() for name in config.attachment_types if name != "jpeg")
        text = ngettext(
            "One file, up to %(size)s. Allowed types: %(kinds)s.",
            "Up to %(count)d files, %(size)s each. Allowed types: %(kinds)s.",
            self.max_count,
        )
        return text % {
            "count": self.max_count,
            "size": readable_size(self.max_bytes),
            "kinds": kinds,
        }

    @property
    def accept(self) -> str:
        """The value of the input's ``accept``."""
        return ",".join(f".{name}" for name in current_tickets.config.attachment_types)


class ActionForm(FlaskForm):
    """A button: nothing but the CSRF token."""

    class Meta(FlaskForm.Meta):
        # Ours, whatever the host calls its own: we check it, and nobody else does.
        csrf_field_name = "csrf_token"

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Read form fields only: never JSON, never a file sent under a field's name."""
            return request.form if formdata is not None and request.method == "POST" else None

    @property
    def is_forged(self) -> bool:
        """Whether the CSRF token was missing, stale or wrong."""
        return "csrf_token" in self.errors

    @property
    def csrf_value(self) -> str:
        """The CSRF token for the buttons of one page; empty where the host has it off."""
        return self.csrf_token.current_token if "csrf_token" in self else ""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Every complaint as (id of the field or "", sentence), in the order of the form."""
        if self.is_forged:
            sentence = gettext("This page has expired. Please send it again.")
            return [("", sentence)]
        found = [(field.id, _summary(field, error)) for field in self for error in field.errors]
        return found + [("", str(error)) for error in self.form_errors]


def _summary(field: Field, error: str) -> str:
    """Return an error for the summary of a page: with the field's label, unless it names it."""
    names_field = isinstance(field, FilesField | HiddenField) or (
        isinstance(field, CleanInput) and error == field.blank_error
    )
    return error if names_field else f"{field.label.text}: {error}"


class MarkReadForm(ActionForm):
    """Mark as read: how many comments of the other side were on the page (R1)."""

    count = HiddenField()

    def validate_count(self, field: Field) -> None:
        """Refuse what no page of ours had."""
        if not self.number:
            raise ValidationError(gettext("Invalid value."))

    @property
    def number(self) -> int:
        """How many; 0 for what cannot be a number."""
        return parse_id(self.count.data or "") or 0


class SubmissionForm(ActionForm):
    """A form that counts once, however often it is sent, and can bring files."""

    submission_key = HiddenField()
    attachments: FilesField
    #: The name of the field that a preview shows.
    prose: ClassVar[str]
    #: Whether the page shall show how the text will look; nothing was sent then.
    is_preview = False

    def validate_preview(self) -> bool:
        """Whether the text can be shown; what is wrong elsewhere is told once it is sent."""
        self.validate()
        if self.is_forged or self[self.prose].errors:
            return False
        for field in self:
            field.errors = []
        return True

    def ensure_submission_key(self) -> None:
        """Give an empty form its one-time key."""
        if not self.submission_key.data:
            self.submission_key.data = secrets.token_urlsafe(16)

    @property
    def valid_submission_key(self) -> str | None:
        """The key that came with the form; None for a missing or overlong one."""
        key: str = self.submission_key.data or ""
        return key if 0 < len(key) <= _KEY_MAX else None


class TicketForm(SubmissionForm):
    """Open a ticket; `ticket_form` adds the declared fields."""

    attachments = FilesField(lazy_gettext("Attachments"))
    prose = "description"

    @property
    def inputs(self) -> list[DeclaredInput]:
        """The inputs of the declared fields."""
        return [field for field in self if isinstance(field, DeclaredInput)]

    @property
    def content(self) -> dict[str, Any]:
        """What was sent, by the name of the declared field."""
        return {field.declared.name: field.value for field in self.inputs}


def ticket_form(**arguments: Any) -> TicketForm:
    """Return a form with the fields that a requester fills in."""
    return _ticket_form_class(current_tickets.ticket_fields)(**arguments)


@cache
def _ticket_form_class(declared: Sequence[TicketField]) -> type[TicketForm]:
    inputs = {each.key: DeclaredInput(each) for each in declared if each.requester == "write"}
    return type("TicketForm", (TicketForm,), inputs)


class CommentForm(SubmissionForm):
    """Comment, or reply to a comment."""

    text = CleanInput(lazy_gettext("Your reply"), COMMENT_TEXT)
    parentCommentId = HiddenField()
    #: How many comments of the other side the page showed; empty in the forms of other clients.
    seenCount = HiddenField()
    attachments = FilesField(lazy_gettext("Attachments"))
    prose = "text"

    def validate_parentCommentId(self, field: Field) -> None:
        """Refuse what cannot be an id; whether there is such a comment the use case tells."""
        if field.data and parse_id(field.data) is None:
            raise ValidationError(gettext("The message you're replying to isn't on this ticket."))

    def validate_seenCount(self, field: Field) -> None:
        """Refuse what no page of ours had."""
        if field.data and parse_id(field.data) is None:
            raise ValidationError(gettext("Invalid value."))

    @property
    def read_count(self) -> int:
        """How many comments of the other side were on the page."""
        return parse_id(self.seenCount.data or "") or 0

    @property
    def parent_id(self) -> int | None:
        """The comment that is answered."""
        return parse_id(self.parentCommentId.data) if self.parentCommentId.data else None
