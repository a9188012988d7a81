"""Read: the steps of a ticket's life in between its comments, and which comments are new."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, bindparam, func, or_, select

from ...current import current_tickets
from ...models import Models
from ...models.status import Side
from ...policy import Actor
from ..database import is_one_of, one_of, prepared, rows_of, run
from ..pagination import Page
from ..read_models import Shown, show_to

#: The latest steps that are shown with one page of a thread.
STEPS_MAX = 200
#: What the page shows in another form: the description, and the comments themselves.
_SHOWN_OTHERWISE = ("Open", "Comment")


class Entry(NamedTuple):
    """One thing in a timeline: a comment, or a step."""

    shown: Shown
    is_step: bool


def list_timeline(*, actor: Actor, ticket: Shown, threads: Page, page: int) -> list[Entry]:
    """Return the comments of a page of threads with the steps that were taken meanwhile.

    Those before the first comment of all stand on the first page, the latest on the last; a step
    stands in front of the first top-level comment whose event is a later one. At most `STEPS_MAX`
    steps come with a page. ``threads`` is what `list_threads` returned for ``page`` of ``ticket``.
    """
    tops = [comment.id for comment in threads.items if not comment.depth]
    if page > 1 and not tops:
        return []
    ways: list[str] = []
    size, values = one_of(tops) if tops else (0, {})
    values |= {"ticket_id": ticket.id, "count": STEPS_MAX + len(tops)}
    if page > 1:
        ways.append("from")
        values["first_id"] = tops[0]
    if threads.has_more:
        ways.append("until")
        values["last_id"] = tops[-1]
    rows = rows_of(prepared(_steps, size, *ways), values)
    steps = [row for row in rows if row.action not in _SHOWN_OTHERWISE][:STEPS_MAX]
    table = current_tickets.models.TicketEvent.__table__
    shown = show_to(actor, steps, table, beside=[ticket, *threads.items])
    marks = {row.comment_id: row.id for row in rows if row.action in _SHOWN_OTHERWISE}
    return _in_between(threads.items, shown, marks)


def find_new(
    *, ticket: Shown, side: Side, unread: int, comments: Collection[Shown]
) -> frozenset[int]:
    """Return the ids of those ``comments`` that are among the ``unread`` latest of the other side
    than ``side``."""
    is_staff = side is Side.OWNER
    theirs = [comment.id for comment in comments if comment.is_staff is is_staff]
    if not unread or not theirs:
        return frozenset()
    values = {"ticket_id": ticket.id, "is_staff": is_staff, "skipped": unread - 1}
    oldest = run(prepared(_oldest_unread), values).scalar() or 0
    return frozenset(comment_id for comment_id in theirs if comment_id >= oldest)


def _in_between(
    comments: Sequence[Shown], steps: Sequence[Shown], marks: Mapping[int, int]
) -> list[Entry]:
    """Put ``steps``, latest first, in front of ``comments``, whose events' ids are ``marks``.

    Ids tell what came first, because the clocks of two machines may not.
    """
    entries: list[Entry] = []
    waiting = list(steps)
    for comment in comments:
        while waiting and waiting[-1].id < marks.get(comment.id, 0):
            entries.append(Entry(waiting.pop(), is_step=True))
        entries.append(Entry(comment, is_step=False))
    return entries + [Entry(step, is_step=True) for step in reversed(waiting)]


def _steps(models: Models, size: int, *ways: str) -> Select[Any]:
    """Build: the latest ``:count`` steps, and the events of ``size`` comments, latest first.

    ``from`` the event of the comment ``:first_id`` on; ``until`` the one of the top-level comment
    that follows ``:last_id``. Ids of events tell, so that an index does.
    """
    event, comment = models.TicketEvent.__table__, models.TicketComment.__table__.c
    is_of_ticket = event.c.ticket_id == bindparam("ticket_id", type_=BigInteger())
    is_step = event.c.action.not_in(_SHOWN_OTHERWISE)
    is_wanted = or_(is_step, is_one_of(event.c.comment_id, size)) if size else is_step
    query = select(event).where(is_of_ticket, is_wanted)
    if "from" in ways:
        first = bindparam("first_id", type_=BigInteger())
        query = query.where(event.c.id > _event_of(models, first))
    if "until" in ways:
        following = select(func.min(comment.id)).where(
            comment.ticket_id == bindparam("ticket_id", type_=BigInteger()),
            comment.parent_comment_id.is_(None),
            comment.id > bindparam("last_id", type_=BigInteger()),
        )
        query = query.where(event.c.id < _event_of(models, following.scalar_subquery()))
    return query.order_by(event.c.id.desc()).limit(bindparam("count"))


def _event_of(models: Models, comment_id: Any) -> Any:
    event = models.TicketEvent.__table__.alias()
    return select(func.min(event.c.id)).where(event.c.comment_id == comment_id).scalar_subquery()


def _oldest_unread(models: Models) -> Select[Any]:
    comment = models.TicketComment.__table__.c
    return (
        select(comment.id)
        .where(comment.ticket_id == bindparam("ticket_id"))
        .where(comment.is_staff == bindparam("is_staff"))
        .order_by(comment.id.desc())
        .limit(1)
        .offset(bindparam("skipped"))
    )
