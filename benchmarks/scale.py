"""How much there is of everything, and which tickets are special."""

from __future__ import annotations

from dataclasses import dataclass

from .vocabulary import COMMON_WORD, RARE_TICKETS, RARE_WORD


@dataclass(frozen=True)
class Scale:
    """How much there is of everything."""

    tickets: int
    seed: int = 5

    @property
    def users(self) -> int:
        """Ordinary users: 50,000 for a million tickets."""
        return max(10, self.tickets // 20)

    @property
    def staff(self) -> int:
        """Staff users, who come first: 50 for a million tickets."""
        return max(16, min(50, self.users // 20))

    @property
    def busy_id(self) -> int:
        """The ticket with 5,000 comments, of which a fifth are replies."""
        return self.tickets // 2

    @property
    def thread_id(self) -> int:
        """The ticket with 20 top-level comments and 247 replies."""
        return self.busy_id + 1

    @property
    def plain_id(self) -> int:
        """The ticket with exactly 20 comments, all top-level."""
        return self.busy_id + 2

    def planted(self, ticket_id: int) -> str:
        """Return the planted word of a ticket, or an empty text."""
        if ticket_id % 100 == 37:
            return COMMON_WORD
        every = max(1, self.tickets // RARE_TICKETS)
        return RARE_WORD if ticket_id % every == every // 2 and ticket_id <= every * 5 else ""
