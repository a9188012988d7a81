"""The people and the history of their tickets, row by row in the order of time."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_support_tickets import Action, TicketStatus

from .scale import Scale
from .story import Story
from .vocabulary import Prose

#: Everything happened in the three years before this moment, so that a seed gives the same rows.
END = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
BUSY_COMMENTS = 5_000
THREAD_ROOTS, THREAD_REPLIES = 20, 247
PLAIN_COMMENTS = 20
COMMENTS_A_TICKET = 3.0
DEPTH_MAX = 8
DEPARTMENTS = ("Account", "Billing", "Abuse", "Technical", None)

New, InProgress, Resolved, Closed = TicketStatus
_NEW, _STARTED, _RESOLVED, _CLOSED = (
    "Open",
    *(str(action) for action in (Action.StartProgress, Action.MarkAsResolved, Action.Close)),
)


class Population:
    """Makes every row; `rows` yields them as ``(table, row)``, each table in the order of ids."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self._random = random.Random(scale.seed)
        self._prose = Prose(scale.seed)
        self._waiting: list[tuple[int, int, Story]] = []
        self._comment_id = self._event_id = self._attachment_id = 0
        self._end = int(END.timestamp() * 1_000_000)
        self._span = int(SPAN.total_seconds() * 1_000_000)
        # Mostly few comments, now and then many; none on a New ticket.
        self._rate = math.log1p(0.98 / COMMENTS_A_TICKET)

    def users(self) -> Iterator[tuple[Any, ...]]:
        """Yield ``id, username, role``; staff first."""
        for number in range(1, self.scale.staff + 1):
            yield number, f"staff{number}", "moderator"
        for number in range(self.scale.staff + 1, self.scale.staff + self.scale.users + 1):
            yield number, f"user{number}", "user"

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every row of tickets, comments, events and attachments."""
        for ticket_id in range(1, self.scale.tickets + 1):
            place = (ticket_id - self._random.random()) / self.scale.tickets
            created = self._end - self._span + int(place * self._span * 0.999)
            yield from self._until(created)
            yield from self._file(ticket_id, place, created)
        yield from self._until(None)

    def _until(self, moment: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
        waiting = self._waiting
        while waiting and (moment is None or waiting[0][0] <= moment):
            _, _, story = waiting[0]
            yield from self._happen(story)
            if story.done < len(story.steps):
                following = story.steps[story.done][0]
                heapq.heapreplace(waiting, (following, story.ticket_id, story))
            else:
                heapq.heappop(waiting)

    def _file(
        self, ticket_id: int, place: float, created: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        chance, prose = self._random.random, self._prose
        status = self._status(ticket_id, place)
        story = self._story(ticket_id, status, created)
        description = prose.text(10, 60)
        if story.planted and (ticket_id // 100 % 2 or not story.parents):
            description += f" {story.planted}"
            story.planted = ""
        has_attachment = chance() < 0.05
        times = {what: at for at, what in story.steps if isinstance(what, str)}
        yield (
            "ticket",
            {
                "id": ticket_id,
                "user_id": story.owner,
                "assigned_to_user_id": story.assignee if status else None,
                "subject": prose.text(3, 8),
                "description": description,
                "department": DEPARTMENTS[int(chance() * len(DEPARTMENTS))],
                "status": int(status),
                "comment_count": len(story.parents),
                "staff_comment_count": sum(story.by_staff),
                "thread_count": story.depths.count(0),
                "attachment_count": int(has_attachment),
                "version": 1 + len(story.steps),
                "created_at": created,
                "updated_at": story.steps[-1][0] if story.steps else created,
                "awaiting_since": story.waits_since(created),
                "first_reply_at": story.first_reply_at,
                "resolved_at": times.get(_RESOLVED),
                "closed_at": times.get(_CLOSED),
            },
        )
        yield self._event(story, _NEW, created, story.owner, None)
        if has_attachment:
            yield self._attachment(story, created, story.owner, None)
        if story.steps:
            heapq.heappush(self._waiting, (story.steps[0][0], ticket_id, story))

    def _status(self, ticket_id: int, place: float) -> TicketStatus:
        """Draw a status: 2, 3, 10 and 85 of a hundred; New ones mostly recent."""
        if self.scale.busy_id <= ticket_id <= self.scale.plain_id:
            return InProgress
        draw = self._random.random()
        new = 0.02 * 19 * place**18
        started = new + 0.03 * 11 * place**10
        if draw < started:
            return New if draw < new else InProgress
        return Resolved if draw < started + 0.10 * 2.5 * place**1.5 else Closed

    def _story(self, ticket_id: int, status: TicketStatus, created: int) -> Story:
        chance, scale = self._random.random, self.scale
        owner = scale.staff + 1 + int(chance() ** 2 * scale.users)
        story = Story(ticket_id, owner, 1 + int(chance() * scale.staff), [])
        story.planted = scale.planted(ticket_id)
        if status is New:
            return story
        self._plan_thread(story)
        count = len(story.parents)
        # Whatever was filed late is done in what is left of the time.
        whole = min(int(self._random.expovariate(1 / 4e11)) + 60_000_000, self._end - created - 1)
        moments = sorted(int(created + whole * chance()) for _ in range(count + int(status)))
        late = int(status is Resolved and count > 1 and chance() < 0.2)  # feedback
        closing = [str(_RESOLVED), str(_CLOSED)][: int(status) - 1]
        events: list[str | int] = [_STARTED, *range(count - late), *closing]
        events += range(count - late, count)
        story.steps = list(zip(moments, events, strict=True))
        story.by_staff = [chance() < 0.5 for _ in range(count - late)] + [False] * late
        return story

    def _plan_thread(self, story: Story) -> None:
        chance, scale, ticket_id = self._random.random, self.scale, story.ticket_id
        if ticket_id == scale.thread_id:
            count, roots, share = THREAD_ROOTS + THREAD_REPLIES, THREAD_ROOTS, 1.0
        elif ticket_id == scale.plain_id:
            count, roots, share = PLAIN_COMMENTS, PLAIN_COMMENTS, 0.0
        elif ticket_id == scale.busy_id:
            count, roots, share = BUSY_COMMENTS, 1, 0.2
        else:
            count, roots, share = min(60, int(self._random.expovariate(self._rate))), 1, 0.3
        story.replies = [0] * count
        for index in range(count):
            parent = int(chance() * index) if index >= roots and chance() < share else None
            if parent is not None and story.depths[parent] >= DEPTH_MAX:
                parent = 0
            story.parents.append(parent)
            story.depths.append(0 if parent is None else story.depths[parent] + 1)
            if parent is not None:
                story.replies[parent] += 1

    def _happen(self, story: Story) -> Iterator[tuple[str, dict[str, Any]]]:
        moment, what = story.steps[story.done]
        story.done += 1
        if isinstance(what, str):
            yield self._event(story, what, moment, story.assignee, None)
            return
        self._comment_id += 1
        story.comment_ids.append(self._comment_id)
        is_staff = story.by_staff[what]
        author = story.assignee if is_staff else story.owner
        has_attachment = self._random.random() < 0.02
        yield self._comment(story, what, moment, author, is_staff, has_attachment)
        yield self._event(story, "Comment", moment, author, self._comment_id)
        if has_attachment:
            yield self._attachment(story, moment, author, self._comment_id)

    def _comment(
        self,
        story: Story,
        index: int,
        moment: int,
        author: int,
        is_staff: bool,
        has_attachment: bool,
    ) -> tuple[str, dict[str, Any]]:
        text = self._prose.text(5, 40)
        if story.planted and index == 0:
            text += f" {story.planted}"
        parent = root = story.parents[index]
        while root is not None and story.parents[root] is not None:
            root = story.parents[root]
        return (
            "comment",
            {
                "id": self._comment_id,
                "ticket_id": story.ticket_id,
                "user_id": author,
                "parent_comment_id": None if parent is None else story.comment_ids[parent],
                "root_comment_id": None if root is None else story.comment_ids[root],
                "depth": story.depths[index],
                "is_staff": is_staff,
                "text": text,
                "reply_count": story.replies[index],
                "attachment_count": int(has_attachment),
                "created_at": moment,
            },
        )

    def _event(
        self, story: Story, action: str, moment: int, actor: int, comment_id: int | None
    ) -> tuple[str, dict[str, Any]]:
        self._event_id += 1
        before = None if action == _NEW else story.status
        if action not in (_NEW, "Comment"):
            story.status += 1
        return (
            "event",
            {
                "id": self._event_id,
                "ticket_id": story.ticket_id,
                "comment_id": comment_id,
                "user_id": actor,
                "assigned_to_user_id": story.assignee if action == _STARTED else None,
                "action": action,
                "from_status": before,
                "to_status": story.status,
                "created_at": moment,
            },
        )

    def _attachment(
        self, story: Story, moment: int, author: int, comment_id: int | None
    ) -> tuple[str, dict[str, Any]]:
        self._attachment_id += 1
        return (
            "attachment",
            {
                "id": self._attachment_id,
                "ticket_id": story.ticket_id,
                "comment_id": comment_id,
                "user_id": author,
                "position": 0,
                "url": f"https://files.example/{self._attachment_id}.png",
                "has_preview": False,
                "created_at": moment,
            },
        )
