"""Which addresses name an upload of this site. Rule B5."""

from __future__ import annotations

import pytest

from flask_support_tickets.schemas.attachment_urls import to_upload_path

KEY = "0123456789abcdef0123456789abcdef01234567"
PATH = f"/api/ticket-attachments/{KEY}/a b.txt"


@pytest.mark.parametrize(
    "address",
    [
        PATH, PATH.replace(" ", "%20"), f"http://localhost{PATH}", f"https://localhost{PATH}",
        f"HTTP://LOCALHOST:80{PATH}", f"http://localhost{PATH}?x=1#y",
        f"http://localhost{PATH.replace('ticket', '%74icket')}",
        f"http://localhost/x/..{PATH}", f"http://localhost//{PATH}",
    ],
)  # fmt: skip
def test_address_of_an_upload_is_recognised_however_it_is_written(app, address):
    with app.test_request_context():
        assert to_upload_path(address) == PATH


def test_address_of_an_upload_loses_its_script_name(app):
    with app.test_request_context(base_url="http://localhost/office"):
        assert to_upload_path(f"/office{PATH}") == PATH
        assert to_upload_path(f"http://localhost/office{PATH}") == PATH
        assert to_upload_path(PATH) == PATH


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a", f"https://example.org{PATH}", f"//localhost{PATH}", "/api/tickets",
        f"http://localhost:1{PATH}", "http://[::1", "http://localhost/other", "", "file:///x",
    ],
)  # fmt: skip
def test_any_other_address_is_left_as_it_is(app, address):
    with app.test_request_context():
        assert to_upload_path(address) == address
