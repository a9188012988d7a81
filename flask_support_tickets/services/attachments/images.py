"""Find an image of a ticket, with the previous and the next image."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from ...actor import Actor
from ...current import current_tickets
from ...errors import NotFound
from ..access import visible_attachments
from ..database import run
from ..read_models import AttachmentInfo, columns_of


class TicketImage(NamedTuple):
    """An image with previews, and its place among the images of its ticket."""

    info: AttachmentInfo
    #: The position, starting at 1: first the images of the description, then of each comment.
    number: int
    total: int
    #: The storage keys of the images before and after it, or None at either end.
    before: str | None
    after: str | None


def get_image(*, actor: Actor, ticket_id: int, storage_key: str) -> TicketImage:
    """Return an image of a ticket that the actor can see.

    Raises `NotFound` if the ticket has no such file, or if the file has no previews (B6, B8).
    """
    model = current_tickets.models.TicketAttachment
    c = model.__table__.c
    order = func.coalesce(c.comment_id, 0), c.position
    found = (
        visible_attachments(
            actor,
            *columns_of(AttachmentInfo, model),
            func.row_number().over(order_by=order).label("number"),
            func.count().over().label("total"),
            func.lag(c.storage_key).over(order_by=order).label("before"),
            func.lead(c.storage_key).over(order_by=order).label("after"),
        )
        .where(c.ticket_id == ticket_id, c.has_preview.is_(True))
        .subquery()
    )
    row = run(select(found).where(found.c.storage_key == storage_key)).one_or_none()
    if row is None:
        raise NotFound
    values = row._asdict()
    number, total, before, after = (values.pop(each) for each in TicketImage._fields[1:])
    return TicketImage(AttachmentInfo(**values), number, total, before, after)
