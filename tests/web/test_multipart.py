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


def test_files_beyond_number_that_is_accepted_are_not_kept(app):
    form = {"attachments": [(io.BytesIO(b"A text."), "a.txt") for _ in range(20)]}
    with app.test_request_context("/settings/ticket/new", method="POST", data=form):
        app.preprocess_request()
        kept = [file.read() for file in request.files.getlist("attachments")]
    assert kept == [b"A text."] * 11 + [b""] * 9  # one more than ten, so that there are too many


def test_five_routes_accept_files(app):
    accepting = {
        name for name, view in app.view_functions.items() if hasattr(view, "accepts_files")
    }
    assert accepting == {
        "support_tickets_api.create_attachment",
        "support_tickets_pages.create_ticket",
        "support_tickets_pages.add_comment",
        "support_tickets_pages.save_ticket",
        "support_tickets_admin.comment_view",
    }
