"""Things that are right or wrong, whatever they cost."""

from __future__ import annotations

import json
from typing import Any

from flask_support_tickets import TicketStatus, actor_for, services

from .arena import Arena
from .contestant import BrokenAnswerError, WsgiRequest
from .figures import CAPPED, EXACT, NO_ROWS, THREAD_STATEMENTS
from .host import User, db
from .measure import counted
from .ours import API, not_modified
from .results import Results
from .vocabulary import RARE_TICKETS

#: Totals of a search are exact up to this.
_CAP = 1_000


def check(arena: Arena, results: Results) -> None:
    """Check totals, searches and statements, and that the contestants show the same tickets."""
    compare_lists(arena)
    results.checks[EXACT] = _has_exact_totals(arena)
    results.checks[CAPPED] = _has_capped_total(arena)
    request = not_modified(arena)
    with counted(arena.engine) as statements:
        request.run()
    results.checks[NO_ROWS] = not any("description" in each for each in statements)
    results.statements[THREAD_STATEMENTS] = _thread_statements(arena)


def compare_lists(arena: Arena) -> None:
    """Raise `BrokenAnswerError` unless floor, naive build and ours show the same rows."""
    for status in (None, *TicketStatus):
        query = f"?status={status.name}" if status is not None else ""
        by_hand = _ids(arena.floor.list_tickets(None if status is None else int(status))[1])
        _expect_same(f"list {query}", by_hand, *_both(arena, f"tickets{query}", f"{API}{query}"))
    plain = arena.fact("plain_id")
    by_hand = _ids(arena.floor.list_comments(plain)[1])
    ours = f"/api/ticket-comments/ticket/{plain}?pageSize=20"
    _expect_same("thread", by_hand, *_both(arena, f"comments/{plain}", ours))
    for word in (arena.facts["rare_word"], arena.facts["common_word"]):
        naive, ours_found = _both(arena, f"tickets?search={word}", f"{API}?search={word}")
        _expect_same(f"search for {word}", naive, ours_found)


def data_of(arena: Arena, target: str) -> Any:
    """Return the data of an answer."""
    status, body = WsgiRequest(arena.app, target, arena.staff_cookie)()
    if status != 200:
        raise BrokenAnswerError(f"{target}: {status}")
    return json.loads(body)["data"]


def _both(arena: Arena, naive: str, ours: str) -> list[list[int]]:
    return [_ids_of(data_of(arena, target)) for target in (f"/naive/{naive}", ours)]


def _ids(body: bytes) -> list[int]:
    return _ids_of(json.loads(body)["data"])


def _ids_of(data: Any) -> list[int]:
    return [row["id"] for row in data.get("tickets", data.get("comments"))]


def _expect_same(what: str, *found: list[int]) -> None:
    if not found[0] or any(each != found[0] for each in found):
        raise BrokenAnswerError(f"The contestants do not show the same {what}: {found}")


def _has_exact_totals(arena: Arena) -> bool:
    shown = {
        status: data_of(arena, f"{API}?status={status.name}")["totalCount"]
        for status in TicketStatus
    }
    real = {status: arena.totals.get(status, 0) for status in TicketStatus}
    return shown == real and data_of(arena, API)["totalCount"] == sum(real.values())


def _has_capped_total(arena: Arena) -> bool:
    rare = data_of(arena, f"{API}?search={arena.facts['rare_word']}")
    common = data_of(arena, f"{API}?search={arena.facts['common_word']}")
    there = arena.fact("tickets") // 100
    is_capped = there > _CAP
    return bool(
        rare["totalCount"] == RARE_TICKETS
        and common["totalCount"] == min(there, _CAP)
        and bool(common.get("totalCountCapped")) == is_capped
    )


def _thread_statements(arena: Arena) -> int:
    with arena.app.test_request_context():
        actor = actor_for(db.session.get(User, 1))
        ticket = services.read_ticket(actor=actor, ticket_id=arena.fact("thread_id"))
        with counted(arena.engine) as statements:
            services.list_threads(actor=actor, ticket=ticket)
        db.session.rollback()
    return len(statements)
