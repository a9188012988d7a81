"""Report what changed on a ticket since its page was loaded (rule E3)."""

from __future__ import annotations

from .. import services
from ..actor import Actor
from ..services.read_models import EventInfo, TicketInfo

#: The most changes that are told; an older page has missed more.
CHANGES_MAX = 20
#: The most that are told in one line.
TOLD_MAX = 3


def changes_since(
    actor: Actor, ticket: TicketInfo, version: int | None, *, limit: int = CHANGES_MAX
) -> list[EventInfo]:
    """Return what has happened to ``ticket`` since it had ``version``, the latest first.

    Each change counts one version up and leaves one event (H1). At most ``limit``.
    """
    count = min(ticket.version - version, limit) if version else 0
    if count <= 0:
        return []
    return services.list_history(actor=actor, ticket=ticket, limit=count)[::-1]
