"""Writes forged from another site (rule C1)."""

from __future__ import annotations

import pytest

BODY = {"subject": "S", "description": "D"}


def post(client, headers, **options):
    return client.post("/api/tickets", json=BODY, headers=headers, **options)


class TestByCookie:
    @pytest.mark.parametrize(
        "headers",
        [
            {}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
            {"Origin": "http://localhost"}, {"Origin": "http://localhost:80"},
            {"Origin": "https://localhost"},
        ],
    )  # fmt: skip
    def test_own_pages_and_programs_pass(self, client_of, alice, headers):
        assert post(client_of(alice), headers).status_code == 201

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": ""}, {"Sec-Fetch-Site": "SAME-ORIGIN"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
            {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""},
            {"Origin": "http://localhost.evil"}, {"Origin": "http://localhost:1"},
            {"Origin": "http://[::1"}, {"Origin": "http://localhost:x"},
            {"Origin": "ftp://localhost"}, {"Origin": "http://"}, {"Origin": "localhost"},
            {"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer alice"},
            {"Sec-Fetch-Site": "cross-site", "Authorization": "junk"},
        ],
    )  # fmt: skip
    def test_other_sites_are_refused_and_change_nothing(
        self, client_of, alice, everything, headers
    ):
        client, before = client_of(alice), everything()
        answer = post(client, headers)
        assert answer.status_code == 403
        assert answer.json["error"]["code"] == "cross_site_request"
        assert everything() == before

    def test_reads_pass(self, client_of, alice):
        answer = client_of(alice).get("/api/tickets", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 200

    def test_an_own_origin_may_have_a_port_or_be_ipv6(self, client_of, alice):
        for address in ("http://shop.example:8080", "http://[::1]:8080", "https://[::1]"):
            client = client_of(alice)
            client.post("/login", data={"username": "alice"}, base_url=address)
            answer = post(client, {"Origin": address}, base_url=address)
            assert answer.status_code == 201, address


class TestByToken:
    def test_is_exempt_and_makes_no_cookie(self, client_of, alice):
        client = client_of(None)
        for _ in range(3):
            headers = {"Authorization": "Bearer alice", "Sec-Fetch-Site": "cross-site"}
            answer = post(client, headers)
            assert answer.status_code == 201
            assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize(("cookie", "status"), [("session", 403), ("remember_token", 401)])
    def test_is_not_exempt_with_a_cookie(self, client_of, alice, cookie, status):
        client = client_of(None)
        client.set_cookie(cookie, "junk")
        headers = {"Authorization": "Bearer alice", "Sec-Fetch-Site": "cross-site"}
        assert post(client, headers).status_code == status

    def test_credentials_a_browser_adds_by_itself_are_not_exempt(self, app, client_of, alice):
        from tests.host import User, db

        app.login_manager.request_loader(
            lambda request: db.session.scalar(db.select(User)) if request.authorization else None
        )
        headers = {"Authorization": "Basic YTpi", "Sec-Fetch-Site": "cross-site"}
        assert post(client_of(None), headers).status_code == 403
