"""JSON by orjson or by the app: the same data."""

from __future__ import annotations

import importlib
import sys

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


def test_a_python_without_orjson_imports_it_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "orjson", None)
    module = importlib.reload(json_response)
    assert module.orjson is None
    monkeypatch.undo()
    assert importlib.reload(json_response).orjson is not None
