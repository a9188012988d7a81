"""The adversarial cases about other sites: 29 to 35, and 40."""

from __future__ import annotations

import itertools

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_support_tickets import TicketStatus

from ..api.matrix import CONTRACT, Things
from ..host import User, db
from .conftest import by_token, fill, new_ticket

#: Every address that changes something: (address, what is sent, method).
WRITES = [
    (address, sent, method)
    for (address, sent), rights in CONTRACT.items()
    for method in rights
    if method != "GET"
]
OF_THE_API = [write for write in WRITES if write[0].startswith("/api/")]
OF_PAGES = [write for write in WRITES if not write[0].startswith("/api/")]
FORM = {"content_type": "application/x-www-form-urlencoded"}
EVIL = [
    "https://evil.example", "null", "http://localhost.evil", "http://localhost:1",
    "http://evil.example/http://localhost", "http://localhost@evil.example", "file://", "localhost",
]  # fmt: skip


@pytest.fixture
def things(make_ticket, make_comment, make_upload, mona):
    """A resolved ticket of mona's own, so that she may do all there is."""
    file = make_upload(mona)
    ticket = make_ticket(TicketStatus.Resolved, owner=mona, attachment_urls=[file.path])
    return Things(ticket.id, 0, file.storage_key, "note.txt")


@pytest.fixture
def client(client_of, mona):
    """A client that is signed in by cookie, as a browser is."""
    return client_of(mona)


def send(client, things, write, *, token="", as_form=False, **headers):
    """Send what breaks no rule to one of `WRITES`; or anything as a form, as a page can."""
    address, sent, method = write
    body = {"data": "a=b", **FORM} if as_form else things.body(sent, token, 0)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(things.url(address), method=method, headers=headers, **body)


def code(answer):
    return answer.status_code, answer.json["error"]["code"]


class TestWritesForAnotherSite:
    def test_are_refused_by_what_the_browser_says_of_the_site(self, client, things, state):
        """Cases 29 and 30: from any other site, and from a sibling, with any body."""
        token, before = fill(client)["csrf_token"], state()
        for write, site in itertools.product(WRITES, ("cross-site", "same-site", "", "junk")):
            for as_form in (False, True):
                answer = send(
                    client, things, write, token=token, as_form=as_form, Sec_Fetch_Site=site
                )
                assert answer.status_code == 403, (write, site)
                if write in OF_THE_API:
                    assert code(answer) == (403, "cross_site_request")
        assert state() == before

    def test_are_refused_by_their_origin_where_nothing_else_is_said(self, client, things, state):
        """Case 31: an intranet without TLS sends no ``Sec-Fetch-Site``."""
        before = state()
        for write, origin in itertools.product(OF_THE_API, EVIL):
            assert code(send(client, things, write, Origin=origin)) == (403, "cross_site_request")
        assert state() == before

    def test_are_refused_on_pages_for_want_of_a_token(self, client, things, state):
        """Cases 31 and 35: with a session, without the token of the form."""
        before = state()
        for write, origin in itertools.product(OF_PAGES, (*EVIL, None)):
            headers = {} if origin is None else {"Origin": origin}
            for token in ("", "forged"):
                answer = send(client, things, write, token=token, **headers)
                is_step = write[0].endswith(("/status", "/bulk"))  # goes back, with a word about it
                assert answer.status_code == (303 if is_step else 400), write
        assert state() == before

    def test_of_flask_admin_have_no_stock_address(self, client, things, state):
        """Case 35: what a stock view carries out without a token is not there."""
        before = state()
        for path in (
            "delete/",
            "ajax/update/",
            "action/",
            "edit/?id=1",
            "new/",
            "edit/1",
            "1/edit",
        ):
            data = fill(client, id=str(things.ticket_id), rowid="1", action="delete", status="3")
            answer = client.post(f"/admin/tickets/{path}", data=data)
            assert answer.status_code in (404, 405), path
        assert state() == before

    def test_are_refused_although_an_unused_token_comes_along(self, client, things, state):
        """Case 40: who it is known by decides, not that there is a header."""
        before = state()
        for header in ("junk", "Bearer", "Bearer ", "Bearer mona", "Basic bW9uYTp4", "Token x"):
            headers = {"Authorization": header, "Sec_Fetch_Site": "cross-site"}
            for write in OF_THE_API:
                assert code(send(client, things, write, **headers))[1] == "cross_site_request"
        assert state() == before


class TestOwnWrites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://localhost"}, {"Origin": "http://localhost:80"},
            {"Origin": "https://localhost:443"}, {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {},
        ],
    )  # fmt: skip
    def test_pass(self, client, headers):
        """Cases 32 and 33: from the site's own pages, and from what is no browser."""
        body = {"subject": "S", "description": "D"}
        assert client.post("/api/tickets", json=body, headers=headers).status_code == 201

    def test_pass_behind_a_proxy_that_is_known_as_another_host(self, app, client_of, mona):
        """Case 32."""
        app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1, x_proto=1, x_port=1)
        forwarded = {"X-Forwarded-Proto": "https"}
        for host, port in (("shop.example", "443"), ("shop.example:8443", "8443")):
            proxied = forwarded | {"X-Forwarded-Host": host, "X-Forwarded-Port": port}
            client = client_of(None)
            client.post("/login", data={"username": "mona"}, headers=proxied)
            body = {"subject": "S", "description": "D"}
            for origin, status in ((f"https://{host}", 201), ("https://evil.example", 403)):
                headers = {**proxied, "Origin": origin}
                answer = client.post("/api/tickets", json=body, headers=headers)
                assert answer.status_code == status, (host, origin)

    def test_pass_by_token_alone(self, client_of, alice):
        """Case 40: no cookie, nothing that a browser says."""
        client = by_token(client_of(None), "alice")
        assert new_ticket(client).status_code == 201
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        body = {"subject": "S", "description": "D"}
        assert client.post("/api/tickets", json=body, headers=headers).status_code == 201

    def test_a_loader_that_reads_a_cookie_is_not_exempt(self, app, client_of, alice, state):
        """Case 40: a browser would send that cookie along for any site."""
        app.login_manager.request_loader(
            lambda request: db.session.get(User, int(request.cookies.get("token", "0")))
        )
        client = client_of(None)
        client.set_cookie("token", str(alice.id))
        before = state()
        headers = {"Sec-Fetch-Site": "cross-site"}
        body = {"subject": "S", "description": "D"}
        answer = client.post("/api/tickets", json=body, headers=headers)
        assert code(answer) == (403, "cross_site_request")
        assert state() == before


def test_json_in_the_clothes_of_a_form_is_415(client_by, mona, things, state):
    """Case 34: what a page of another site can send needs no word with the server before."""
    client, before = client_by(mona), state()
    kinds = ("text/plain", "application/x-www-form-urlencoded", "text/plain; application/json",
             "multipart/form-data; boundary=x", "application/json-patch+json", "")  # fmt: skip
    for (address, sent, method), kind in itertools.product(OF_THE_API, kinds):
        if sent == "file":
            continue
        body = things.body(sent, "", 0)["json"]
        data = client.application.json.dumps(body).encode()
        answer = client.open(things.url(address), method=method, data=data, content_type=kind)
        assert code(answer) == (415, "unsupported_media_type"), (address, kind)
    assert state() == before
