"""The adversarial cases about odd values: 81 to 87."""

from __future__ import annotations

import itertools
import time
from urllib.parse import quote

import pytest

from flask_support_tickets import TicketStatus

from .conftest import NEW, fill, new_ticket

#: Case 81: what breaks out of a statement, waits, or asks for something else.
SQL = [
    "'", "''", '"', "`", "\\'", "' OR '1'='1", "' OR 1=1--", "') OR ('1'='1", '" OR ""="',
    "1 OR 1=1", "1; SELECT pg_sleep(9)", "'; SELECT pg_sleep(9);--", "' AND SLEEP(9)='",
    "'||(SELECT pg_sleep(9))||'", "1) UNION SELECT 1,2,3--", "' UNION SELECT 1 FROM host_user--",
    "'; DROP TABLE support_ticket;--", "'; DELETE FROM host_user;--", "/* */", "/*!50000 1*/", "--",
    "#", ";", "1e309", "0x41", "CHAR(39)", "$$ $$", "$1", ":id", ":1", "%(id)s", "?", "?1", "@@x",
    "CAST('a' AS INT)", "(SELECT 1)", "NULL", "true", "\\x27", "admin'/*",
]  # fmt: skip
#: Case 83: what a search in SQL takes for something else, or not whole.
WILD = ["%", "_", "\\", "back\\", "[a-z]", "[^x]", "p%r", "p_inter", "*", "?", "a\\%b", "%%", "'%"]
#: Case 86: no id, no page; as text.
NO_NUMBERS = [
    "0", "-1", "+1", "01", "1.0", "1.5", "1e3", "1e0", "0x1", "1_0", " 1", "1 ", "1\t", "true",
    "None", "null", "NaN", "Infinity", "१", "１", "²", "٣", "1,000", "2147483648" * 3, "1" * 20,
    "9223372036854775808", "1" + "0" * 30, "1" + "0" * 5_000, "[]", "{}", '"1"', "1;2", "''",
]  # fmt: skip
#: Case 86: no id; as JSON.
NO_IDS = [
    "0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "1" + "0" * 30, "1" + "0" * 5_000, "1.5", "1.0", "1e3", "1E0", "true", "false", '"1"', '"１"',
    "[1]", "{}", '""',
]  # fmt: skip


#: Addresses that name an id.
IDS = [
    "/api/tickets/{}", "/api/tickets/{}/events", "/api/ticket-comments/ticket/{}",
    "/api/ticket-comments/{}/replies", "/settings/ticket/{}", "/admin/tickets/{}",
    "/admin/tickets/{}/status",
]  # fmt: skip


@pytest.fixture
def printer(make_ticket):
    return make_ticket(TicketStatus.InProgress, subject="A printer", department="Sales")


def found(client, **query):
    """Return the subjects that the API finds."""
    started = time.monotonic()
    answer = client.get("/api/tickets", query_string={"pageSize": 100, **query})
    assert answer.status_code == 200, query
    assert time.monotonic() - started < 8, "the database was made to wait"
    return [ticket["subject"] for ticket in answer.json["data"]["tickets"]]


def order_of(html):
    """Return the ids of the tickets in the list of Flask-Admin."""
    return [part.partition('"')[0] for part in html.split('data-ticket-id="')[1:]]


class TestStatements:
    def test_in_a_search_are_words(self, client_of, mona, printer, make_ticket, state):
        """Case 81: each finds the ticket that says it, and no other; signs alone find nothing."""
        for number, text in enumerate(SQL):
            make_ticket(subject=f"{text} number {number:04}", department=text)
        client, before = client_of(mona), state()
        for number, text in enumerate(SQL):
            has_words = any(map(str.isalnum, text))
            assert (f"{text} number {number:04}" in found(client, search=text)) is has_words
            assert "A printer" not in found(client, search=f"{text} number")
            assert found(client, department=text) == [f"{text} number {number:04}"]
            query = {"search": f"{text} number {number:04}"}
            page = client.get("/admin/tickets/", query_string=query)
            assert len(order_of(page.text)) == 1, text
        assert state() == before

    def test_in_place_of_a_number_or_a_name_are_refused(self, client_of, mona, printer, state):
        """Case 81."""
        client, before = client_of(mona), state()
        names = ("status", "page", "pageSize", "cursor", "assignedTo", "sort")
        for text, name in itertools.product(SQL, names):
            answer = client.get("/api/tickets", query_string={name: text})
            assert answer.status_code == 422, (name, text)
        for text in SQL:
            for url in ("/settings/ticket", "/admin/tickets/"):
                answer = client.get(url, query_string={"status": text, "sort": text})
                assert answer.status_code == 422, (url, text)
            for url in IDS:
                status = client.get(url.format(quote(text, safe=""))).status_code
                assert status == 404 or ("/" in text and status == 308), (url, text)
        assert state() == before


class TestFieldsToSortAndFilterBy:
    QUERIES = [
        {"sort": "user.password"}, {"sort": "__class__"}, {"sort": "-id"}, {"order": "user_id"},
        {"filter[user.email][startswith]": "a"}, {"fields": "passwordHash"}, {"include": "user"},
        {"flt0_0": "a"}, {"flt1_user__username_startswith": "a"}, {"user__role": "admin"},
        {"user.role": "admin"}, {"expand": "user"}, {"desc": "1"}, {"search__icontains": "a"},
    ]  # fmt: skip

    def test_are_no_way_to_ask_about_other_columns(self, client_of, mona, make_ticket):
        """Case 82: refused by the API; on pages nothing comes of them."""
        for subject in ("One", "Two", "Three"):
            make_ticket(subject=subject)
        client = client_of(mona)
        order = order_of(client.get("/admin/tickets/").text)
        for query in self.QUERIES:
            answer = client.get("/api/tickets", query_string=query)
            assert answer.status_code == 422, query
            assert list(answer.json["error"]["fields"]) == list(query)
            page = client.get("/admin/tickets/", query_string=query)
            assert page.status_code == (422 if "order" in query else 200), query
            assert order_of(page.text) == ([] if "order" in query else order), query


class TestWildcards:
    def test_mean_themselves(self, client_of, mona, printer, make_ticket):
        """Case 83."""
        for number, text in enumerate(WILD):
            make_ticket(subject=f"Odd {number:04}", description=f"before{text}after")
        client = client_of(mona)
        for number, text in enumerate(WILD):
            assert f"Odd {number:04}" in found(client, search=f"before{text}after")
            assert "A printer" not in found(client, search=text)
        for text in ("p_inter", "print%", "prin*", "rinte", "%", "*"):
            assert "A printer" not in found(client, search=text)


class TestCharactersThatBreakADriver:
    def test_nul_is_refused_wherever_it_stands(self, client_of, mona, printer, state):
        """Case 84."""
        client, before = client_of(mona), state()
        nul = "a\x00b"
        comment = {"ticketId": printer.id, "text": "T"}
        status = f"/api/tickets/{printer.id}/status"
        bodies = [
            *(("/api/tickets", {"subject": "S", "description": "D", name: value})
              for name, value in (("subject", nul), ("description", nul), ("department", nul),
                                  ("attachmentUrls", [f"http://x/{nul}"]), (nul, "x"))),
            *(("/api/ticket-comments", {**comment, name: value})
              for name, value in (("text", nul), ("attachmentUrls", [nul]), (nul, 1),
                                  ("parentCommentId", nul), ("ticketId", nul))),
            *((status, {"action": "Assign", "assignedToUserId": 1, name: nul})
              for name in ("action", "assignedToUserId", nul)),
        ]  # fmt: skip
        for url, body in bodies:
            answer = client.open(url, method="PUT" if url == status else "POST", json=body)
            assert answer.status_code == 422, body
        for name in ("search", "department", "status", "page", "assignedTo", "cursor", "x"):
            assert client.get("/api/tickets", query_string={name: nul}).status_code == 422, name
            for url in ("/settings/ticket", "/admin/tickets/"):
                assert client.get(url, query_string={name: nul}).status_code in (200, 422), name
        for url in (*IDS, "/api/ticket-attachments/{}/x", "/api/ticket-attachments/x/{}"):
            assert client.get(url.format("1%00")).status_code == 404, url
        for name in ("subject", "description", "department", "submission_key"):
            data = fill(client, **{"subject": "S", "description": "D", name: nul})
            assert client.post(NEW, data=data).status_code in (303, 422), name
        headers = {"If-None-Match": '"\x01\x7f"', "Cookie": 'session="\x00"; x=\x00', "X": "\x00"}
        assert client.get("/api/tickets", headers=headers).status_code < 500
        after = state()
        kept = [name for name, rows in after[0].items() if rows == before[0][name]]
        assert len(after[0]["support_ticket"]) - len(before[0]["support_ticket"]) == 1  # odd key
        assert "support_ticket_comment" in kept

    def test_a_lone_surrogate_is_422_wherever_it_stands(self, client_of, mona, printer, state):
        """Case 85."""
        client, before = client_of(mona), state()
        kind = {"content_type": "application/json"}
        for number in ("\\ud800", "\\udfff", "a\\udc00b", "\\udc00\\ud800"):
            odd = f'"{number}"'
            texts = [
                ("POST", "/api/tickets", f'{{"subject": {odd}, "description": "D"}}'),
                ("POST", "/api/tickets", f'{{"subject": "S", "description": {odd}}}'),
                ("POST", "/api/tickets",
                 f'{{"subject": "S", "description": "D", "department": {odd}}}'),
                ("POST", "/api/tickets",
                 f'{{"subject": "S", "description": "D", "attachmentUrls": [{odd}]}}'),
                ("POST", "/api/tickets", f'{{"subject": "S", "description": "D", {odd}: 1}}'),
                ("POST", "/api/ticket-comments", f'{{"ticketId": {printer.id}, "text": {odd}}}'),
                ("POST", "/api/ticket-comments", f'{{"ticketId": {odd}, "text": "T"}}'),
                ("PUT", f"/api/tickets/{printer.id}/status", f'{{"action": {odd}}}'),
                ("PUT", f"/api/tickets/{printer.id}/status",
                 f'{{"action": "Assign", "assignedToUserId": {odd}}}'),
            ]  # fmt: skip
            for method, url, data in texts:
                answer = client.open(url, method=method, data=data, **kind)
                assert answer.status_code == 422, data
        assert state() == before


class TestNumbers:
    def test_that_are_none_are_refused(self, client_of, mona, printer, state):
        """Cases 86 and 87, in paths and queries."""
        client, before = client_of(mona), state()
        for text in NO_NUMBERS:
            for url in IDS:
                assert client.get(url.format(quote(text, safe=""))).status_code == 404, (url, text)
            for name in ("page", "pageSize", "assignedTo", "cursor"):
                answer = client.get("/api/tickets", query_string={name: text})
                assert answer.status_code == 422, (name, text)
            for url in ("/settings/ticket", f"/api/ticket-comments/ticket/{printer.id}"):
                assert client.get(url, query_string={"page": text}).status_code == 422, text
            query = {"page": text, "replyTo": text}
            answer = client.get(f"/admin/tickets/{printer.id}", query_string=query)
            assert answer.status_code == 200, text
        assert state() == before

    def test_that_are_no_ids_in_a_body_are_refused(self, client_of, mona, printer, state):
        """Case 86."""
        client, before = client_of(mona), state()
        kind = {"content_type": "application/json"}
        status = f"/api/tickets/{printer.id}/status"
        for text in NO_IDS:
            parent = f'{{"ticketId": {printer.id}, "text": "T", "parentCommentId": {text}}}'
            for data in (f'{{"ticketId": {text}, "text": "T"}}', parent):
                answer = client.post("/api/ticket-comments", data=data, **kind)
                assert answer.status_code in (404, 422), data
            data = f'{{"action": "Assign", "assignedToUserId": {text}}}'
            assert client.put(status, data=data, **kind).status_code == 422, data
        assert state() == before

    def test_beyond_the_last_page_are_quick_and_empty(self, client_of, mona, printer, make_ticket):
        """Case 87."""
        client = client_of(mona)
        for _ in range(3):
            make_ticket()
        started = time.process_time()
        for page in ("1000000000", "999999999", "2147483648"[:9]):
            data = client.get(f"/api/tickets?page={page}").json["data"]
            assert (data["tickets"], data["totalCount"], data["hasMore"]) == ([], 4, False)
            for url in ("/settings/ticket", "/admin/tickets/"):
                assert client.get(f"{url}?page={page}").status_code == 200
        for size in ("0", "101", "1000000"):
            assert client.get(f"/api/tickets?pageSize={size}").status_code == 422
        assert time.process_time() - started < 2
        assert new_ticket(client).status_code == 201
