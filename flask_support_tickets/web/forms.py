"""WTForms forms for the requester and admin pages."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

import marshmallow
from flask import flash, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from wtforms import Field, HiddenField, StringField, ValidationError

from ..current import current_tickets
from ..errors import Invalid
from ..i18n import gettext, lazy_gettext
from ..models.status import REPLY_ACTIONS, Action
from ..models.user_key import UserId, parse_id
from ..schemas.error_messages import translate_error
from ..services.validation import COMMENT_TEXT
from .files_field import FilesField

INVALID_VERSION = lazy_gettext(
    "Nothing was saved because the ticket's version in the form isn't valid. Please try again."
)
_KEY_MAX = 64


class CleanInput(StringField):
    """An input validated by a marshmallow field; ``data`` is the text as entered."""

    def __init__(self, label: Any, rules: Any, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.rules = rules

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""
        try:
            self.parse(self.data)
        except marshmallow.ValidationError as error:
            raise ValueError(" ".join(map(translate_error, error.messages))) from error

    def parse(self, text: str) -> object:
        """Parse ``text``. Raises marshmallow's `ValidationError`."""
        return self.rules.deserialize(text)


class ActionForm(FlaskForm):
    """A button: a form with only a CSRF token."""

    class Meta(FlaskForm.Meta):
        csrf_field_name = "csrf_token"  # regardless of the host's configuration

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Read only form fields, not JSON or files."""
            return request.form if formdata is not None and request.method == "POST" else None

    @property
    def is_forged(self) -> bool:
        """Whether the CSRF token is missing, expired or wrong."""
        return "csrf_token" in self.errors

    @property
    def csrf_value(self) -> str:
        """The result of `csrf_value`."""
        return csrf_value()

    @property
    def problems(self) -> list[tuple[str, str]]:
        """All errors, in the order of the fields, as pairs of a field ID (or "") and a message."""
        if self.is_forged:
            return [("", gettext("This form has expired. Please submit it again."))]
        found = [(field.id, _summary(field, error)) for field in self for error in field.errors]
        return found + [("", str(error)) for error in self.form_errors]


def csrf_value() -> str:
    """Return the CSRF token for all forms on a page; empty if the host has disabled CSRF tokens."""
    meta = ActionForm.Meta()
    token: str = generate_csrf(token_key=meta.csrf_field_name) if meta.csrf else ""
    return token


def _summary(field: Field, error: str) -> str:
    """Prefix an error with the field's label, unless the message already names the field."""
    names_field = isinstance(field, FilesField | HiddenField) or (
        isinstance(field, CleanInput) and error == str(getattr(field.rules, "blank", ""))
    )
    return error if names_field else f"{field.label.text}: {error}"


class NumberField(HiddenField):
    """A hidden field for an optional positive number."""

    def __init__(self, *args: Any, error: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error = error or lazy_gettext("Invalid value.")

    @property
    def number(self) -> int | None:
        return parse_id(self.data or "")

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data and self.number is None:
            raise ValidationError(str(self.error))


def is_refused() -> bool:
    """Return whether a button's form has an invalid token or version (E3), and flash the reason."""
    version = request.form.get("version")
    if not ActionForm().validate():
        flash(gettext("This page has expired. Please try again."), "error")
    elif version and parse_id(version) is None:
        flash(str(INVALID_VERSION), "error")
    else:
        return False
    return True


def unsent_text() -> str:
    """Return the message for a user who had to sign in before sending a reply (W9)."""
    return gettext(
        "Your reply wasn't sent because you were signed out. Send it again. If your text isn't "
        "below, please write it again."
    )


def parse_assignee(user_id: str) -> UserId:
    """Return the user key for a submitted ID. Raises `Invalid` if it is malformed."""
    key = current_tickets.models.user_key.from_text(user_id)
    if key is None:
        raise Invalid({"assignedToUserId": [gettext("Choose a staff member.")]})
    return key


class MarkReadForm(ActionForm):
    """A button that marks comments as read (R1)."""

    #: The number of the other side's comments that the page showed.
    count = NumberField()

    def validate_count(self, field: NumberField) -> None:
        if not field.data:
            raise ValidationError(str(field.error))


class SubmissionForm(ActionForm):
    """A form with files. It takes effect only once, no matter how often it is submitted."""

    submission_key = HiddenField()
    attachments: FilesField
    #: The name of the field that can be previewed.
    prose: ClassVar[str]
    is_preview = False

    def validate_preview(self) -> bool:
        """Return whether the text can be previewed, ignoring errors in other fields."""
        self.validate()
        if self.is_forged or self[self.prose].errors:
            return False
        self.clear_errors()
        return True

    def clear_errors(self) -> None:
        for field in self:
            field.errors = []

    def ensure_submission_key(self) -> None:
        if not self.submission_key.data:
            self.submission_key.data = secrets.token_urlsafe(16)

    @property
    def valid_submission_key(self) -> str | None:
        """The submitted key, or None if it is missing or too long."""
        key: str = self.submission_key.data or ""
        return key if 0 < len(key) <= _KEY_MAX else None


class CommentForm(SubmissionForm):
    """The form for commenting on a ticket or replying to a comment."""

    text = CleanInput(lazy_gettext("Your reply"), COMMENT_TEXT)
    parentCommentId = NumberField(
        error=lazy_gettext("The message you're replying to isn't on this ticket.")
    )
    #: The number of the other side's comments on the page; other clients leave it empty.
    seenCount = NumberField()
    #: The action of the button, if it has one.
    then = HiddenField()
    attachments = FilesField(lazy_gettext("Attachments"))
    prose = "text"

    def validate_then(self, field: Field) -> None:
        if field.data and self.action is None:
            raise ValidationError(gettext("Unknown action."))

    @property
    def action(self) -> Action | None:
        """The action to take together with the comment (W8)."""
        return next((each for each in REPLY_ACTIONS if each == self.then.data), None)
