"""Bodies: 415, 413 and 400 before anything is looked at (rules J1 to J3)."""

from __future__ import annotations

import io

import pytest

GOOD = b'{"subject": "S", "description": "D"}'


def post(client, data, content_type="application/json"):
    return client.post("/api/tickets", data=data, content_type=content_type)


class TestMediaType:
    @pytest.mark.parametrize(
        "content_type", ["application/json", "application/json; charset=utf-8"]
    )
    def test_json_is_read(self, client_of, alice, content_type):
        assert post(client_of(alice), GOOD, content_type).status_code == 201

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
         "application/x+json", "text/json", "", None],
    )  # fmt: skip
    def test_anything_else_is_415(self, client_of, alice, everything, content_type):
        client, before = client_of(alice), everything()
        answer = post(client, GOOD, content_type)
        assert answer.status_code == 415
        assert answer.json["error"]["code"] == "unsupported_media_type"
        assert everything() == before


def test_a_body_that_was_cut_off_is_400_and_changes_nothing(client_of, alice, everything):
    client, before = client_of(alice), everything()
    cut_off = {"CONTENT_LENGTH": str(len(GOOD) + 10), "wsgi.input_terminated": True}
    answer = client.post(
        "/api/tickets",
        input_stream=io.BytesIO(GOOD),
        content_type="application/json",
        environ_overrides=cut_off,
    )
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "malformed_json"
    assert everything() == before


class TestMalformed:
    @pytest.mark.parametrize(
        "data",
        [
            b"", b"{", b"[]", b"null", b'"x"', b"1", b"{'a': 1}", b'{"subject": "S",}',
            b'{"subject": NaN}', b'{"subject": Infinity}', b'{"subject": -Infinity}',
            b'{"subject": 1e999}', b'{"subject": -1e999}', b'{"subject": "a", "subject": "b"}',
            b'{"x": {"a": 1, "a": 2}}', b"[" * 100_000, b'{"a":' * 20_000,
            b"\xef\xbb\xbf" + GOOD, GOOD.decode().encode("utf-16"), b'{"subject": "\xff"}',
            b'{"subject": "\xed\xa0\x80"}', b"{} {}",
        ],
    )  # fmt: skip
    def test_is_400(self, client_of, alice, everything, data):
        client, before = client_of(alice), everything()
        answer = post(client, data)
        assert answer.status_code == 400
        assert answer.json["error"]["code"] == "malformed_json"
        assert everything() == before

    @pytest.mark.parametrize("field", ["subject", "description", "department", "\\ud800"])
    def test_a_lone_surrogate_is_422_at_the_field(self, client_of, alice, field):
        data = f'{{"subject": "S", "description": "D", "{field}": "a\\ud800"}}'
        if field in ("subject", "description"):
            data = data.replace(f'"{field}": "{field[0].upper()}", ', "")
        answer = post(client_of(alice), data)
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == [field.replace("\\ud800", "?")]

    def test_a_body_over_the_limit_is_413(self, client_of, alice):
        answer = post(client_of(alice), b'{"x": "' + b"x" * 1024 * 1024 + b'"}')
        assert answer.status_code == 413
        assert answer.json["error"]["code"] == "too_large"


class TestRoomOfOurOwn:
    @pytest.fixture
    def host_config(self):
        return {"MAX_CONTENT_LENGTH": 1000, "MAX_FORM_MEMORY_SIZE": 1000}

    def test_a_long_ticket_fits_in_a_host_with_a_small_limit(self, client_of, alice):
        answer = client_of(alice).post(
            "/api/tickets", json={"subject": "S", "description": "😀" * 20_000}
        )
        assert answer.status_code == 201


class TestWrites:
    def test_take_no_query_parameters(self, client_of, alice, everything):
        client, before = client_of(alice), everything()
        answer = client.post(
            "/api/tickets?_method=DELETE", data=GOOD, content_type="application/json"
        )
        assert answer.status_code == 422
        assert everything() == before
