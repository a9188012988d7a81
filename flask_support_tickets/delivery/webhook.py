"""The channel ``webhook``: posts events to URLs, signed according to Standard Webhooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ..channel import Channel, Rejected
from ..schemas.webhooks import serialize_event
from ..webhook_settings import Webhook, type_of
from .http_post import PrivateAddress, post

#: The status of a receiver that wants no more events.
_GONE = 410


class WebhookChannel(Channel):
    """Posts each event to the webhooks that want it."""

    is_personal = False
    is_grouped = False

    def __init__(self, webhooks: Sequence[Webhook]) -> None:
        self._webhooks = {webhook.key: webhook for webhook in webhooks}

    def targets(self, action: str, *, is_internal: bool) -> Sequence[str]:
        kind = type_of(action)
        return [key for key, each in self._webhooks.items() if kind in each.events]

    def send(self, message: Any) -> None:
        webhook = self._webhooks.get(message.target)
        if webhook is None:
            raise Rejected("The webhook is no longer configured.")
        body = json.dumps(serialize_event(message), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **_signatures(webhook, message, body)}
        try:
            status = post(webhook.url, body, headers, allow_private=webhook.allow_private)
        except PrivateAddress as error:
            raise Rejected(f"{error} Set allow_private to allow it.") from error
        if status == _GONE:
            raise Rejected("The receiver wants no more events (410).")
        if not 200 <= status < 300:
            raise OSError(f"The receiver responded with {status}.")


def _signatures(webhook: Webhook, message: Any, body: bytes) -> dict[str, str]:
    from standardwebhooks import Webhook as Signer

    name, now = f"msg_{message.id}", datetime.now(UTC)
    signatures = (Signer(each).sign(name, now, body.decode()) for each in webhook.secrets)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
