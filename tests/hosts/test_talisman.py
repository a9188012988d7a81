"""A host whose Flask-Talisman sets policies on every answer: our pages work under them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_talisman import DEFAULT_CSP_POLICY

from .inline import find_inline
from .neighbours import HOSTS, running_host
from .small import sign_in
from .trip import Trip

POLICY = "; ".join(f"{name} {value}" for name, value in DEFAULT_CSP_POLICY.items())


@pytest.fixture(params=[name for name, parts in HOSTS.items() if "talisman" in parts])
def app(request: pytest.FixtureRequest, uri: str, tmp_path: Path) -> Iterator[Flask]:
    folder = f"file://{tmp_path}/files"
    config = {"SUPPORT_TICKETS_STORAGE": folder, "SUPPORT_TICKETS_API_DOCS": True}
    with running_host(HOSTS[request.param], uri, **config) as app:
        yield app


def test_its_policy_stands_on_our_pages_and_blocks_nothing_there(app: Flask) -> None:
    trip = Trip(sign_in(app, "alice"), sign_in(app, "mona"))
    trip.file()
    trip.start_progress()
    trip.reply_as_staff("Please try again.")
    pages = ["/settings/ticket", "/settings/ticket/new", f"/settings/ticket/{trip.ticket_id}"]
    answers = {path: trip.owner.get(path) for path in [*pages, "/api/tickets/docs"]}
    for path, answer in answers.items():
        assert find_inline(answer.text) == [], path
    desk = [f"/admin/tickets/{number}" for number in ("", trip.ticket_id)]
    answers |= {path: trip.staff.get(path) for path in desk}
    for path in desk:
        assert find_inline(answers[path].text, "st-root") == [], path
    for path, answer in answers.items():
        assert answer.headers.getlist("Content-Security-Policy") == [POLICY], path
        assert answer.headers.getlist("X-Frame-Options") == ["SAMEORIGIN"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path


@pytest.mark.parametrize("tail", ["", "?variant=thumbnail", "?x=1"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_keeps_the_policy_of_files(app: Flask, tail: str, method: str) -> None:
    client = sign_in(app, "alice")
    form = {"file": (io.BytesIO(b"A note."), "note.txt")}
    url = client.post("/api/ticket-attachments", data=form).json["data"]["url"]
    answer = client.open(url + tail, method=method)
    assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
