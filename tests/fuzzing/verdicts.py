"""What a campaign must have brought: no failure, every check, depth, and nothing of another's."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

from schemathesis import Case

from .campaign import Campaign, all_checks
from .world import World

#: Generated cases of the campaigns on both databases; where all campaigns run, of those on each.
CASES = 10_000
SEEDS = (1, 2, 3)
SCHEMES = ("cookie", "token")
#: Two users, on two databases, with each seed.
CAMPAIGNS = 12
ALL_CAMPAIGNS = "SUPPORT_TICKETS_TESTS_CAMPAIGNS"
#: Operations that must have succeeded, and what else must have been answered.
OPERATIONS = {
    "GET /api/tickets", "POST /api/tickets", "GET /api/tickets/{ticket_id}",
    "GET /api/tickets/{ticket_id}/events", "PUT /api/tickets/{ticket_id}/status",
    "GET /api/ticket-comments/ticket/{ticket_id}", "GET /api/ticket-comments/{comment_id}/replies",
    "POST /api/ticket-comments", "POST /api/ticket-attachments",
    "GET /api/ticket-attachments/{key}/{filename}",
}  # fmt: skip
REFUSALS = {304, 400, 401, 404, 405, 409, 415, 422}


def ways_of(turn: int) -> list[tuple[str, int]]:
    """Return with which seeds a user signs in how, on one database: one way a seed, in turns.

    Where ``SUPPORT_TICKETS_TESTS_CAMPAIGNS`` is ``all``, each seed comes with each way.
    """
    if os.environ.get(ALL_CAMPAIGNS) == "all":
        return list(itertools.product(SCHEMES, SEEDS))
    return [(SCHEMES[(turn + seed) % len(SCHEMES)], seed) for seed in SEEDS]


def no_check_failed(campaign: Campaign) -> None:
    """Every check ran in every phase, and none failed."""
    assert campaign.failures == [], "\n\n".join(campaign.failures[:5])
    assert {"coverage", "fuzzing", "stateful"} <= campaign.phases
    assert set(campaign.passed) == all_checks() | {"max_response_time"}
    assert max(status for _, status in campaign.answers) < 500
    assert campaign.cases >= CASES / CAMPAIGNS


def went_deep(campaign: Campaign, *also: int) -> None:
    """Each operation succeeded, and each kind of refusal was met.

    A step of the workflow may have been refused by the ticket's status or version alone: what is
    left to move depends on what the other requests of a campaign did. A 304 found what it was
    asked for.
    """
    reached = {
        name
        for name, status in campaign.answers
        if status in (200, 201, 206, 304) or (name.startswith("PUT") and status in (409, 412))
    }
    missed = {
        name: {
            status: number for (each, status), number in campaign.answers.items() if each == name
        }
        for name in OPERATIONS - reached
    }
    assert not missed, missed
    assert {*REFUSALS, *also} - {status for _, status in campaign.answers} <= {412}


def saw_nothing_of(other: str, campaign: Campaign, world: World, *, user: str) -> None:
    """No answer to ``user`` was about the tickets, comments or files of ``other``."""
    foreign = {
        "ticket_id": {str(each) for each in world.tickets[other]},
        "comment_id": {str(each) for each in world.comments[other]},
        "key": {key for key, _ in world.files[other]},
    }
    asked = 0
    for case, answer in campaign.exchanges:
        if not _is_sent_by(case, user):
            continue
        path = case.path_parameters or {}
        is_foreign = any(str(path.get(name)) in ids for name, ids in foreign.items())
        asked += is_foreign
        if answer.request.method == "OPTIONS":  # tells methods of an address, and reads no row
            assert answer.content == b""
        elif answer.status_code < 400:
            assert not is_foreign, case.as_curl_command()
            assert world.people[other] not in _users_in(answer), case.as_curl_command()
    assert asked > 50


def _is_sent_by(case: Case, user: str) -> bool:
    """Whether a request was sent as ``user``, and not by a check as somebody else."""
    return case.auth_identity in (None, user)


def _users_in(answer: Any) -> Iterator[Any]:
    """Yield who owns or wrote anything in an answer."""
    is_json = "application/json" in answer.headers.get("content-type", [""])
    waiting = [answer.json()] if is_json and answer.content else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "userId" in value:
                yield value["userId"]
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
