"""Writes that a browser sends for another site, on every face.

Rule C1. Cases 28, 29, 30, 31, 32, 33, 35, 40.
"""

from __future__ import annotations

import itertools

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_support_tickets import TicketStatus

from ..api.matrix import WRITES, Things
from ..host import User, db
from .conftest import by_token, fill, new_ticket

WRITES_OF_THE_API = [write for write in WRITES if write[0].startswith("/api/")]
WRITES_OF_PAGES = [write for write in WRITES if not write[0].startswith("/api/")]
OTHER_ORIGINS = [
    "https://evil.example", "null", "", "http://localhost.evil", "http://localhost:1",
    "http://evil.example/http://localhost", "http://localhost@evil.example", "file://",
    "localhost", "http://[::1", "http://localhost:x", "ftp://localhost", "http://",
]  # fmt: skip
OTHER_SITES = [
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "", "SAME-ORIGIN")),
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    *({"Origin": origin} for origin in OTHER_ORIGINS),
    # A token that was not used to sign in exempts nobody.
    *(
        {"Sec-Fetch-Site": "cross-site", "Authorization": header}
        for header in ("junk", "Bearer", "Bearer ", "Bearer mona", "Basic bW9uYTp4", "Token x")
    ),
]
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
BODY = {"subject": "S", "description": "D"}


@pytest.fixture
def things(make_ticket, make_upload, mona):
    """A resolved ticket of mona's own, so that she may do everything with it."""
    file = make_upload(mona)
    ticket = make_ticket(TicketStatus.Resolved, owner=mona, attachment_urls=[file.path])
    return Things(ticket.id, 0, file.storage_key, "note.txt")


@pytest.fixture
def client(client_of, mona):
    return client_of(mona)


def send(client, things, write, headers, token=""):
    address, sent, method = write
    body = things.body(sent, token, 0)
    return client.open(things.url(address), method=method, headers=headers, **body)


def code(answer):
    return answer.status_code, answer.json["error"]["code"]


def test_api_refuses_writes_from_other_sites_and_changes_nothing(client, things, state):
    before = state()
    for write, headers in itertools.product(WRITES_OF_THE_API, OTHER_SITES):
        answer = send(client, things, write, headers)
        assert code(answer) == (403, "cross_site_request"), (write, headers)
        url, method = things.url(write[0]), write[2]
        form = {"data": "a=b", "content_type": "application/x-www-form-urlencoded"}
        assert client.open(url, method=method, headers=headers, **form).status_code == 403
    assert state() == before


def test_pages_refuse_posts_from_other_sites_even_with_a_token(client, things, state):
    token, before = fill(client)["csrf_token"], state()
    for write in WRITES_OF_PAGES:
        for site in ("cross-site", "same-site", "", "junk"):
            answer = send(client, things, write, {"Sec-Fetch-Site": site}, token)
            assert answer.status_code == 403, (write, site)
    assert state() == before


def test_pages_refuse_posts_without_a_valid_token(client, things, state):
    before = state()
    for write in WRITES_OF_PAGES:
        for token, origin in (("", None), ("forged", None), ("", "http://evil.example")):
            answer = send(client, things, write, {"Origin": origin} if origin else {}, token)
            # "/status" and the like say so on the next page.
            is_redirect = write[0].endswith(("/status", "/bulk", "/retry"))
            assert answer.status_code == (303 if is_redirect else 400), (write, token)
    assert state() == before


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "http://localhost"},
        {"Origin": "http://localhost:80"}, {"Origin": "https://localhost:443"},
    ],
)  # fmt: skip
def test_writes_of_the_own_site_and_of_programs_and_all_reads_pass(client, headers):
    assert client.get("/api/tickets", headers=CROSS_SITE).status_code == 200
    assert client.post("/api/tickets", json=BODY, headers=headers).status_code == 201


def test_own_origin_may_have_a_port_be_ipv6_or_be_that_of_a_proxy(app, client_of, mona):
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1, x_proto=1)
    for origin in ("http://shop.example:8080", "http://[::1]:8080", "https://[::1]"):
        scheme, _, host = origin.partition("://")
        forwarded = {"X-Forwarded-Proto": scheme, "X-Forwarded-Host": host}
        for base_url, proxied in ((origin, {}), ("http://inside:5000", forwarded)):
            client = client_of(None)
            client.post("/login", data={"username": "mona"}, base_url=base_url, headers=proxied)
            for given, status in ((origin, 201), ("https://evil.example", 403)):
                headers = {**proxied, "Origin": given}
                answer = client.post("/api/tickets", json=BODY, headers=headers, base_url=base_url)
                assert answer.status_code == status, (base_url, given)


def test_token_alone_is_exempt_and_makes_no_cookie(client_of, alice):
    client = by_token(client_of(None), "alice")
    answers = [client.post("/api/tickets", json=BODY, headers=CROSS_SITE) for _ in range(20)]
    answers += [client.get("/api/tickets"), new_ticket(client)]
    answers.append(by_token(client_of(None), "unknown").get("/api/tickets"))
    assert [answer.status_code for answer in answers] == [201] * 20 + [200, 201, 401]
    assert not any("Set-Cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize(("cookie", "status"), [("session", 403), ("remember_token", 401)])
def test_token_with_a_session_cookie_is_not_exempt(client_of, alice, cookie, status):
    client = by_token(client_of(None), "alice")
    client.set_cookie(cookie, "junk")
    assert client.post("/api/tickets", json=BODY, headers=CROSS_SITE).status_code == status


def test_credentials_that_browsers_add_by_themselves_are_not_exempt(app, client_of, mona, state):
    """HTTP Basic, and a token in a cookie."""
    loaders = {
        "basic": lambda r: db.session.scalar(db.select(User)) if r.authorization else None,
        "cookie": lambda r: db.session.get(User, int(r.cookies.get("token", "0"))),
    }
    basic = client_of(None)
    basic.environ_base["HTTP_AUTHORIZATION"] = "Basic YTpi"
    cookie = client_of(None)
    cookie.set_cookie("token", str(mona.id))
    before = state()
    for name, client in (("basic", basic), ("cookie", cookie)):
        app.login_manager.request_loader(loaders[name])
        assert client.get("/api/tickets").status_code == 200
        answer = client.post("/api/tickets", json=BODY, headers=CROSS_SITE)
        assert code(answer) == (403, "cross_site_request"), name
    assert state() == before
    assert new_ticket(cookie).status_code == 201
