"""Error pages in the look of the site."""

from __future__ import annotations

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException


def show_errors_as_pages(app: Flask) -> None:
    """Render every HTTP error as a page; the ticket API keeps answering in JSON."""
    app.register_error_handler(HTTPException, _error_page)


def _error_page(error: HTTPException) -> ResponseReturnValue:
    response = error.get_response()
    if error.code is None or error.code < 400:
        return response
    response.set_data(render_template("error.html", error=error))
    response.content_type = "text/html; charset=utf-8"
    return response
