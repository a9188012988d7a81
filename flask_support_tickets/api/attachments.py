"""``/api/ticket-attachments``: upload a file, and get it back."""

from __future__ import annotations

from flask import Response, jsonify

from .. import services
from ..schemas import AttachmentQuery, NoQuery, dump_upload
from ..services.uploads import with_files
from .blueprint import api, signed_in
from .reading import read_query, read_upload
from .sending import send_file, send_preview


@api.post("/ticket-attachments")
def create_attachment() -> tuple[Response, int]:
    """Upload a file, to be named once in the ``attachmentUrls`` of a ticket or comment."""
    actor = signed_in()
    upload = read_upload("file")
    read_query(NoQuery)
    attachment = with_files(services.add_upload, uploads=[upload], actor=actor)
    return jsonify(success=True, data=dump_upload(attachment)), 201


@api.get("/ticket-attachments/<key>/<filename>")
def download_attachment(key: str, filename: str) -> Response:
    """The bytes as they were sent; or a picture's ``thumbnail`` or ``view``."""
    actor = signed_in()
    variant = read_query(AttachmentQuery)["variant"]
    attachment = services.get_attachment(actor=actor, storage_key=key, filename=filename)
    return send_preview(attachment, variant) if variant else send_file(attachment)
