"""The file input of the forms."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.widgets import FileInput

from ..current import current_tickets
from ..file_types.extensions import ROTATION, acceptable
from ..file_types.refusals import type_list, type_not_allowed
from ..i18n import gettext, ngettext
from ..services.attachments.uploads import Upload, problems_with, readable_size
from .multipart import get_uploaded_files


class FilesField(Field):
    """A file input that accepts multiple files; ``data`` is a list of `Upload` objects."""

    widget = FileInput(multiple=True)
    errors: list[str]

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        self.process_errors: list[str] = []
        self.data: list[Upload] = []
        if formdata is not None:
            self.data = get_uploaded_files(request, self.name)
            # A form without multipart encoding sends only the files' names.
            if any(text.strip() for text in formdata.getlist(self.name)):
                self.process_errors.append(gettext("Your files didn't upload. Attach them again."))

    def pre_validate(self, form: FlaskForm) -> None:
        """Report all files that break rule B2 or B3."""
        self.errors += problems_with(self.data)

    def report_lost_files(self) -> None:
        """Ask the user to choose the files again, because browsers do not keep them."""
        if self.data:
            self.errors = [*self.errors, gettext("Choose your files again.")]

    @property
    def max_count(self) -> int:
        """The maximum number of files; 0 hides the input."""
        return current_tickets.config.attachment_max_count

    @property
    def max_bytes(self) -> int:
        """The maximum size of one file, in bytes."""
        return current_tickets.config.attachment_max_bytes

    @property
    def limits(self) -> str:
        """A hint that describes which files are allowed."""
        kinds = type_list(current_tickets.config.attachment_types)
        text = ngettext(
            "One file, up to %(size)s. Allowed types: %(kinds)s.",
            "Up to %(count)d files, up to %(size)s each. Allowed types: %(kinds)s.",
            self.max_count,
        )
        size = readable_size(self.max_bytes)
        return text % {"count": self.max_count, "size": size, "kinds": kinds}

    @property
    def accept(self) -> str:
        """The extensions of files that can be accepted, as in the ``accept`` attribute."""
        names = acceptable(current_tickets.config.attachment_types)
        return ",".join(f".{name}" for name in names)

    @property
    def type_problem(self) -> str:
        """The message for a file with another extension."""
        return str(type_not_allowed(current_tickets.config.attachment_types))

    #: A regular expression for the suffixes that are ignored at the end of a name.
    rotation = ROTATION
