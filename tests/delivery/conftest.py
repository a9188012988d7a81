"""A channel of the host that keeps what it sends."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_support_tickets.delivery import Message
from flask_support_tickets.delivery.channels import HostChannel

from ..outbox import use_channels

#: Sends every kind of notification to that channel.
NOTIFY = {kind: ["push"] for kind in ("opened", "reply", "status", "assigned", "note")}


@pytest.fixture
def sent(app: Flask) -> list[Message]:
    """Return the messages that the channel has sent."""
    messages: list[Message] = []
    use_channels(app, push=HostChannel(messages.append))
    return messages
