"""Users, tickets with comments, events and attachments: the same rows for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

Row = dict[str, Any]

#: A word in the description of one ticket in a hundred, and nowhere else.
SEARCHED_WORD = "flamingo"
#: Top-level comments and replies of the ticket `Scale.thread_id`.
THREADS, REPLIES = 20, 247
_END = datetime(2026, 6, 1, tzinfo=UTC)
_SPAN = timedelta(days=3 * 365)
_BATCH = 1_000
_COMMENTS_MAX = 60
_DEPTH_MAX = 8
_DEPARTMENTS = ("Account", "Billing", "Abuse", "Technical", None)
_NEW, _IN_PROGRESS, _RESOLVED, _CLOSED = range(4)
#: Share of each status, and how much more frequent it is among recent tickets; the rest is Closed.
_SHARES = ((_NEW, 0.02, 18), (_IN_PROGRESS, 0.03, 10), (_RESOLVED, 0.1, 1.5))
_EVERYDAY = """
    the to and a of in it is not my for on when with this that i you we have but can after
    account page login password error photo upload button email please help screen app phone
    browser message profile friend group video post comment payment invoice update crash slow
    settings notification delete again always never since yesterday today works broken missing
    wrong empty loading saved changed blocked reset link address code café über naïve
"""
_SYLLABLES = "babecedifoguhajekilomunaperisotuvawexiyoza"
_STREAM = 400_000


@dataclass(frozen=True)
class Scale:
    """How many rows there are, and which tickets are special."""

    tickets: int

    @property
    def users(self) -> int:
        """Requesters: 50,000 for a million tickets."""
        return max(10, self.tickets // 20)

    @property
    def staff(self) -> int:
        """Staff members, who have the first ids."""
        return max(5, min(50, self.users // 20))

    @property
    def thread_id(self) -> int:
        """The ticket with 267 comments; its requester is the first one."""
        return self.tickets // 2

    def target_id(self, number: int) -> int:
        """Return the ticket in progress to which contestant ``number`` (0 to 2) writes."""
        return self.thread_id + 1 + number


def make_users(scale: Scale) -> list[Row]:
    """Return the users, staff first."""
    roles = ["moderator"] * scale.staff + ["user"] * scale.users
    return [{"id": n, "username": f"user{n}", "role": role} for n, role in enumerate(roles, 1)]


class Generator:
    """Makes the rows of all tables but the users'."""

    def __init__(self, scale: Scale, seed: int = 5) -> None:
        self._scale, self._random = scale, random.Random(seed)
        self._rows: dict[str, list[Row]] = {}
        self._counts = {"comment": 0, "event": 0, "attachment": 0}
        self._words = self._make_words()

    def batches(self) -> Iterator[dict[str, list[Row]]]:
        """Yield rows by table (ticket, comment, event, attachment), some tickets at a time."""
        for start in range(1, self._scale.tickets + 1, _BATCH):
            self._rows = {"ticket": [], "comment": [], "event": [], "attachment": []}
            for ticket_id in range(start, min(start + _BATCH, self._scale.tickets + 1)):
                self._add_ticket(ticket_id)
            yield self._rows

    def _add_ticket(self, ticket_id: int) -> None:
        place = ticket_id / self._scale.tickets
        created = _END - _SPAN + _SPAN * place * 0.999
        is_special = self._scale.thread_id <= ticket_id <= self._scale.target_id(2)
        owner = self._scale.staff + 1 + int(self._random.random() ** 2 * self._scale.users)
        ticket = {
            "id": ticket_id,
            "user_id": self._scale.staff + 1 if is_special else owner,
            "assigned_to_user_id": None,
            "subject": self._text(3, 8),
            "description": self._text(10, 60) + f" {SEARCHED_WORD}" * (ticket_id % 100 == 37),
            "department": self._random.choice(_DEPARTMENTS),
            "status": _IN_PROGRESS if is_special else self._draw_status(place),
            **dict.fromkeys(("comment_count", "staff_comment_count", "thread_count"), 0),
            **dict.fromkeys(("attachment_count", "version"), 0),
            **dict.fromkeys(("created_at", "updated_at", "awaiting_since"), created),
            **dict.fromkeys(("first_reply_at", "resolved_at", "closed_at")),
        }
        self._rows["ticket"].append(ticket)
        self._attach(ticket, None, ticket, 0.05)
        self._add_history(ticket, self._draw_parents(ticket))

    def _draw_status(self, place: float) -> int:
        draw = self._random.random()
        for status, share, power in _SHARES:
            draw -= share * (power + 1) * place**power
            if draw < 0:
                return status
        return _CLOSED

    def _draw_parents(self, ticket: Row) -> list[int | None]:
        """Return for each comment the index of the one it replies to, or None."""
        if ticket["id"] == self._scale.thread_id:
            return [None] * THREADS + [self._random.randrange(n + THREADS) for n in range(REPLIES)]
        if ticket["status"] == _NEW:
            return []
        count = min(_COMMENTS_MAX, int(self._random.expovariate(0.283)))  # three on average
        chances = [self._random.random() < 0.3 for _ in range(count)]
        return [self._random.randrange(n) if n and is_reply else None
                for n, is_reply in enumerate(chances)]  # fmt: skip

    def _add_history(self, ticket: Row, parents: list[int | None]) -> None:
        actions = ["Open"]
        if ticket["status"] != _NEW:
            actions += ["StartProgress", *["Comment"] * len(parents)]
            actions += ["MarkAsResolved", "Close"][: ticket["status"] - 1]
        left = _END - ticket["created_at"]
        whole = min(timedelta(hours=1 + self._random.expovariate(1 / 100)), left)
        moments = sorted(ticket["created_at"] + whole * self._random.random() for _ in actions[1:])
        status, thread = None, []
        for action, at in zip(actions, [ticket["created_at"], *moments], strict=True):
            comment, before = None, status
            if action == "Comment":
                parent = parents[len(thread)]
                comment = self._add_comment(ticket, at, None if parent is None else thread[parent])
                thread.append(comment)
            else:
                status = _NEW if status is None else status + 1
                self._move(ticket, action, at)
            ticket["version"] += 1
            ticket["updated_at"] = at
            actor = "user_id" if action == "Open" else "assigned_to_user_id"
            event = {
                "ticket_id": ticket["id"],
                "comment_id": comment and comment["id"],
                "user_id": (comment or {}).get("user_id", ticket[actor]),
                "action": action,
                "from_status": before,
                "to_status": status,
                "created_at": at,
            }
            self._add("event", event)

    def _move(self, ticket: Row, action: str, at: datetime) -> None:
        if action != "Open":
            ticket["awaiting_since"] = None
        if action == "StartProgress":
            ticket["assigned_to_user_id"] = self._random.randint(1, self._scale.staff)
        elif action == "MarkAsResolved":
            ticket["resolved_at"] = at
        elif action == "Close":
            ticket["closed_at"] = at

    def _add_comment(self, ticket: Row, at: datetime, parent: Row | None) -> Row:
        if parent is not None and parent["depth"] == _DEPTH_MAX:
            parent = None
        is_staff = self._random.random() < 0.5
        comment = {
            "ticket_id": ticket["id"],
            "parent_comment_id": parent and parent["id"],
            "root_comment_id": parent and (parent["root_comment_id"] or parent["id"]),
            "depth": parent["depth"] + 1 if parent else 0,
            "user_id": ticket["assigned_to_user_id" if is_staff else "user_id"],
            "is_staff": is_staff,
            "text": self._text(5, 40),
            "reply_count": 0,
            "attachment_count": 0,
            "created_at": at,
        }
        self._add("comment", comment)
        self._attach(ticket, comment["id"], comment, 0.02)
        if parent:
            parent["reply_count"] += 1
        ticket["comment_count"] += 1
        ticket["staff_comment_count"] += is_staff
        ticket["thread_count"] += parent is None
        ticket["awaiting_since"] = None if is_staff else ticket["awaiting_since"] or at
        ticket["first_reply_at"] = ticket["first_reply_at"] or (at if is_staff else None)
        return comment

    def _attach(self, ticket: Row, comment_id: int | None, to: Row, chance: float) -> None:
        if self._random.random() < chance:
            to["attachment_count"] = 1
            url = f"https://files.example/{self._counts['attachment']}.png"
            self._add("attachment", {"ticket_id": ticket["id"], "comment_id": comment_id,
                                     "user_id": to["user_id"], "position": 0, "url": url,
                                     "created_at": to["created_at"]})  # fmt: skip

    def _add(self, table: str, row: Row) -> None:
        self._counts[table] += 1
        row["id"] = self._counts[table]
        self._rows[table].append(row)

    def _make_words(self) -> list[str]:
        """Return a long run of words, of which few are frequent and most are rare."""
        pieces = [_SYLLABLES[n : n + 2] for n in range(0, len(_SYLLABLES), 2)]
        rare = ["".join(self._random.choices(pieces, k=4)) for _ in range(20_000)]
        words = [*_EVERYDAY.split(), *rare]
        weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
        return self._random.choices(words, cum_weights=weights, k=_STREAM)

    def _text(self, shortest: int, longest: int) -> str:
        start = self._random.randrange(_STREAM - longest)
        return " ".join(self._words[start : start + self._random.randint(shortest, longest)])
