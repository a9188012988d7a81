"""``/api/ticket-attachments``: upload a file, and get it back."""

from __future__ import annotations

from typing import Any

from flask import Response

from .. import services
from ..policy import Actor
from ..schemas import AttachmentQuery, UploadSchema, dump_upload
from .once import post_once
from .operation import operation
from .sending import send_file, send_preview


@operation("POST", "/ticket-attachments", UploadSchema, status=201, takes_file=True)
def create_attachment(actor: Actor, **content: Any) -> dict[str, Any]:
    """Upload a file, to be named once in the ``attachmentUrls`` of a ticket or comment."""
    return post_once(services.add_upload, dump_upload, actor=actor, **content)


@operation(
    "GET",
    "/ticket-attachments/<key>/<filename>",
    None,
    query=AttachmentQuery,
    refusals=("not_found", "range_not_satisfiable"),
    has_etag=True,
)
def download_attachment(actor: Actor, key: str, filename: str, variant: str | None) -> Response:
    """The bytes as they were sent; or a picture's ``thumbnail`` or ``view``."""
    attachment = services.get_attachment(actor=actor, storage_key=key, filename=filename)
    return send_preview(attachment, variant) if variant else send_file(attachment)
