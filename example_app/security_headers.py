"""What the browser is told not to do."""

from __future__ import annotations

from flask import Flask, Response, request

#: No inline script or style, nothing from elsewhere.
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
#: Bootstrap 4 draws a few icons from ``data:`` addresses in its style sheet.
_ADMIN_POLICY = f"{_POLICY}; img-src 'self' data:"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
}


def add_security_headers(app: Flask) -> None:
    """Send them with every answer; a header that is there already stays."""

    @app.after_request
    def add(response: Response) -> Response:
        is_admin = request.path == "/admin" or request.path.startswith("/admin/")
        policy = _ADMIN_POLICY if is_admin else _POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response
