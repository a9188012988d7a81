"""Writes over HTTP: comments by 16 clients, filing by 16 clients, and 16 racers for one ticket."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import func, select

from flask_support_tickets import TicketStatus

from .arena import create_arena_app
from .contestant import BrokenAnswerError
from .databases import Database
from .host import cookie_of, db, tickets
from .http_client import Clients, Load, prepared
from .server import serve
from .vocabulary import Prose

CLIENTS = 16
COMMENTS = {"floor": "/floor/comments", "naive": "/naive/comments", "ours": "/api/ticket-comments"}
_PREPARED = 4_000
_WARM_UP_SECONDS = 0.5


@dataclass
class Races:
    """What came of racing for tickets."""

    tickets: int = 0
    wrong: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    events_wrong: int = 0

    @property
    def is_right(self) -> bool:
        """Whether each ticket had one winner, fifteen times 409, and one event."""
        return self.tickets > 0 and not self.wrong and not self.events_wrong


def comment_loads(database: Database, rounds: int, seconds: float) -> dict[str, Load]:
    """Post comments through each contestant in turn; 16 clients, the same server and database."""
    app = create_arena_app(database.uri)
    cookies = _staff_cookies(app)
    targets = ids_in(app, TicketStatus.InProgress, limit=2_000)
    before = _comment_counts(app)
    makers = {name: _comment_maker(path, cookies, targets) for name, path in COMMENTS.items()}
    with serve(database.uri) as port:
        loads = in_turn({name: (port, make) for name, make in makers.items()}, rounds, seconds)
    _check_stored(app, before, loads)
    return loads


def loads_without(
    database: Database, part: str, rounds: int, seconds: float
) -> dict[str, dict[str, Load]]:
    """File and comment with a part of the product and without, each on a copy behind a server.

    Returns the loads by what was written, then by ``with`` and ``without``.
    """
    whole, bare = database.copy("with_part"), database.copy("without_part")
    app = create_arena_app(whole.uri)
    cookies, targets = _staff_cookies(app), ids_in(app, TicketStatus.InProgress, limit=2_000)
    makers = {
        "ticket": _ticket_maker(cookies),
        "comment": _comment_maker(COMMENTS["ours"], cookies, targets),
    }
    with (
        serve(whole.uri, all_at_once=True) as port,
        serve(bare.uri, all_at_once=True, without=part) as port_without,
    ):
        ports = {"with": port, "without": port_without}
        loads = {
            what: in_turn({name: (port, make) for name, port in ports.items()}, rounds, seconds)
            for what, make in makers.items()
        }
    whole.remove()
    bare.remove()
    return loads


def in_turn(
    makers: dict[str, tuple[int, Callable[[int], bytes]]], rounds: int, seconds: float
) -> dict[str, Load]:
    """Load each contestant for so long, so many times in turn."""
    loads = {name: Load() for name in makers}
    for number in range(-1, rounds):
        for name, (port, make) in makers.items():
            clients = Clients(port, CLIENTS)
            load = clients.load(make, _WARM_UP_SECONDS if number < 0 else seconds)
            clients.close()
            if number >= 0:
                loads[name].add(load)
    return loads


def race_for_tickets(database: Database, count: int) -> Races:
    """Let 16 staff members press Start Progress on the same ticket at once, ticket by ticket."""
    app = create_arena_app(database.uri)
    cookies = _staff_cookies(app)
    ids = ids_in(app, TicketStatus.New, limit=count)
    races = Races(tickets=len(ids))
    with serve(database.uri, all_at_once=True) as port:
        clients = Clients(port, CLIENTS)
        for ticket_id in ids:
            path = f"/api/tickets/{ticket_id}/status"
            body = {"action": "StartProgress"}
            statuses = clients.race([prepared("PUT", path, cookie, body) for cookie in cookies])
            races.statuses.update(statuses)
            races.wrong += sorted(statuses) != [200] + [409] * (CLIENTS - 1)
        clients.close()
    races.events_wrong = _without_one_event(app, ids)
    return races


def _staff_cookies(app: Flask) -> list[str]:
    return [cookie_of(app, f"staff{number + 1}") for number in range(CLIENTS)]


def ids_in(app: Flask, status: TicketStatus, *, limit: int) -> list[int]:
    """Return ids of tickets in one status, from all over the table, without the special ones."""
    model = tickets.Ticket
    with app.app_context():
        query = select(model.id).where(model.status == int(status), model.comment_count < 20)
        ids = list(db.session.scalars(query.order_by(model.id)))
    random.Random(1).shuffle(ids)
    return ids[:limit]


def _comment_maker(
    path: str, cookies: Sequence[str], targets: Sequence[int]
) -> Callable[[int], bytes]:
    prose = Prose(7)
    requests = [
        prepared(
            "POST",
            path,
            cookies[number % CLIENTS],
            {"ticketId": targets[number % len(targets)], "text": prose.text(5, 40)},
        )
        for number in range(_PREPARED)
    ]
    return lambda number: requests[number % _PREPARED]


def _ticket_maker(cookies: Sequence[str]) -> Callable[[int], bytes]:
    prose = Prose(8)
    requests = [
        prepared(
            "POST",
            "/api/tickets",
            cookies[number % CLIENTS],
            {"subject": prose.text(3, 8), "description": prose.text(10, 60)},
        )
        for number in range(_PREPARED)
    ]
    return lambda number: requests[number % _PREPARED]


def _comment_counts(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(tickets.TicketComment)))


def _check_stored(app: Flask, before: int, loads: dict[str, Load]) -> None:
    """Raise `BrokenAnswerError` when fewer comments are stored than were acknowledged."""
    acknowledged = sum(load.statuses[201] for load in loads.values())
    stored = _comment_counts(app) - before
    if stored < acknowledged:
        raise BrokenAnswerError(f"{acknowledged} comments acknowledged, {stored} stored")


def _without_one_event(app: Flask, ids: Sequence[int]) -> int:
    """Return how many of the tickets do not have exactly one event of a start."""
    model = tickets.TicketEvent
    with app.app_context():
        query = (
            select(model.ticket_id, func.count())
            .where(model.ticket_id.in_(ids), model.action == "StartProgress")
            .group_by(model.ticket_id)
        )
        counts = {row[0]: row[1] for row in db.session.execute(query)}
    return sum(counts.get(ticket_id, 0) != 1 for ticket_id in ids)
