"""The cross-site guard, based on Fetch Metadata (rule C1)."""

from __future__ import annotations

from flask import current_app, request, session

from ..origin import is_own_origin

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})
#: Authorization schemes whose credentials browsers attach automatically, even across sites.
_AMBIENT_SCHEMES = frozenset({"basic", "digest", "negotiate", "ntlm"})


def is_cross_site_write() -> bool:
    """Return whether this is a write request from another site.

    ``Sec-Fetch-Site`` decides, or else ``Origin``. A client that sends neither is not a browser.
    Requests authenticated only by a token are exempt, because other sites cannot send the token.
    """
    if request.method in _SAFE or _is_token_authenticated():
        return False
    if "Sec-Fetch-Site" in request.headers:
        return is_sent_by_another_site()
    origin = request.headers.get("Origin")
    return origin is not None and not is_own_origin(origin)


def is_sent_by_another_site() -> bool:
    """Return whether ``Sec-Fetch-Site`` says that another site sent the request."""
    return request.headers.get("Sec-Fetch-Site", "none") not in _OWN


def _is_token_authenticated() -> bool:
    config = current_app.config
    cookies = {config["SESSION_COOKIE_NAME"], config.get("REMEMBER_COOKIE_NAME", "remember_token")}
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return (
        bool(scheme)
        and not (credentials and scheme.lower() in _AMBIENT_SCHEMES)
        and current_app.login_manager._request_callback is not None  # type: ignore[attr-defined]
        and cookies.isdisjoint(request.cookies)
        and "_user_id" not in session
    )
