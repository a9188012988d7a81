"""Signed tokens for the unsubscribe link, which works without signing in (rule O5)."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from ..current import current_tickets
from ..models import UserKey
from ..models.user_key import UserId
from ..secret_keys import secret_keys

_SALT = "support-tickets-unsubscribe"


def make_token(user_id: UserId) -> str:
    """Return a token for a user's link. It does not expire, because people keep emails."""
    return str(_serializer().dumps(UserKey.to_json(user_id)))


def read_token(token: str) -> UserId | None:
    """Return the key of the user, or None if the token is not one of this app."""
    try:
        return current_tickets.models.user_key.from_json(_serializer().loads(token))
    except BadSignature:
        return None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(secret_keys(), salt=_SALT)
