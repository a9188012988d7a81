"""Files while they stream in (rule B3)."""

from __future__ import annotations

import io
import zipfile

import pytest
from flask import request

from flask_support_tickets.web.multipart import Intake


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}


def test_an_intake_can_be_read_as_any_binary_file():
    intake = Intake(10_000)
    with zipfile.ZipFile(intake, "w") as archive:
        archive.writestr("a.txt", "A text.")
    intake.seek(0)
    with zipfile.ZipFile(intake) as archive:
        assert archive.read("a.txt") == b"A text."
    intake.seek(0)
    assert io.BufferedReader(intake).peek(2)[:2] == b"PK"


@pytest.mark.parametrize("data", [b"A text.", b"", b"x" * 20_000_000])
def test_a_host_that_parses_the_form_before_us_changes_nothing(app, client_of, alice, data):
    def send(client):
        form = {"file": (io.BytesIO(data), "a.txt")}
        answer = client.post("/api/ticket-attachments", data=form)
        got = client.get(answer.json["data"]["url"]).data if answer.status_code == 201 else None
        error = None if got is not None else answer.json["error"]
        return answer.status_code, got, error

    client = client_of(alice)
    usual = send(client)

    def parse(endpoint, values):
        if request.method == "POST":
            assert "file" in request.files

    app.url_value_preprocessors[None].insert(0, parse)
    assert send(client) == usual
    assert usual[0] == {7: 201, 0: 422}.get(len(data), 413)
