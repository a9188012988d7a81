"""The channel ``chat``: a short message about each event, sent by Apprise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import current_app
from jinja2.filters import do_truncate

from ..channel import Channel, Rejected
from ..web.event_text import event_text
from .links import ticket_url

_TEXT_MAX = 500


class ChatChannel(Channel):
    """Sends events to chats, such as Slack or Matrix rooms. Internal events are not sent."""

    is_personal = False
    is_grouped = False

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = {hashlib.sha256(url.encode()).hexdigest()[:16]: url for url in urls}

    def targets(self, action: str, *, is_internal: bool) -> Sequence[str]:
        return () if is_internal else [*self._urls]

    def send(self, message: Any) -> None:
        from apprise import Apprise

        url = self._urls.get(message.target)
        if url is None:
            raise Rejected("The chat is no longer configured.")
        chat = Apprise()
        chat.add(url)
        title, body = _text_of(message)
        if not chat.notify(title=title, body=body):
            raise OSError("The chat did not accept the message.")


def _text_of(message: Any) -> tuple[str, str]:
    """Return the title and the body: what happened, the beginning of the comment, and a link."""
    [event] = message.events
    comment = message.comments.get(event.comment_id)
    parts = [event_text(event)]
    if comment is not None:
        parts.append(do_truncate(current_app.jinja_env, comment.text, _TEXT_MAX))
    url = ticket_url(message)
    if url is not None:
        parts.append(url)
    return f"#{message.ticket.id} {message.ticket.subject}", "\n\n".join(parts)
