"""The cross-site guard: refuse writes that a browser sends from another site (rule C1)."""

from __future__ import annotations

from flask import current_app, request, session

from ..origin import is_own_origin

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})
#: Schemes whose credentials a browser adds by itself, so that they prove nothing.
_AMBIENT_SCHEMES = frozenset({"basic", "digest", "negotiate", "ntlm"})


def is_cross_site_write() -> bool:
    """Whether this request would change something and was sent by another site's page.

    ``Sec-Fetch-Site`` decides where it is sent, else ``Origin``; with neither it is no browser.
    A user known by token alone is exempt: no browser adds that token for another site.
    """
    if request.method in _SAFE or _is_known_by_token():
        return False
    if "Sec-Fetch-Site" in request.headers:
        return is_sent_by_another_site()
    origin = request.headers.get("Origin")
    return origin is not None and not is_own_origin(origin)


def is_sent_by_another_site() -> bool:
    """Whether the browser itself says, in ``Sec-Fetch-Site``, that another site sent this."""
    return request.headers.get("Sec-Fetch-Site", "none") not in _OWN


def _is_known_by_token() -> bool:
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
