"""JSON bodies: 415, 413 and 400 before any field is read.

Rule J1. Cases 34, 88, 89.
"""

from __future__ import annotations

import io
import time

import pytest

from .matrix import WRITES, Things

GOOD = b'{"subject": "S", "description": "D"}'
MALFORMED = [
    b"", b"{", b"[]", b"null", b'"x"', b"1", b"{'a': 1}", b'{"subject": "S",}', b"{} {}",
    b'{"subject": NaN}', b'{"subject": Infinity}', b'{"subject": -Infinity}',
    b'{"subject": 1e999}', b'{"subject": -1e999}', b'{"subject": "a", "subject": "b"}',
    b'{"x": {"a": 1, "a": 2}}', b"\xef\xbb\xbf" + GOOD, GOOD.decode().encode("utf-16"),
    b'{"subject": "\xff"}', b'{"subject": "\xed\xa0\x80"}',
    # deep or long
    b"[" * 100_000, b'{"a":' * 20_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    b'{"a":' * 190_000, b'[{"a":[' * 50_000, b"9" * 1_000_000, b'"' + b"\\" * 999_999,
    b'{"subject":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b"{" + b'"a":1,' * 150_000 + b'"b":1}',
]  # fmt: skip
OTHER_TYPES = [
    "text/plain", "text/plain; application/json", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "application/x+json", "application/json-patch+json",
    "text/json", "", None,
]  # fmt: skip
JSON_WRITES = [row for row in WRITES if row[0].startswith("/api/") and row[1] != "file"]


def post(client, data, content_type="application/json", **options):
    return client.post("/api/tickets", data=data, content_type=content_type, **options)


def code(answer):
    return answer.status_code, answer.json["error"]["code"]


@pytest.fixture
def things(make_ticket):
    return Things(make_ticket().id, 0, "", "")


@pytest.mark.parametrize(("address", "sent", "method"), JSON_WRITES)
def test_malformed_body_is_400_and_another_type_is_415(
    client_of, alice, things, everything, address, sent, method
):
    client, url, before = client_of(alice), things.url(address), everything()
    good = client.application.json.dumps(things.body(sent, "", 1)["json"]).encode()
    started = time.thread_time()
    for data in MALFORMED:
        answer = client.open(url, method=method, data=data, content_type="application/json")
        assert code(answer) == (400, "malformed_json"), data[:40]
    assert time.thread_time() - started < 10  # a hundred times what it takes
    for kind in OTHER_TYPES:
        answer = client.open(url, method=method, data=good, content_type=kind)
        assert code(answer) == (415, "unsupported_media_type"), kind
    assert everything() == before
    kind = "application/json; charset=utf-8"
    answer = client.open(url, method=method, data=good, content_type=kind)
    assert answer.status_code not in (400, 415)


def test_query_parameters_of_a_write_are_422(client_of, alice, everything):
    """Case 24: ``_method`` is a parameter like any other."""
    client, before = client_of(alice), everything()
    answer = client.post("/api/tickets?_method=DELETE", data=GOOD, content_type="application/json")
    assert list(answer.json["error"]["fields"]) == ["_method"]
    assert everything() == before


def test_truncated_body_is_400_and_changes_nothing(client_of, alice, everything):
    client, before = client_of(alice), everything()
    truncated = {"CONTENT_LENGTH": str(len(GOOD) + 10), "wsgi.input_terminated": True}
    answer = client.post(
        "/api/tickets",
        input_stream=io.BytesIO(GOOD),
        content_type="application/json",
        environ_overrides=truncated,
    )
    assert code(answer) == (400, "malformed_json")
    assert everything() == before


@pytest.mark.parametrize(
    "host_config", [{"MAX_CONTENT_LENGTH": 1000, "MAX_FORM_MEMORY_SIZE": 1000}]
)
def test_long_ticket_fits_in_a_host_with_a_small_limit(client_of, alice, host_config):
    body = {"subject": "S", "description": "😀" * 20_000}
    assert client_of(alice).post("/api/tickets", json=body).status_code == 201


def test_bodies_with_too_many_names_or_attachments_have_few_errors(client_of, alice):
    client = client_of(alice)
    answer = client.post("/api/tickets", json={f"a{number}": 1 for number in range(80_000)})
    assert (answer.status_code, len(answer.json["error"]["fields"])) == (422, 100)
    for urls in ([1] * 300_000, ["x"] * 150_000, [None] * 11, [[]] * 200_000):
        body = {"subject": "S", "description": "D", "attachmentUrls": urls}
        answer = client.post("/api/tickets", json=body)
        assert answer.json["error"]["fields"] == {
            "attachmentUrls": ["Too many attachments. The limit is 10."]
        }
