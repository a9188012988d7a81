"""What happens to one ticket."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_support_tickets import Action


@dataclass(slots=True)
class Story:
    """What will happen to one ticket, and how far it has come."""

    ticket_id: int
    owner: int
    assignee: int
    #: What happens, in order: a moment in microseconds, and an action or the index of a comment.
    steps: list[tuple[int, str | int]]
    parents: list[int | None] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    planted: str = ""
    #: Which comments are staff's.
    by_staff: list[bool] = field(default_factory=list)
    status: int = 0
    done: int = 0
    comment_ids: list[int] = field(default_factory=list)
    comment_ids: list[int] = field(default_factory=list)

    @property
    def first_reply_at(self) -> int | None:
        """When staff first commented."""
        replies = (at for at, what in self.steps if isinstance(what, int) and self.by_staff[what])
        return next(replies, None)

    def waits_since(self, created_at: int) -> int | None:
        """Since when it waits for staff, in the end."""
        since: int | None = created_at
        for at, what in self.steps:
            if isinstance(what, str):
                since = since if what == Action.StartProgress else None
            elif self.by_staff[what]:
                since = None
            elif since is None:
                since = at
        return since
