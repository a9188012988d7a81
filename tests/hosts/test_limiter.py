"""A host whose Flask-Limiter has default limits: they hold for our routes, too (rule Q2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from .neighbours import HOSTS, running_host
from .small import sign_in

LIMIT = 3
BODY = {"subject": "S", "description": "D"}


@pytest.fixture(params=[name for name, parts in HOSTS.items() if "limiter" in parts])
def app(request: pytest.FixtureRequest, uri: str, tmp_path: Path) -> Iterator[Flask]:
    config = {
        "RATELIMIT_DEFAULT": f"{LIMIT}/minute",
        "SUPPORT_TICKETS_STORAGE": f"file://{tmp_path}/files",
    }
    with running_host(HOSTS[request.param], uri, **config) as app:
        yield app


class TestTheApi:
    @pytest.mark.parametrize("name", [None, "mona"])
    def test_says_in_our_shape_when_to_come_again(self, app: Flask, name: str | None) -> None:
        client = sign_in(app, name)
        answers = [client.get("/api/tickets") for _ in range(LIMIT + 1)]
        status = 401 if name is None else 200
        assert [answer.status_code for answer in answers] == [status] * LIMIT + [429]
        last = answers[-1]
        assert last.content_type == "application/json"
        assert last.json["error"]["code"] == "too_many_requests"
        assert 1 <= int(last.headers["Retry-After"]) <= 60
        assert last.headers["Cache-Control"] == "private, no-store"

    def test_changes_nothing_when_it_refuses(self, app: Flask) -> None:
        client = sign_in(app, "alice")
        answers = [client.post("/api/tickets", json=BODY) for _ in range(LIMIT + 2)]
        assert [answer.status_code for answer in answers] == [201] * LIMIT + [429] * 2
        assert client.get("/api/tickets").json["data"]["totalCount"] == LIMIT

    def test_each_address_counts_for_itself(self, app: Flask) -> None:
        client = sign_in(app, "alice")
        for _ in range(LIMIT + 1):
            client.get("/api/tickets")
        assert client.get("/api/tickets/1").status_code == 404
        assert client.get("/hosts/page").status_code == 200


class TestThePages:
    @pytest.mark.parametrize("path", ["/settings/ticket", "/settings/ticket/new"])
    def test_answer_as_the_hosts_pages_do(self, app: Flask, path: str) -> None:
        client = sign_in(app, "alice")
        for _ in range(LIMIT):
            assert client.get(path).status_code == client.get("/hosts/page").status_code == 200
        ours, hosts = client.get(path), client.get("/hosts/page")
        assert (ours.status_code, ours.data) == (hosts.status_code, hosts.data)
        assert ours.status_code == 429
        assert ours.content_type == hosts.content_type

    def test_of_flask_admin_do_so_too(self, app: Flask) -> None:
        client = sign_in(app, "mona")
        answers = [client.get("/admin/tickets/").status_code for _ in range(LIMIT + 1)]
        assert answers == [200] * LIMIT + [429]
        for _ in range(LIMIT):
            client.get("/hosts/page")
        assert client.get("/admin/tickets/").data == client.get("/hosts/page").data
