"""Files while they stream in. Rule B3."""

import io

import pytest
from flask import request


@pytest.mark.parametrize(
    ("data", "status"), [(b"A text.", 201), (b"", 422), (b"x" * 20_000_000, 413)]
)
def test_host_that_parses_forms_first_changes_no_answer(app, client_of, alice, data, status):
    def parse(endpoint, values):
        if request.method == "POST":
            assert "file" in request.files

    client = client_of(alice)
    for _ in range(2):
        form = {"file": (io.BytesIO(data), "a.txt")}
        answer = client.post("/api/ticket-attachments", data=form)
        assert answer.status_code == status
        if status == 201:
            assert client.get(answer.json["data"]["url"]).data == data
        app.url_value_preprocessors[None].insert(0, parse)
