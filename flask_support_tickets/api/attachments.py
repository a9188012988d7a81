"""``/api/ticket-attachments``: upload and download files."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request, request_finished
from flask.blueprints import BlueprintSetupState

from .. import services
from ..actor import Actor
from ..schemas.queries import AttachmentQuery
from ..schemas.responses import UploadSchema, serialize_upload
from .blueprint import api
from .downloads import send_file, send_preview
from .idempotency import idempotent_post
from .operation import operation


@operation("POST", "/ticket-attachments", UploadSchema, status=201, takes_file=True)
def create_attachment(actor: Actor, **content: Any) -> dict[str, Any]:
    """Upload a file to use once in the ``attachmentUrls`` of a ticket or comment."""
    return idempotent_post(services.add_upload, serialize_upload, actor=actor, **content)


@operation(
    "GET",
    "/ticket-attachments/<key>/<filename>",
    None,
    query=AttachmentQuery,
    refusals=("not_found", "range_not_satisfiable"),
    has_etag=True,
)
def download_attachment(actor: Actor, key: str, filename: str, variant: str | None) -> Response:
    """Download a file, or the ``thumbnail`` or ``view`` of an image."""
    attachment = services.get_attachment(actor=actor, storage_key=key, filename=filename)
    return send_preview(attachment, variant) if variant else send_file(attachment)


@api.record_once
def sandbox_files(setup: BlueprintSetupState) -> None:
    """Sandbox served files, overriding any policy that the host's hooks have set (rule B7)."""
    request_finished.connect(set_sandbox, setup.app)


def set_sandbox(_app: Flask, response: Response, **_: Any) -> None:
    if request.endpoint == f"{api.name}.{download_attachment.__name__}":
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
