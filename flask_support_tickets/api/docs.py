"""The OpenAPI document and the page that shows it, enabled by ``SUPPORT_TICKETS_API_DOCS``."""

from __future__ import annotations

from flask import Response, jsonify, make_response, render_template, request

from ..current import current_tickets
from ..errors import NotFound
from .blueprint import api
from .openapi import make_document

#: Swagger UI's stylesheet embeds icons as ``data:`` URLs.
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


@api.get("/tickets/openapi.json")
def show_document() -> Response:
    if not current_tickets.config.api_docs:
        raise NotFound
    return jsonify(make_document(script_root=request.script_root))


@api.get("/tickets/docs")
def show_docs() -> Response:
    """Show the document in Swagger UI, which sends requests as the signed-in user."""
    if not current_tickets.config.api_docs:
        raise NotFound
    response = make_response(render_template("support_tickets/api_docs.html"))
    response.headers["Content-Security-Policy"] = _POLICY
    return response
