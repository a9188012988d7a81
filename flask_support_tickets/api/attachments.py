"""``/api/ticket-attachments``: upload and download files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response, request
from werkzeug.datastructures import Headers

from .. import services
from ..actor import Actor
from ..schemas import AttachmentQuery, UploadSchema, serialize_upload
from .blueprint import api
from .downloads import send_file, send_preview
from .idempotency import idempotent_post
from .operation import operation

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@operation("POST", "/ticket-attachments", UploadSchema, status=201, takes_file=True)
def create_attachment(actor: Actor, **content: Any) -> dict[str, Any]:
    """Upload a file, to be named once in the ``attachmentUrls`` of a ticket or comment."""
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
    """The bytes as they were sent; or a picture's ``thumbnail`` or ``view``."""
    attachment = services.get_attachment(actor=actor, storage_key=key, filename=filename)
    return send_preview(attachment, variant) if variant else send_file(attachment)


class _Sandboxed(Response):
    """Opened by itself, nothing in it can run, load or be framed (rule B7).

    Many hosts set a policy on each answer in a hook; ours is set when those have run.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return headers


@api.after_request
def sandbox_files(response: Response) -> Response:
    """Keep our policy on whatever is answered where files are, of whichever class it is."""
    if request.endpoint != f"{api.name}.{download_attachment.__name__}":
        return response
    kind: Any = type(response)
    answer: Response = _sandboxed(kind).force_type(response)
    return answer


@cache
def _sandboxed(kind: type[Any]) -> type[Any]:
    return type("SandboxedResponse", (_Sandboxed, kind), {})
