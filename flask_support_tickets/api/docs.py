"""The OpenAPI document and its page, served when ``SUPPORT_TICKETS_API_DOCS`` is on."""

from __future__ import annotations

from flask import Response, jsonify, make_response, render_template, request

from ..current import current_tickets
from ..errors import NotFound
from .blueprint import api
from .openapi import make_document

#: The page loads its own files and nothing else; the viewer's signs are in its stylesheet.
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


@api.get("/tickets/openapi.json")
def show_document() -> Response:
    """The OpenAPI document."""
    if not current_tickets.config.api_docs:
        raise NotFound
    return jsonify(make_document(script_root=request.script_root))


@api.get("/tickets/docs")
def show_docs() -> Response:
    """A page to read the document, and to try it as whoever is signed in."""
    if not current_tickets.config.api_docs:
        raise NotFound
    response = make_response(render_template("support_tickets/api_docs.html"))
    response.headers["Content-Security-Policy"] = _POLICY
    return response
