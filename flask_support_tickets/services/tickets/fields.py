"""The built-in ticket fields, and functions that select fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marshmallow import ValidationError, fields, validate

from ...config import Config
from ...current import current_tickets
from ...i18n import gettext, lazy_gettext
from ...models import TicketPriority
from ...models.priority import PRIORITY_LABELS
from ...models.status import Side
from ...models.ticket import DEPARTMENT_MAX, DESCRIPTION_MAX, SUBJECT_MAX
from ...ticket_field import CleanText, NameList, TicketField
from .tags import TagList

#: The key of a ticket's own attachments.
ATTACHMENTS = "attachmentUrls"


class Department(CleanText):
    """A department. If departments are configured, it must be one of them (T5)."""

    def __init__(self) -> None:
        super().__init__(DEPARTMENT_MAX, single_line=True, load_default=None, allow_none=True)

    @property
    def choices(self) -> tuple[str, ...]:
        """The configured departments. If there are none, any text is allowed."""
        return current_tickets.config.departments

    def openapi(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)} if self.choices else super().openapi()

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        department = super()._deserialize(value, *args, **kwargs)
        if self.choices and department not in self.choices:
            message = gettext("Choose one of: %(names)s.")
            raise ValidationError(message % {"names": ", ".join(self.choices)})
        return department


class Priority(fields.Integer):
    """A value of `TicketPriority`, by default Normal (M1)."""

    def __init__(self) -> None:
        one_of = validate.OneOf([each.value for each in TicketPriority])
        super().__init__(
            strict=True,
            load_default=TicketPriority.Normal.value,
            validate=one_of,
            metadata={"schema": "TicketPriority"},
        )


SUBJECT = TicketField(
    "subject",
    CleanText(SUBJECT_MAX, single_line=True, required=True, blank=lazy_gettext("Enter a subject.")),
    label=lazy_gettext("Subject"),
    description=lazy_gettext("Sum up your issue in one line."),
)
DESCRIPTION = TicketField(
    "description",
    CleanText(DESCRIPTION_MAX, required=True, blank=lazy_gettext("Enter a description.")),
    label=lazy_gettext("Description"),
    staff="read",
    description=lazy_gettext("Tell us what happened, where it happened and what you expected."),
)
DEPARTMENT = TicketField(
    "department",
    Department(),
    label=lazy_gettext("Department"),
    filter=CleanText(DEPARTMENT_MAX, single_line=True, load_default=None),
)
PRIORITY = TicketField(
    "priority",
    Priority(),
    label=lazy_gettext("Priority"),
    requester="read",
    choice_labels=PRIORITY_LABELS,
    filter=NameList(TicketPriority),
    in_queue=True,
)
TAGS = TicketField(
    "tags",
    TagList(),
    label=lazy_gettext("Tags"),
    requester=None,
    description=lazy_gettext("Separate tags with commas."),
    is_column=False,
)
_REQUESTER_PRIORITY = replace(PRIORITY, requester="open")


def built_in_fields(config: Config) -> tuple[TicketField, ...]:
    """Return the declarations of the built-in fields for an app."""
    priority = _REQUESTER_PRIORITY if config.requester_priority else PRIORITY
    return SUBJECT, DESCRIPTION, DEPARTMENT, priority, TAGS


def opening_fields() -> list[TicketField]:
    """Return the fields that requesters can set in a new ticket."""
    declared = current_tickets.ticket_fields
    return [field for field in declared if field.requester in ("write", "open")]


def writable_fields(side: Side) -> list[TicketField]:
    """Return the fields that a side of a ticket can set while it can edit the ticket (W10)."""
    access = {Side.OWNER: "requester", Side.STAFF: "staff"}.get(side)
    declared = current_tickets.ticket_fields
    return [field for field in declared if access and getattr(field, access) == "write"]


def writable_keys(side: Side) -> frozenset[str]:
    """Return the keys of the `writable_fields`, and of the attachments if they can be set."""
    keys = frozenset(field.key for field in writable_fields(side))
    return keys | {ATTACHMENTS} if side is Side.OWNER else keys


def visible_fields(*, is_staff: bool) -> list[TicketField]:
    """Return the fields that staff or requesters can see."""
    declared = current_tickets.ticket_fields
    return [field for field in declared if is_staff or field.requester is not None]


def visible_properties(*, is_staff: bool) -> list[TicketField]:
    """Return `visible_fields` without the subject and the description."""
    fields = visible_fields(is_staff=is_staff)
    return [field for field in fields if field not in (SUBJECT, DESCRIPTION)]


def filter_fields() -> list[TicketField]:
    """Return the fields that a list can be filtered by."""
    return [field for field in current_tickets.ticket_fields if field.filter is not None]
