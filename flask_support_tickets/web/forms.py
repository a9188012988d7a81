"""The forms of the user pages and of the admin: CSRF token, one-time key, the rules for text."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError

from ..current import current_tickets
from ..i18n import gettext
from ..models.ticket import SUBJECT_MAX
from ..models.user_key import parse_id
from ..services.content import clean_comment, clean_department, clean_description, clean_subject
from ..text import TextError

_KEY_MAX = 64


class Ruled:
    """Validate a field by one of the rules for text; an optional field may be empty."""

    def __init__(self, rule: Callable[[str], str], *, optional: bool = False) -> None:
        self.rule = rule
        self.optional = optional

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if self.optional and not (field.data or "").strip():
            return
        try:
            self.rule(field.data or "")
        except TextError as error:
            raise ValidationError(str(error)) from error


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
            sentence = gettext("This page was open for too long. Please send it again.")
            return [("", sentence)]
        found = [
            (field.id, f"{field.label.text}: {error}") for field in self for error in field.errors
        ]
        return found + [("", str(error)) for error in self.form_errors]


class OnceForm(ActionForm):
    """A form that counts once, however often it is sent."""

    submission_key = HiddenField()

    def renew_key(self) -> None:
        """Give an empty form its one-time key."""
        if not self.submission_key.data:
            self.submission_key.data = secrets.token_urlsafe(16)

    @property
    def one_time_key(self) -> str | None:
        """The key that came with the form; None for a missing or overlong one."""
        key: str = self.submission_key.data or ""
        return key if 0 < len(key) <= _KEY_MAX else None


class TicketForm(OnceForm):
    """File a ticket."""

    subject = StringField(gettext("Subject"), validators=[Ruled(clean_subject)])
    description = TextAreaField(gettext("Description"), validators=[Ruled(clean_description)])
    department = StringField(
        gettext("Department"), validators=[Ruled(clean_department, optional=True)]
    )

    subject_max = SUBJECT_MAX

    @property
    def chosen_department(self) -> str | None:
        """The department; None when the field was left empty."""
        return (self.department.data or "").strip() or None

    @property
    def department_choices(self) -> tuple[str, ...]:
        """The configured departments; empty where any text will do."""
        return current_tickets.config.departments


class CommentForm(OnceForm):
    """Comment, or reply to a comment."""

    text = TextAreaField(gettext("Comment"), validators=[Ruled(clean_comment)])
    parentCommentId = HiddenField(gettext("Reply"))

    def validate_parentCommentId(self, field: Field) -> None:
        """Refuse what cannot be an id; whether there is such a comment the use case tells."""
        if field.data and parse_id(field.data) is None:
            raise ValidationError(gettext("There is no such comment on this ticket."))

    @property
    def parent_id(self) -> int | None:
        """The comment that is answered."""
        return parse_id(self.parentCommentId.data) if self.parentCommentId.data else None
