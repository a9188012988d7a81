"""Values at the edges, in every place of every face that takes one.

Rules T2, T3, T4, T6, J2, J3. Cases 41, 52, 63, 81, 82, 83, 84, 85, 86, 87.
"""

from __future__ import annotations

import itertools
import json
import re
from urllib.parse import quote

import pytest

from flask_support_tickets import TicketStatus

from ..api.matrix import CONTRACT, QUERIES
from ..databases import every_database
from .conftest import NEW, fill

BIG = "1" + "0" * 5_000
#: Not a number of ours, as text.
NO_NUMBERS = [
    "0", "-1", "+1", "01", "1.0", "1.5", "1e3", "0x1", "1_0", " 1", "1 ", "1\t", "true", "None",
    "null", "NaN", "Infinity", "१", "１", "²", "1,000", "1" * 20, "9223372036854775808", BIG,
    "[]", "{}", '"1"', "1;2", "''", "a\x00b", "1 OR 1=1",
]  # fmt: skip
LARGE = ["2147483647", "2147483648", "9223372036854775807"]
SQL = [
    "'", '"', "`", "\\'", "' OR '1'='1", "' OR 1=1--", "') OR ('1'='1", "1; SELECT pg_sleep(9)",
    "'; SELECT pg_sleep(9);--", "' AND SLEEP(9)='", "' UNION SELECT 1 FROM host_user--",
    "'; DROP TABLE support_ticket;--", "/* */", "/*!50000 1*/", "--", "$1", ":id", "%(id)s", "?",
    "@@x", "CAST('a' AS INT)", "\\x27", "admin'/*", "%", "_", "back\\", "[a-z]", "p%r", "*",
]  # fmt: skip
#: Parameters of the API's queries, and what each refuses.
NO_DATES = [
    *SQL, "1", "2026", "2026-13-01", "2026-02-30", "20261130", "2026-W01-1", "2026-1-1", "today",
    "0001-01-01", "10000-01-01", "2026-11-30T08:00", "2026-11-30T25:00Z", "2026-11-30T08:00+24:00",
    "２０２６-11-30", "2026-11-30 08:00Z", "2026-11-30\x00",
]  # fmt: skip
BAD_QUERIES = {
    "page": [*NO_NUMBERS, "1000000001"], "pageSize": [*NO_NUMBERS, "101", "1000000"],
    "cursor": [
        *NO_NUMBERS, *SQL, "x", "after-", "after-0", "after-01", "after-x", "AFTER-1", "after-1 ",
        "after--1", "after-9223372036854775808", "after-\uff11",
    ],
    "assignedTo": [*NO_NUMBERS, *SQL, "ME", "nobody"], "userId": [*NO_NUMBERS, *SQL, "me"],
    "createdFrom": NO_DATES, "createdBefore": NO_DATES,
    "status": [*SQL, "new", "4", "New,", "1.0", "-1", "closed", "a\x00b"],
    "order": [*SQL, "Oldest", "id", "user_id", "__class__", "-id"],
    "search": [" ", "x" * 201], "department": ["\n", "a\x00b", "x" * 101],
    "variant": ["x", "VIEW", "original"], "tag": ["\n", "a\x00b", "x" * 41, "a,b"],
    "priority": [*SQL, "high", "4", "High,", "-1"],
}  # fmt: skip
UNKNOWN_QUERIES = [
    "sort", "user_id", "page[]", "user.password", "filter[user.email][startswith]", "fields",
    "include", "flt0_0", "flt1_user__username_startswith", "user__role", "expand", "desc",
    "search__icontains", "a\x00b",
]  # fmt: skip

SURROGATES = ['"\\ud800"', '"\\udfff"', '"a\\udc00b"', '"\\udc00\\ud800"']
CONTROLS = [f'"a\\u{code:04x}b"' for code in (0, 7, 8, 0x1B, 0x1F, 0x7F, 0x84, 0x9F)]
INVISIBLE = ['""', '" \\n\\t "', '"\\u200b\\u2060"', '"\\u3164"', '"\\u2028"']
NO_TEXTS = ["5", "true", '["a"]', "{}", *SURROGATES, *CONTROLS, *INVISIBLE]
NO_IDS = [
    "0", "-1", "9223372036854775808", "-9223372036854775809", BIG, "1.5", "1.0", "1e3", "true",
    "false", '"1"', '"１"', "[1]", "{}", '""', '"a\\u0000b"', *SURROGATES, *LARGE,
]  # fmt: skip
NO_URLS = [
    "javascript:evil()", "JaVaScRiPt:evil()", "data:text/html,<script>evil()</script>",
    "vbscript:evil()", "&#x6A;avascript:evil()", "java\tscript:evil()", "\x01javascript:evil()",
    "//evil.example", "\\\\evil.example", "/\\evil.example", "ftp://x/", "file:///x", "evil", "",
    "http:evil.example", "http:///evil.example", "http://a@evil.example", "about:blank",
    "blob:http://localhost/x", "view-source:http://localhost/", "mailto:x@evil", "/local",
    "http://", "http://a b", "http://u:p@host/", "http://host\\@evil/", "http://[::1",
    "http://host:99999/", "http://x/" + "y" * 2000, "http://x/a\x00b", "http://x/\ud800",
]  # fmt: skip
NO_URL_LISTS = ['"http://x"', "[1]", "[null]", json.dumps(["http://x/"] * 11)]
BAD_URLS = [*NO_URL_LISTS, *(json.dumps([url]) for url in NO_URLS)]


def too_long(limit):
    return ['"' + character * (limit + 1) + '"' for character in "x😀"]


#: (method, address): field -> what it refuses, as JSON.
BAD_FIELDS = {
    ("POST", "/api/tickets"): {
        "subject": [*NO_TEXTS, "null", *too_long(200)],
        "description": [*NO_TEXTS, "null", *too_long(20_000)],
        "department": [*NO_TEXTS, *too_long(100)],
        "attachmentUrls": BAD_URLS,
    },
    ("POST", "/api/ticket-comments"): {
        "text": [*NO_TEXTS, "null", *too_long(20_000)],
        "ticketId": [*NO_IDS, "null"],
        "parentCommentId": NO_IDS,
        "attachmentUrls": BAD_URLS,
    },
    ("PUT", "/api/tickets/1/status"): {
        "action": [*NO_TEXTS, "null", '"close"', '"Open"', '"Comment"', "0"],
        "assignedToUserId": [*NO_IDS, "null"],
    },
}
GOOD_BODIES = [
    {"subject": "S", "description": "D"},
    {"ticketId": 1, "text": "T"},
    {"action": "Assign", "assignedToUserId": 1},
]
#: Fields that exist, but that nobody may send.
UNKNOWN_FIELDS = [
    "userId", "status", "id", "number", "version", "createdAt", "updatedAt", "internal",
    "deletedAt", "resolvedAt", "commentCount", "isStaff", "user_id", "_method", "imageUrl",
    "a\x00b",
]  # fmt: skip


@pytest.fixture
def printer(make_ticket, mona):
    return make_ticket(TicketStatus.InProgress, owner=mona, subject="A printer")


@pytest.fixture
def client(client_of, mona, printer):
    return client_of(mona)


def test_json_fields_refuse_every_bad_value_by_name_and_change_nothing(client, everything):
    before, wrong = everything(), []
    for (target, fields), good in zip(BAD_FIELDS.items(), GOOD_BODIES, strict=True):
        cases = [(name, value) for name, values in fields.items() for value in values]
        cases += [(name, "1") for name in [*UNKNOWN_FIELDS, "\ud800"]]
        for name, value in cases:
            body = {key: json.dumps(given) for key, given in good.items()} | {name: value}
            data = ", ".join(f"{json.dumps(key)}: {given}" for key, given in body.items())
            answer = client.open(
                target[1], method=target[0], data=f"{{{data}}}", content_type="application/json"
            )
            found = (answer.status_code, list(answer.json["error"].get("fields", ())))
            is_missing = name == "ticketId" and value in LARGE
            expected = (404, []) if is_missing else (422, [name.replace("\ud800", "?")])
            if found != expected:
                wrong.append((target, name, value[:40], found))
    assert wrong == []
    assert everything() == before


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_API_DOCS": True}])
def test_queries_of_the_api_refuse_every_bad_value_by_name(client, everything, host_config):
    """Each parameter of the document has a row; a name that it does not have is refused."""
    before, wrong = everything(), []
    for path, operations in client.get("/api/tickets/openapi.json").json["paths"].items():
        if "get" not in operations or path.endswith(("/docs", "/openapi.json")):
            continue
        url = re.sub(r"{\w+}", "1", path)
        parameters = operations["get"].get("parameters", [])
        names = [row["name"] for row in parameters if row["in"] == "query"]
        queries = [(name, [(name, value)]) for name in names for value in BAD_QUERIES[name]]
        queries += [(name, [(name, "1"), (name, "1")]) for name in names]
        queries += [(name, [(name, "1")]) for name in UNKNOWN_QUERIES if name not in names]
        if "cursor" in names:
            queries.append(("page", [("cursor", "after-1"), ("page", "0")]))
        if "order" in names:
            queries.append(("cursor", [("cursor", "after-1"), ("order", "waiting")]))
        for name, query in queries:
            answer = client.get(url, query_string=query)
            found = (answer.status_code, list(answer.json["error"].get("fields", ())))
            if found != (422, [name]):
                wrong.append((path, query, found))
        if "page" in names and "comment_id" not in path:
            empty = dict.fromkeys(names, "")
            assert client.get(url, query_string=empty).status_code == 200
    assert wrong == []
    assert everything() == before


@every_database
def test_search_takes_any_character_as_a_space(client, make_ticket, mona):
    """Rule T2."""
    make_ticket(owner=mona, subject="Zebra printer")
    urls = ["/api/tickets", "/settings/ticket", "/admin/tickets/", "/admin/tickets/export.csv"]
    controls = [*map(chr, (*range(0x20), *range(0x7F, 0xA0)))]
    for url, control in itertools.product(urls, controls):
        answer = client.get(url, query_string={"search": f"{control}zebra{control}printer"})
        assert answer.status_code == 200, (url, ascii(control))
        assert "Zebra" in answer.text, (url, ascii(control))
    for url in urls:
        blank = client.get(url, query_string={"search": " \x00\u200b\t"})
        assert (blank.status_code, "Zebra" in blank.text) == (200, True), url


@every_database
def test_path_that_cannot_be_an_id_is_404_like_a_missing_one(client, everything):
    before, wrong = everything(), []
    # "Retry" of a notification redirects to the list, whatever the id.
    wanted = {each for each, _ in CONTRACT if "_id>" in each and "notification" not in each}
    addresses = sorted(wanted)
    few = [*LARGE, "9223372036854775808", "0", "１", BIG, "a\x00b", "1 OR 1=1", ".."]
    places = [*itertools.product(addresses, few)]
    places += itertools.product(["/api/tickets/<ticket_id>"], [*NO_NUMBERS, *SQL])
    for address, value in places:
        url = re.sub(r"<\w+_id>", quote(value, safe=""), address) + QUERIES.get(address, "")
        missing = re.sub(r"<\w+_id>", "987654", address)
        method = "PUT" if address == "/api/tickets/<ticket_id>/status" else "GET"
        body = {"json": {"action": "Reopen"}} if method == "PUT" else {}
        answer = client.open(url, method=method, **body)
        if address.startswith("/api/") and answer.status_code == 404:
            if answer.data != client.open(missing, method=method, **body).data:
                wrong.append((url[:80], "differs from a missing one"))
        elif answer.status_code != 404 and not ("/" in value and answer.status_code == 308):
            wrong.append((url[:80], answer.status_code))
    assert wrong == []
    assert everything() == before


#: Parameters that a page reads.
PAGE_QUERIES = {
    "/settings/ticket": ["page", "search", "status", "department", "sort"],
    "/settings/ticket/1": ["page", "replyTo"],
    "/admin/tickets/": ["page", "assignedTo", "search", "status", "order", "department", "sort"],
    "/admin/tickets/1": ["page", "replyTo", "listPage", "assignedTo"],
    "/admin/tickets/1/news": ["version"],
    "/admin/tickets/suggestions": ["search"],
    "/admin/tickets/export.csv": ["assignedTo", "search"],
    "/admin/tickets/stats": ["assignedTo", "weeks", "department"],
}


@every_database
def test_pages_take_any_value_in_a_query_without_an_error(client, everything):
    before, wrong = everything(), []
    values = ["-1", "１", *LARGE[1:], BIG, "a\x00b", "' OR '1'='1"]
    for url, names in PAGE_QUERIES.items():
        for name, value in itertools.product([*names, "filter[user.email]"], values):
            answer = client.get(url, query_string={name: value})
            if answer.status_code not in (200, 204, 404, 422):
                wrong.append((url, name, value[:40], answer.status_code))
        answer = client.get(url, query_string={"user.role": "admin", "flt0_0": "a", "desc": "1"})
        assert answer.status_code in (200, 422), url
    assert wrong == []
    assert everything() == before


@every_database
def test_forms_take_any_number_or_control_character_without_an_error(client, printer, everything):
    here, admin = f"/settings/ticket/{printer.id}", f"/admin/tickets/{printer.id}"
    places = [
        (f"{admin}/comments", {"text": "My words"}, ["parentCommentId", "text"]),
        (f"{admin}/comments", {"text": "My words"}, ["version"]),
        (f"{here}/comments", {"text": "My words"}, ["parentCommentId", "text"]),
        (f"{admin}/status", {"action": "Assign"}, ["assignedToUserId", "action"]),
        (f"{admin}/status", {"action": "MarkAsResolved"}, ["version"]),
        (f"{admin}/seen", {}, ["count"]),
        (f"{here}/seen", {}, ["count"]),
        ("/admin/tickets/bulk", {"ticketId": printer.id}, ["step"]),
        ("/admin/tickets/bulk", {"step": "MarkAsResolved"}, ["ticketId"]),
        (NEW, {"description": "D"}, ["subject"]),
        (NEW, {"subject": "S"}, ["description"]),
        (NEW, {"subject": "S", "description": "D"}, ["department"]),
    ]
    before, fields = everything(), fill(client)
    for url, typed, names in places:
        values = LARGE if "version" in names else ["-1", *LARGE, BIG, "a\x00b", "1e3"]
        if names[-1] in ("text", "subject", "description", "department"):
            values = ["a\x00b"]
        for name, value in itertools.product(names, values):
            answer = client.post(url, data={**fields, **typed, name: value})
            assert answer.status_code in (303, 409, 422), (url, name, value[:40])
            if answer.status_code != 303 and "text" in typed and name != "text":
                assert "My words" in answer.text
    assert everything() == before
    headers = {"If-None-Match": '"\x01\x7f"', "Cookie": 'session="\x00"; x=\x00', "X": "\x00"}
    assert client.get("/api/tickets", headers=headers).status_code < 500


@every_database
def test_statements_and_wildcards_in_a_filter_mean_themselves(client, make_ticket):
    ids = {text: make_ticket(subject=f"{text} odd", department=text).id for text in SQL}
    for text, number in ids.items():
        for query in ({"department": text}, {"search": f"{text} odd", "department": text}):
            data = client.get("/api/tickets", query_string=query).json["data"]
            assert [ticket["id"] for ticket in data["tickets"]] == [number], query
