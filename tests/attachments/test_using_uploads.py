"""An upload is used once, by who made it, under whatever spelling of its address (rule B5)."""

from __future__ import annotations

import threading

import pytest

from flask_support_tickets import TicketStatus
from flask_support_tickets.current import current_tickets

from .clients import MULTIPART, UPLOADS, multipart

TEXT = b"words"
PREFIX = {"SCRIPT_NAME": "/desk"}


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}


@pytest.fixture
def state(everything):
    """Return every row of every table, and every path in the store."""
    return lambda: (everything(), sorted(current_tickets.store.walk()))


@pytest.fixture(params=["cookie", "token"])
def sign_in(request, app, client_of):
    """Return a client of a user who is known by cookie, or by token."""

    def make(user):
        if request.param == "cookie":
            return client_of(user)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {user.username}"
        return client

    return make


def upload(client, name="note.txt", **options):
    body = multipart({}, "file", [(name, TEXT)])
    answer = client.post(UPLOADS, data=body, headers=MULTIPART, **options)
    assert answer.status_code == 201
    return answer.json["data"]["url"]


def use(client, *urls, subject="S", **options):
    body = {"subject": subject, "description": "D", "attachmentUrls": list(urls)}
    return client.post("/api/tickets", json=body, **options)


class TestUsing:
    def test_once_and_never_again(self, sign_in, alice, make_ticket, state):
        client = sign_in(alice)
        url = upload(client)
        ticket = make_ticket(TicketStatus.InProgress)
        assert use(client, url).status_code == 201
        before = state()
        comment = {"ticketId": ticket.id, "text": "T", "attachmentUrls": [url]}
        answers = [use(client, url), client.post("/api/ticket-comments", json=comment)]
        for answer in answers:
            assert answer.status_code == 422
            assert list(answer.json["error"]["fields"]) == ["attachmentUrls"]
        assert answers[0].data == answers[1].data
        assert state() == before

    def test_in_a_comment_too(self, sign_in, alice, make_ticket):
        client = sign_in(alice)
        url = upload(client)
        body = {"ticketId": make_ticket(TicketStatus.InProgress).id, "text": "T"}
        answer = client.post("/api/ticket-comments", json={**body, "attachmentUrls": [url]})
        assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, [url])
        assert client.get(url).data == TEXT

    def test_twice_in_one_list_is_refused_and_it_can_still_be_used(self, sign_in, alice, state):
        client = sign_in(alice)
        url = upload(client)
        before = state()
        assert use(client, url, url).status_code == 422
        assert use(client, url, f"http://localhost{url}").status_code == 422
        assert use(client, url, subject=" ").status_code == 422
        assert state() == before
        assert use(client, url).status_code == 201

    def test_a_foreign_upload_is_refused_like_a_missing_or_used_one(
        self, sign_in, alice, bob, mona, state
    ):
        foreign, used, own = upload(sign_in(alice)), upload(sign_in(bob)), upload(sign_in(bob))
        use(sign_in(bob), used)
        missing = own.replace(own.split("/")[-2], "0" * 40)
        before = state()
        answers = [use(sign_in(bob), own, url) for url in (foreign, missing, used)]
        answers += [use(sign_in(bob), f"http://localhost{url}") for url in (foreign, missing)]
        answers += [use(sign_in(mona), foreign), use(sign_in(mona), missing)]
        assert {answer.status_code for answer in answers} == {422}
        assert len({answer.data for answer in answers}) == 1
        assert state() == before
        assert use(sign_in(alice), foreign).status_code == 201

    def test_keeps_the_order_of_the_list(self, sign_in, alice):
        client = sign_in(alice)
        link, first, second = "https://e.org/x", upload(client, "1.txt"), upload(client, "2.txt")
        urls = [second, link, first, link]
        answer = use(client, *urls)
        assert answer.json["data"]["attachmentUrls"] == urls
        number = answer.json["data"]["id"]
        assert client.get(f"/api/tickets/{number}").json["data"]["attachmentUrls"] == urls

    def test_eleven_are_one_too_many(self, sign_in, alice, state):
        client = sign_in(alice)
        urls = [upload(client, f"{number}.txt") for number in range(11)]
        before = state()
        assert use(client, *urls).status_code == 422
        assert state() == before
        assert use(client, *urls[1:]).status_code == 201

    def test_by_many_at_once_succeeds_once(self, app, sign_in, alice, everything):
        client = sign_in(alice)
        url = upload(client)
        clients = [sign_in(alice) for _ in range(6)]
        statuses = []
        threads = [
            threading.Thread(target=lambda c=each: statuses.append(use(c, url).status_code))
            for each in clients
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [201, 422, 422, 422, 422, 422]
        assert len(everything()["support_ticket"]) == 1
        assert len(everything()["support_ticket_event"]) == 1


SPELLINGS = [
    "URL", "http://localhostURL", "https://localhostURL", "HTTP://LOCALHOSTURL", " URL ",
    "http://LocalHost:80URL", "https://localhost:443URL", "http://localhost:URL",
    "URL?variant=view", "URL#page=2", "http://localhostURL?a=b#c",
    "/api/./ticket-attachmentsREST", "/api/x/../ticket-attachmentsREST",
    "/../api/ticket-attachmentsREST", "/%61pi/ticket%2DattachmentsREST",
    "/api//ticket-attachmentsREST", "http://localhost//api//ticket-attachmentsREST",
    "http://localhost/x/../api/ticket-attachmentsREST",
    "http://localhost/%2e/api/ticket-attachmentsREST",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_the_address_is_the_upload(client_of, alice, bob, spelling, state):
    client = client_of(alice)
    url = upload(client, "100% größe ?#.txt")
    spelled = spelling.replace("URL", url).replace("REST", url.removeprefix(UPLOADS))
    before = state()
    assert use(client_of(bob), spelled).status_code == 422
    assert state() == before
    answer = use(client, spelled)
    assert answer.status_code == 201
    assert answer.json["data"]["attachmentUrls"] == [url]
    assert use(client, url).status_code == 422


@pytest.mark.parametrize(
    "spelling",
    ["http://localhost:8080URL", "http://localhost.example.orgURL", "https://localhost:80URL",
     "http://127.0.0.1URL"],
)  # fmt: skip
def test_the_address_on_another_host_is_a_link(client_of, alice, spelling):
    client = client_of(alice)
    url = upload(client)
    link = spelling.replace("URL", url)
    answer = use(client, link)
    assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, [link])
    assert use(client, url).status_code == 201


@pytest.mark.parametrize(
    "path",
    ["//localhostURL", "/api/ticket-attachments", "/api/ticket-attachments/", "/etc/passwd",
     "/api/ticket-attachments/KEY", "/api/ticket-attachments/KEY/", "URL/more", "/api/tickets/1",
     "http://localhost/api/ticket-attachments/1/x", "http://localhost/api/ticket-attachments/KEY",
     "\\api\\ticket-attachments\\KEY\\note.txt", "api/ticket-attachments/KEY/note.txt",
     "/desk/api/ticket-attachments/KEY/note.txt"],
)  # fmt: skip
def test_what_is_no_address_of_an_upload_is_refused(client_of, alice, state, path):
    client = client_of(alice)
    url = upload(client)
    before = state()
    answer = use(client, path.replace("URL", url).replace("KEY", url.split("/")[-2]))
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == ["attachmentUrls"]
    assert state() == before


class TestUnderAPrefix:
    @pytest.mark.parametrize(
        "spelling", ["URL", "http://localhostURL", "http://localhost//deskREST"]
    )
    def test_addresses_carry_it_both_ways(self, client_of, alice, mona, spelling):
        client = client_of(alice)
        url = upload(client, environ_overrides=PREFIX)
        assert url.startswith(f"/desk{UPLOADS}/")
        spelled = spelling.replace("URL", url).replace("REST", url.removeprefix("/desk"))
        answer = use(client, spelled, environ_overrides=PREFIX)
        assert answer.json["data"]["attachmentUrls"] == [url]
        bare = url.removeprefix("/desk")
        assert client.get(bare, environ_overrides=PREFIX).data == TEXT
        number = answer.json["data"]["id"]
        for user, path in ((alice, "/settings/ticket"), (mona, "/admin/tickets")):
            page = client_of(user).get(f"{path}/{number}", environ_overrides=PREFIX).text
            assert f'<a href="{url}" download>' in page
        plain = client.get(f"/api/tickets/{number}").json["data"]["attachmentUrls"]
        assert plain == [bare]


class TestOnlyCertainHosts:
    @pytest.fixture
    def host_config(self, tmp_path):
        return {
            "SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}",
            "SUPPORT_TICKETS_ATTACHMENT_HOSTS": ["files.example.org"],
        }

    def test_an_upload_of_ours_is_welcome_all_the_same(self, client_of, alice):
        client = client_of(alice)
        assert use(client, f"http://localhost{upload(client)}").status_code == 201
        assert use(client, "http://localhost/x.png").status_code == 422
        assert use(client, "https://files.example.org/x.png").status_code == 201
