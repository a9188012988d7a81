"""``/api/ticket-attachments``: upload a file, and get it back."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.blueprints import BlueprintSetupState

from .. import services
from ..policy import Actor
from ..schemas import AttachmentQuery, UploadSchema, dump_upload
from .blueprint import api
from .once import post_once
from .operation import operation
from .sending import send_file, send_preview

#: Opened by itself, nothing in a file can run, load or be framed (rule B7).
_POLICY = "sandbox; default-src 'none'"


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


@api.record_once
def set_policy_last(state: BlueprintSetupState) -> None:
    """Set the policy of files after every hook of the host: many set one on each answer, and the
    hook that was added first runs last.
    """
    state.app.after_request_funcs.setdefault(None, []).insert(0, _set_policy)


def _set_policy(response: Response) -> Response:
    if request.endpoint == f"{api.name}.{download_attachment.__name__}":
        response.headers["Content-Security-Policy"] = _POLICY
    return response
