"""Who else has a ticket's page open, as the page and its polls say it. Rule M4."""

import re

import pytest
from sqlalchemy import text

from flask_support_tickets import TicketStatus
from flask_support_tickets.i18n import use_language
from flask_support_tickets.services.presence import PresenceInfo
from flask_support_tickets.web.presence_text import presence_text

from ..databases import every_database
from ..host import db

LINE = re.compile(r"<p [^>]*data-st-presence>([^<]*)</p>")


@pytest.fixture
def url(make_ticket):
    return f"/admin/tickets/{make_ticket(TicketStatus.InProgress).id}"


def line(client, url):
    """Return what a ticket's page says about the others."""
    (found,) = LINE.findall(client.get(url).text)
    return found


def poll(client, url, *, etag="", replying=False):
    query = "?version=2" + ("&replying=yes" if replying else "")
    return client.get(f"{url}/news{query}", headers={"If-None-Match": f'"{etag}"'})


def test_page_that_is_loaded_counts_and_says_who_else_is_there(client_of, mona, adam, url):
    one, other = client_of(mona), client_of(adam)
    assert line(one, url) == ""
    assert line(other, url) == "mona is viewing"
    assert line(one, url) == "adam is viewing"


@every_database
def test_poll_says_who_is_replying_and_is_304_until_that_changes(client_of, mona, adam, url):
    """Rule E1."""
    one, other = client_of(mona), client_of(adam)
    etag = re.search(r'data-etag="(\w+)"', one.get(url).text)[1]
    assert poll(one, url, etag=etag).status_code == 304
    assert poll(other, url, replying=True).json["presence"] == "mona is viewing"
    answer = poll(one, url, etag=etag)
    assert answer.status_code == 200
    assert (answer.json["presence"], answer.json["changes"]) == ("adam is replying", [])
    for _ in range(2):
        poll(other, url, replying=True)
        assert poll(one, url, etag=answer.json["etag"]).status_code == 304
    poll(other, url)
    assert poll(one, url, etag=answer.json["etag"]).json["presence"] == "adam is viewing"


def test_requester_learns_nothing_of_staff_nor_staff_of_requester(
    client_of, alice, mona, adam, url
):
    own = url.replace("/admin/tickets", "/settings/ticket")
    requester, staff = client_of(alice), client_of(mona)
    before = requester.get(own)
    api = requester.get(url.replace("/admin", "/api"))
    poll(staff, url, replying=True)
    assert "mona" in line(client_of(adam), url)
    for answer in (requester.get(own), requester.get(url.replace("/admin", "/api"))):
        assert "is replying" not in answer.text
        assert "is viewing" not in answer.text
    assert requester.get(url.replace("/admin", "/api")).headers["ETag"] == api.headers["ETag"]
    assert before.status_code == 200
    assert line(staff, url) == "adam is viewing"


def test_presence_that_cannot_be_stored_is_logged_and_breaks_nothing(
    client_of, mona, adam, url, caplog
):
    one, other = client_of(mona), client_of(adam)
    db.session.execute(
        text(
            "CREATE TRIGGER refuse BEFORE INSERT ON support_ticket_presence "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    )
    db.session.commit()
    assert one.get(url).status_code == 200
    assert poll(one, url).json["presence"] == ""
    assert "Presence on a ticket was not recorded" in caplog.text
    assert line(other, url) == ""


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["A is viewing", "A and B are viewing", "C is replying · A and B are viewing"]),
        ("de", ["A sieht sich das Ticket an", "A und B sehen sich das Ticket an"]),
        ("fr", ["A consulte le ticket", "A et B consultent le ticket"]),
        ("es", ["A está viendo el ticket", "A y B están viendo el ticket"]),
        ("ar", ["A يشاهد التذكرة", "A وB يشاهدان التذكرة"]),
    ],
)
def test_text_lists_people_in_every_language(app, language, texts):
    people = [PresenceInfo(1, "A", False), PresenceInfo(2, "B", False), PresenceInfo(3, "C", True)]
    with use_language(language):
        assert [presence_text(people[: number + 1]) for number in range(len(texts))] == texts
        assert presence_text([]) == ""
    many = [PresenceInfo(number, f"P{number}", True) for number in range(6)]
    assert presence_text(many) == "P0, P1, P2, and 3 others are replying"
