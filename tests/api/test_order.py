"""The order of checks on every address of the API: the first one that fails decides the answer."""

from __future__ import annotations

import io

import pytest

from flask_support_tickets import TicketStatus

from .matrix import CONTRACT, Things

JSON = "application/json"
ADDRESSES = [
    (address, sent, method)
    for (address, sent), rights in CONTRACT.items()
    for method in rights
    if address.startswith("/api/") and not address.endswith(("/docs", "/openapi.json"))
]
FORM = 'multipart/form-data; boundary="x"'
BAD_FORM = b"--x\r\nnonsense"
LARGE_FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    + b"x" * 11_000_000
    + b"\r\n--x--\r\n"
)


@pytest.fixture
def foreign(make_ticket, make_comment, make_upload, bob, mona):
    file = make_upload(bob)
    ticket = make_ticket(TicketStatus.InProgress, owner=bob, attachment_urls=[file.path])
    return Things(ticket.id, make_comment(ticket, mona).id, file.storage_key, "note.txt")


def code(answer):
    return answer.status_code, answer.json["error"]["code"]


@pytest.mark.parametrize(("address", "sent", "method"), ADDRESSES)
def test_first_failing_check_decides_the_answer(
    app, client_of, alice, foreign, address, sent, method
):
    """Each request is wrong in every later respect as well."""
    nobody, client = client_of(None), client_of(alice)
    url, is_upload, is_read = foreign.url(address), sent == "file", method == "GET"

    def send(client, method=method, kind="text/plain", data=b"{", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        query = {"nonsense": "1"}
        return client.open(
            url, method=method, query_string=query, content_type=kind, data=data, headers=headers
        )

    app.config["supportTickets"] = False
    forged = {"Sec_Fetch_Site": "cross-site"}
    assert code(send(nobody, method="DELETE", **forged)) == (405, "method_not_allowed")
    assert code(send(nobody, **forged)) == (403, "feature_not_licensed")
    app.config["supportTickets"] = True
    assert code(send(nobody, **forged)) == (401, "not_authenticated")
    if not is_read:
        assert code(send(client, **forged)) == (403, "cross_site_request")
        assert code(send(client)) == (415, "unsupported_media_type")
        kind = FORM if is_upload else JSON
        large = LARGE_FORM if is_upload else b"{" * (1024 * 1024 + 1)
        assert code(send(client, kind=kind, data=large)) == (413, "too_large")
        bad = BAD_FORM if is_upload else b"{"
        assert code(send(client, kind=kind, data=bad)) == (400, "malformed_json")
    if not is_upload:
        assert code(send(client, kind=JSON, data=b"" if is_read else b"{}")) == (422, "invalid")
    if "<" in address or sent == "comment":
        answer = client.open(url, method=method, **foreign.body(sent, "", alice.id))
        assert code(answer) == (404, "not_found")


def test_upload_must_be_one_file_and_its_size_is_checked_first(client_of, alice):
    client, large = client_of(alice), b"x" * 11_000_000
    url = "/api/ticket-attachments"

    def send(query="", **parts):
        data = {name: [(io.BytesIO(body), "a.txt") for body in parts[name]] for name in parts}
        return code(client.post(url + query, data=data))

    assert send("?x=1", file=[b"x"]) == (422, "invalid")
    assert send(file=[b"x"], other=[b"x"]) == (422, "invalid")
    assert send(file=[b"x", b"x"]) == (422, "invalid")
    for parts in ({"file": [large]}, {"other": [large]}, {"file": [large, b"x"]}):
        assert send("?x=1", **parts) == (413, "too_large")


def test_role_comes_before_reference_and_reference_before_status(
    client_of, alice, bob, mona, make_ticket
):
    ticket = make_ticket(TicketStatus.Closed, owner=bob)
    body = {"action": "StartProgress", "assignedToUserId": alice.id}
    url = f"/api/tickets/{ticket.id}/status"
    assert code(client_of(bob).put(url, json=body)) == (403, "not_allowed")
    assert code(client_of(mona).put(url, json=body)) == (422, "invalid")
    del body["assignedToUserId"]
    assert code(client_of(mona).put(url, json=body)) == (409, "invalid_transition")
    comment = {"ticketId": ticket.id, "text": "T", "parentCommentId": 987654}
    assert code(client_of(bob).post("/api/ticket-comments", json=comment)) == (422, "invalid")
