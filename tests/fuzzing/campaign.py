"""Run schemathesis in this process against one app, as one user, from one seed."""

from __future__ import annotations

import contextvars
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import schemathesis
from schemathesis import Case, Response
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from werkzeug import Client
from werkzeug.http import parse_cookie

from .existing_rows import ToExistingRows
from .world import World

DOCUMENT = "/api/tickets/openapi.json"


@dataclass
class Campaign:
    """What came of it."""

    #: Requests that were generated and sent.
    cases: int = 0
    #: How often each method and path gave each status.
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    #: How often each check was passed.
    passed: Counter[str] = field(default_factory=Counter)
    phases: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    #: Every request and its answer.
    exchanges: list[tuple[Case, Response]] = field(default_factory=list, repr=False)


class InProcessClient(Client):
    """Runs each request as in a thread of its own: nothing of another context is seen."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        # The probes of the ``ignored_auth`` check bring these settings of a network along.
        for name in ("max_redirects", "verify", "cert"):
            kwargs.pop(name, None)
        # Werkzeug's client sends the cookies of its jar, and no header of ours instead.
        for name, value in parse_cookie(kwargs["headers"].pop("Cookie", "")).items():
            self.set_cookie(name, value)
        return contextvars.Context().run(super().open, *args, **kwargs)


def run_campaign(
    world: World, *, user: str, scheme: str, seed: int, folder: Path, max_examples: int = 15
) -> Campaign:
    """Send generated requests of every phase as ``user``; no check is switched off."""
    identities = _write_identities(world, scheme, folder)
    options = _options(seed, max_examples) | {"auth": {"wfc": _auth(user, identities)}}
    with _in_process(), _before_call(ToExistingRows(world, user)):
        schema = schemathesis.openapi.from_wsgi(
            DOCUMENT,
            world.app,
            headers={"Authorization": f"Bearer {user}"},
            config=SchemathesisConfig.from_dict(options),
        )
        campaign = Campaign()
        for event in from_schema(schema).execute():
            _take_in(campaign, event)
    return campaign


def _options(seed: int, max_examples: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "workers": 1,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        # Whole answers are kept, and looked into afterwards.
        "output": {"truncation": {"max-recorded-payload-size": 0}},
        "generation": {"max-examples": max_examples, "database": "none"},
        "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
        "checks": {
            # 412: a generated If-Match names no version of the ticket.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "304", "403", "404", "409", "412"]
            },
            # Narrower than the default: no other refusal is in place for what a schema excludes.
            "negative_data_rejection": {
                "expected-statuses": ["400", "401", "404", "405", "415", "422"]
            },
            "max_response_time": 10,
        },
    }


def _auth(user: str, identities: Path) -> dict[str, Any]:
    """Say who sends the requests, and which two users must not see each other's things."""
    return {"path": str(identities), "user": user, "peers": ["alice", "bob"]}


def _write_identities(world: World, scheme: str, folder: Path) -> Path:
    def header(name: str) -> dict[str, str]:
        if scheme == "token":
            return {"name": "Authorization", "value": f"Bearer {name}"}
        return {"name": "Cookie", "value": f"session={world.cookie_of(name)}"}

    path = folder / "identities.json"
    users = [{"name": name, "fixedHeaders": [header(name)]} for name in world.people]
    path.write_text(json.dumps({"auth": users}))
    return path


@contextmanager
def _in_process() -> Iterator[None]:
    with mock.patch("schemathesis.python.wsgi.get_client", InProcessClient):
        yield


@contextmanager
def _before_call(hook: Callable[..., None]) -> Iterator[None]:
    schemathesis.hook("before_call")(hook)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(hook)


def _take_in(campaign: Campaign, event: Any) -> None:
    if isinstance(event, events.FatalError):
        raise event.exception
    if isinstance(event, events.NonFatalError):
        campaign.failures.append(f"{event.label}: {event.info.message}\n{event.info.traceback}")
    elif isinstance(event, events.ScenarioFinished):
        campaign.phases.add(event.phase.value)
        _count(campaign, event.recorder)
        campaign.failures += _failures_in(event.recorder)
    elif isinstance(event, events.EngineFinished):
        campaign.failures += [str(failure) for failure in event.failures]


def _count(campaign: Campaign, recorder: ScenarioRecorder) -> None:
    for case_id, exchange in recorder.interactions.items():
        assert exchange.response is not None
        campaign.cases += 1
        case = recorder.cases[case_id].value
        label = f"{exchange.request.method} {case.path}"
        campaign.answers[label, exchange.response.status_code] += 1
        campaign.exchanges.append((case, exchange.response))
        for check in recorder.checks.get(case_id, ()):
            campaign.passed[check.name] += 1


def _failures_in(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                answer = recorder.interactions[case_id].response
                text = "" if answer is None else answer.text[:500]
                info = check.failure_info
                yield f"{check.name}: {info.failure.message}\n{info.code_sample}\n{text}"


def all_checks() -> set[str]:
    """Return the names of every check that schemathesis has."""
    return set(CHECKS.get_all_names())
