"""JSON by orjson or by the app: the same data."""

from __future__ import annotations

import pytest

from flask_support_tickets.api import json_response


@pytest.mark.parametrize("is_installed", [True, False])
def test_says_the_same_with_and_without_orjson(
    client_of, mona, make_ticket, monkeypatch, is_installed
):
    make_ticket(subject="Größe ≤ 5 🎫", description='"quotes"\nand \\')
    client = client_of(mona)
    usual = client.get("/api/tickets")
    if not is_installed:
        monkeypatch.setattr(json_response, "orjson", None)
    answer = client.get("/api/tickets")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == usual.json
    assert answer.data.endswith(b"\n")
