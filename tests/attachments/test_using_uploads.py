"""Attachment addresses: uploads, used once by their uploader, and links. Rules B5, T6. Case 77."""

from __future__ import annotations

import socket

import pytest

from flask_support_tickets import TicketStatus

from .clients import UPLOADS, open_ticket, upload


def test_upload_is_used_once_on_ticket_or_comment(client, make_ticket, state):
    first, second = upload(client), upload(client)
    comment = {"ticketId": make_ticket(TicketStatus.InProgress).id, "text": "T"}
    assert open_ticket(client, first).status_code == 201
    answer = client.post("/api/ticket-comments", json={**comment, "attachmentUrls": [second]})
    assert (answer.status_code, answer.json["data"]["attachmentUrls"]) == (201, [second])
    before = state()
    for url in (first, second):
        again = client.post("/api/ticket-comments", json={**comment, "attachmentUrls": [url]})
        for answer in (open_ticket(client, url), again):
            assert answer.status_code == 422
            assert list(answer.json["error"]["fields"]) == ["attachmentUrls"]
    assert state() == before


def test_upload_can_be_used_after_refused_requests(client, client_of, bob, make_ticket, state):
    url = upload(client)
    of_bob = make_ticket(TicketStatus.InProgress, owner=bob).id
    too_early = make_ticket(TicketStatus.New).id
    before = state()
    for number, status in ((of_bob, 404), (too_early, 409)):
        body = {"ticketId": number, "text": "T", "attachmentUrls": [url]}
        assert client.post("/api/ticket-comments", json=body).status_code == status
    assert open_ticket(client, url, url).status_code == 422
    assert open_ticket(client, url, f"http://localhost{url}").status_code == 422
    assert state() == before
    assert open_ticket(client, url).status_code == 201


def test_foreign_upload_answers_like_missing_or_used_upload(client, client_of, bob, mona, state):
    bobs = client_of(bob)
    foreign, used, own = upload(client), upload(bobs), upload(bobs)
    open_ticket(bobs, used)
    missing = own.replace(own.split("/")[-2], "0" * 40)
    before = state()
    answers = [open_ticket(bobs, own, url) for url in (foreign, missing, used)]
    answers += [open_ticket(bobs, f"http://localhost{url}") for url in (foreign, missing)]
    answers += [open_ticket(client_of(mona), url) for url in (foreign, missing)]
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.data for answer in answers}) == 1
    assert state() == before
    assert open_ticket(client, foreign).status_code == 201


def test_attachments_keep_their_order_and_are_at_most_ten(client, state):
    uploads = [upload(client, f"{number}.txt") for number in range(10)]
    urls = [uploads[1], "https://e.org/x", uploads[0], "https://e.org/x", *uploads[2:]]
    before = state()
    assert open_ticket(client, *urls[:11]).status_code == 422
    assert state() == before
    answer = open_ticket(client, *urls[:10])
    assert answer.json["data"]["attachmentUrls"] == urls[:10]
    number = answer.json["data"]["id"]
    assert client.get(f"/api/tickets/{number}").json["data"]["attachmentUrls"] == urls[:10]


@pytest.mark.parametrize(
    "spelling",
    ["https://LocalHost:443URL?a=b#c", "/%61pi/x/../ticket%2DattachmentsREST", " URL "],
)
def test_upload_is_recognized_however_its_address_is_written(
    client, client_of, bob, spelling, state
):
    url = upload(client, "100% größe ?#.txt")
    spelled = spelling.replace("URL", url).replace("REST", url.removeprefix(UPLOADS))
    before = state()
    assert open_ticket(client_of(bob), spelled).status_code == 422
    assert state() == before
    link = f"http://localhost:8080{url}"  # of another site
    assert open_ticket(client, link).json["data"]["attachmentUrls"] == [link]
    assert open_ticket(client, spelled).json["data"]["attachmentUrls"] == [url]
    assert open_ticket(client, url).status_code == 422


@pytest.mark.parametrize(
    "url",
    [
        "//localhostURL", UPLOADS, f"{UPLOADS}/KEY", "URL/more", "/api/tickets/1", "/etc/passwd",
        f"http://localhost{UPLOADS}/1/x", f"\\{UPLOADS}\\KEY\\note.txt", f"{UPLOADS}/KEY"[1:],
        "/deskURL", "file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,x", "",
        "javascript:alert(1)", "//127.0.0.1/x", "http:127.0.0.1", "http:///x", "\\\\host\\x",
        "http://user@127.0.0.1/", "http://a b/", "http://[::1", "http://127.0.0.1:99999/",
    ],
)  # fmt: skip
def test_attachment_url_must_be_own_upload_or_web_address(client, state, url):
    own = upload(client)
    before = state()
    answer = open_ticket(client, url.replace("URL", own).replace("KEY", own.split("/")[-2]))
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == ["attachmentUrls"]
    assert state() == before


def test_addresses_of_uploads_carry_prefix_of_app(client, client_of, mona):
    prefix = {"SCRIPT_NAME": "/desk"}
    url = upload(client, environ_overrides=prefix)
    bare = url.removeprefix("/desk")
    assert url == f"/desk{bare}"
    answer = open_ticket(client, f"http://localhost//desk{bare}", environ_overrides=prefix)
    assert answer.json["data"]["attachmentUrls"] == [url]
    number = answer.json["data"]["id"]
    assert client.get(bare, environ_overrides=prefix).status_code == 200
    for reader, path in ((client, "/settings/ticket"), (client_of(mona), "/admin/tickets")):
        page = reader.get(f"{path}/{number}", environ_overrides=prefix).text
        assert f'<a href="{url}" download>' in page
    plain = client.get(f"/api/tickets/{number}").json["data"]["attachmentUrls"]
    assert plain == [bare]


class TestAttachmentHosts:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_ATTACHMENT_HOSTS": ["files.example.org"]}

    def test_uploads_and_listed_hosts_are_accepted_and_other_hosts_are_422(self, client):
        assert open_ticket(client, f"http://localhost{upload(client)}").status_code == 201
        assert open_ticket(client, "https://files.example.org/x.png").status_code == 201
        assert open_ticket(client, "http://localhost/x.png").status_code == 422


@pytest.fixture
def listener():
    """Listen on a port that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        yield listener
        with pytest.raises(TimeoutError):
            listener.accept()


def test_links_are_never_fetched(client, client_of, mona, listener):
    port = listener.getsockname()[1]
    urls = [
        f"http://{host}:{port}/x.png?variant=thumbnail"
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1")
    ]
    answer = open_ticket(client, *urls)
    assert answer.json["data"]["attachmentUrls"] == urls
    number = answer.json["data"]["id"]
    for reader, path in ((client, "/settings/ticket"), (client_of(mona), "/admin/tickets")):
        page = reader.get(f"{path}/{number}").text
        assert page.count('rel="noopener noreferrer nofollow ugc"') == len(urls)
        assert f'src="http://127.0.0.1:{port}' not in page


def test_no_other_field_accepts_address(client, state, listener):
    url, before = f"http://127.0.0.1:{listener.getsockname()[1]}/", state()
    for field in ("attachmentUrl", "imageUrl", "attachment_urls", "files"):
        answer = client.post("/api/tickets", json={"subject": "S", "description": "D", field: url})
        assert answer.status_code == 422
        assert list(answer.json["error"]["fields"]) == [field]
    assert state() == before
