"""``/api/tickets``: filing, listing, reading."""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import TicketStatus

TICKET_KEYS = {
    "id", "subject", "description", "attachmentUrls", "department", "userId", "status",
    "createdAt", "updatedAt", "resolvedAt", "closedAt", "assignedToUserId", "statusName",
    "userName", "assignedToName", "commentCount", "allowedActions",
}  # fmt: skip


def new(client, **body):
    return client.post("/api/tickets", json={"subject": "S", "description": "D", **body})


class TestFiling:
    def test_answers_the_ticket(self, client_of, alice, app):
        answer = new(client_of(alice), subject="  Päckchen \t", description="one\r\ntwo\rthree\n")
        assert answer.status_code == 201
        data = answer.json["data"]
        assert answer.json["success"] is True
        assert set(data) == TICKET_KEYS
        assert (data["subject"], data["description"]) == ("Päckchen", "one\ntwo\nthree")
        assert (data["status"], data["statusName"]) == (0, "New")
        assert (data["userId"], data["userName"]) == (alice.id, "alice")
        assert data["attachmentUrls"] == []
        assert data["department"] is data["resolvedAt"] is data["closedAt"] is None
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", data["createdAt"])

    def test_takes_department_and_links(self, client_of, alice):
        urls = ["https://example.org/a?b=c#d", "http://[::1]:8080/x"]
        data = new(client_of(alice), department="Sales", attachmentUrls=urls).json["data"]
        assert (data["department"], data["attachmentUrls"]) == ("Sales", urls)

    @pytest.mark.parametrize("nothing", [None, []])
    def test_takes_null_for_absent(self, client_of, alice, nothing):
        answer = new(client_of(alice), department=None, attachmentUrls=nothing)
        assert answer.status_code == 201
        assert answer.json["data"]["attachmentUrls"] == []

    @pytest.mark.parametrize(
        ("limit", "field"), [(200, "subject"), (20_000, "description"), (100, "department")]
    )
    @pytest.mark.parametrize("character", ["x", "😀", "é", "中"])
    def test_counts_characters_up_to_the_limit(self, client_of, alice, limit, field, character):
        client = client_of(alice)
        answer = new(client, **{field: character * limit})
        assert answer.status_code == 201
        ticket_id = answer.json["data"]["id"]
        assert client.get(f"/api/tickets/{ticket_id}").json["data"][field] == character * limit
        assert new(client, **{field: character * (limit + 1)}).status_code == 422

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("subject", ""), ("subject", " \n\t "), ("subject", "a\nb"), ("subject", "a\tb"),
            ("subject", "a\x00"), ("subject", "a\x1f"), ("subject", "a\x7f"), ("subject", "a\x85"),
            ("subject", None), ("subject", 5), ("subject", ["a"]), ("subject", "\u200b\u2060"),
            ("subject", "\u3164"), ("description", "\x00"), ("description", "\x0b"),
            ("description", ""), ("description", True), ("department", ""), ("department", 1),
            ("department", "a\nb"), ("attachmentUrls", "http://x"), ("attachmentUrls", [1]),
            ("attachmentUrls", [None]), ("attachmentUrls", ["ftp://x"]),
            ("attachmentUrls", ["javascript:alert(1)"]), ("attachmentUrls", ["//evil"]),
            ("attachmentUrls", ["/local"]), ("attachmentUrls", ["http://"]),
            ("attachmentUrls", ["http://a b"]), ("attachmentUrls", ["http://u:p@host/"]),
            ("attachmentUrls", ["http://host\\@evil/"]), ("attachmentUrls", ["http://[::1"]),
            ("attachmentUrls", ["http://host:99999/"]), ("attachmentUrls", [""]),
            ("attachmentUrls", ["http://x/" + "y" * 2000]),
            ("attachmentUrls", ["http://x/"] * 11),
            ("userId", 2), ("status", 1), ("id", 1), ("createdAt", "x"), ("internal", True),
        ],
    )  # fmt: skip
    def test_refuses_what_breaks_a_rule_and_changes_nothing(
        self, client_of, alice, everything, field, value
    ):
        client = client_of(alice)
        before = everything()
        answer = new(client, **{field: value})
        assert answer.status_code == 422
        assert answer.json["error"]["code"] == "invalid"
        assert list(answer.json["error"]["fields"]) == [field]
        assert everything() == before

    def test_names_what_is_missing(self, client_of, alice):
        answer = client_of(alice).post("/api/tickets", json={})
        assert set(answer.json["error"]["fields"]) == {"subject", "description"}


class TestFilingWithChoices:
    @pytest.fixture
    def host_config(self):
        return {
            "SUPPORT_TICKETS_DEPARTMENTS": ["Sales", "Abuse"],
            "SUPPORT_TICKETS_ATTACHMENT_HOSTS": ["files.example.org", "[::1]", "::2"],
        }

    def test_takes_only_the_departments_configured(self, client_of, alice):
        client = client_of(alice)
        assert new(client, department="Abuse").status_code == 201
        assert new(client, department="abuse").status_code == 422

    def test_takes_only_links_to_the_hosts_configured(self, client_of, alice):
        client = client_of(alice)
        for url in ("https://Files.example.org/a", "http://[::1]/a", "http://[::2]:80/a"):
            assert new(client, attachmentUrls=[url]).status_code == 201, url
        for url in ("https://evil.example.org/a", "http://[::3]/a"):
            assert new(client, attachmentUrls=[url]).status_code == 422, url


class TestListing:
    def test_shows_staff_all_and_users_their_own_newest_first(
        self, client_of, alice, bob, mona, make_ticket
    ):
        own = [make_ticket().id for _ in range(3)]
        other = make_ticket(owner=bob).id
        data = client_of(alice).get("/api/tickets").json["data"]
        assert [ticket["id"] for ticket in data["tickets"]] == own[::-1]
        assert (data["totalCount"], data["hasMore"]) == (3, False)
        data = client_of(mona).get("/api/tickets").json["data"]
        assert [ticket["id"] for ticket in data["tickets"]] == [other, *own[::-1]]

    def test_pages(self, client_of, alice, make_ticket):
        ids = [make_ticket().id for _ in range(5)][::-1]
        client = client_of(alice)
        seen = []
        for page, more in ((1, True), (2, True), (3, False), (4, False), (1_000_000_000, False)):
            data = client.get(f"/api/tickets?page={page}&pageSize=2").json["data"]
            seen += [ticket["id"] for ticket in data["tickets"]]
            assert (data["totalCount"], data["hasMore"]) == (5, more)
        assert seen == ids

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("status=New", {0}), ("status=0", {0}), ("status=InProgress,Closed", {1, 3}),
            ("status=2,New", {0, 2}), ("status=", {0, 1, 2, 3}), ("", {0, 1, 2, 3}),
        ],
    )  # fmt: skip
    def test_filters_by_status(self, client_of, mona, make_ticket, query, expected):
        for status in TicketStatus:
            make_ticket(status)
        data = client_of(mona).get(f"/api/tickets?{query}").json["data"]
        assert {ticket["status"] for ticket in data["tickets"]} == expected
        assert data["totalCount"] == len(expected)

    def test_filters_by_assignee_and_department(self, client_of, mona, adam, make_ticket):
        mine = make_ticket(TicketStatus.InProgress, department="Sales").id
        theirs = make_ticket(TicketStatus.InProgress, staff=adam).id
        client = client_of(mona)

        def ids(query):
            data = client.get(f"/api/tickets?{query}").json["data"]
            return [ticket["id"] for ticket in data["tickets"]]

        assert ids("assignedTo=me") == [mine]
        assert ids(f"assignedTo={adam.id}") == [theirs]
        assert ids("assignedTo=2147483646") == []
        assert ids("department=Sales") == [mine]
        assert ids("department=Nowhere") == []
        nobodys = make_ticket(department="Sales").id
        assert ids("assignedTo=none") == [nobodys]
        assert ids("assignedTo=none&department=Sales&status=New") == [nobodys]
        assert ids("assignedTo=none&status=InProgress") == []

    def test_comes_in_the_order_asked_for(self, client_of, mona, make_ticket, make_comment):
        first, answered, last = make_ticket(), make_ticket(TicketStatus.InProgress), make_ticket()
        make_comment(answered, mona)
        make_ticket(TicketStatus.Closed)
        client = client_of(mona)

        def read(query):
            data = client.get(f"/api/tickets?{query}").json["data"]
            ids = [ticket["id"] for ticket in data["tickets"]]
            return ids, data["hasMore"], data["nextCursor"]

        every = [first.id, answered.id, last.id, last.id + 1]
        assert read("order=oldest") == (every, False, None)
        assert read("order=newest") == read("") == (every[::-1], False, None)
        assert read("order=waiting") == ([first.id, last.id], False, None)
        ids, has_more, cursor = read("order=oldest&pageSize=1")
        assert (ids, has_more) == ([first.id], True)
        assert read(f"order=oldest&pageSize=1&cursor={cursor}")[0] == [answered.id]
        assert read("order=waiting&pageSize=1") == ([first.id], True, None)
        assert read("order=waiting&pageSize=1&page=2") == ([last.id], False, None)
        assert read("order=oldest&search=work&status=New") == ([last.id, first.id], False, None)

    @pytest.mark.parametrize(
        "query",
        [
            "page=0", "page=-1", "page=1.0", "page=1e3", "page=01", "page=+1", "page=%201",
            "page=１", "page=1_0", "page=1000000001", "page=99999999999999999999", "page=abc",
            "pageSize=0", "pageSize=101", "status=new", "status=4", "status=New,", "status=1.0",
            "assignedTo=ME", "assignedTo=0", "assignedTo=9223372036854775808", "search=a%00b",
            "search=%20", "search=" + "x" * 201, "department=%0a", "unknown=1", "page=1&page=2",
            "sort=subject", "userId=1", "page[]=1", "assignedTo=None", "order=Oldest", "order=id",
            "order=newest&order=oldest", "order=waiting&cursor=after-1",
        ],
    )  # fmt: skip
    def test_refuses_what_it_does_not_understand(self, client_of, mona, query):
        answer = client_of(mona).get(f"/api/tickets?{query}")
        assert answer.status_code == 422
        assert answer.json["error"]["fields"]


class TestSearch:
    def found(self, client, search):
        data = client.get("/api/tickets", query_string={"search": search}).json["data"]
        return {ticket["subject"] for ticket in data["tickets"]}

    def test_finds_words_wherever_they_stand(
        self, client_of, mona, alice, make_ticket, make_comment
    ):
        make_ticket(subject="Printer on fire", description="Call the brigade")
        talked = make_ticket(TicketStatus.InProgress, subject="Slow page")
        make_comment(talked, mona, "Is the CACHE warm?")
        make_ticket(subject="Größe falsch", description="100% _sure_ back\\slash")
        client = client_of(mona)
        assert self.found(client, "printer") == {"Printer on fire"}
        assert self.found(client, "fire brigade") == {"Printer on fire"}
        assert self.found(client, "fire cache") == set()
        assert self.found(client, "cache slow") == {"Slow page"}
        assert self.found(client, "GRÖSSE") == {"Größe falsch"}
        assert self.found(client, "GRÖßE") == {"Größe falsch"}
        assert self.found(client, "100%") == {"Größe falsch"}
        assert self.found(client, "_sure_") == {"Größe falsch"}
        assert self.found(client, "back\\slash") == {"Größe falsch"}
        for wild in ("%", "_", "\\", "r_nter", "p%r", "'; DROP TABLE", "[a-z]", "print", "rinter"):
            assert self.found(client, wild) == set()

    def test_finds_an_id_with_or_without_its_sign(self, client_of, mona, make_ticket):
        ticket = make_ticket(subject="Wanted")
        make_ticket(subject="Other")
        client = client_of(mona)
        assert "Wanted" in self.found(client, f"#{ticket.id}")
        assert self.found(client, str(ticket.id)) >= {"Wanted"}
        assert self.found(client, "#99999") == set()

    def test_leaves_out_what_is_somebody_elses(self, client_of, bob, make_ticket):
        ticket = make_ticket(subject="Secret")
        client = client_of(bob)
        for search in ("Secret", f"#{ticket.id}"):
            data = client.get("/api/tickets", query_string={"search": search}).json["data"]
            assert data == {"tickets": [], "totalCount": 0, "hasMore": False, "nextCursor": None}


class TestReading:
    @pytest.mark.parametrize(
        "path_id",
        ["0", "-1", "01", "1.0", "1e3", "abc", "１", "1_0", "2147483648", "9223372036854775807",
         "9223372036854775808", "1" * 5000, "%00", "..", "None"],
    )  # fmt: skip
    def test_a_ticket_that_is_not_there_and_a_foreign_one_are_the_same(
        self, client_of, bob, make_ticket, path_id
    ):
        foreign = make_ticket().id
        client = client_of(bob)
        expected = client.get(f"/api/tickets/{foreign}")
        assert expected.status_code == 404
        answer = client.get(f"/api/tickets/{path_id}")
        assert (answer.status_code, answer.data) == (404, expected.data)
        answer = client.put(f"/api/tickets/{path_id}/status", json={"action": "Reopen"})
        assert (answer.status_code, answer.data) == (404, expected.data)

    def test_a_user_who_is_gone_has_a_placeholder(
        self, app, client_of, alice, mona, adam, make_ticket, make_comment
    ):
        from tests.host import db

        ticket = make_ticket(TicketStatus.InProgress)
        make_comment(ticket, alice)
        ticket_id = ticket.id
        client = client_of(adam)
        for user in (alice, mona):
            db.session.delete(user)
        db.session.commit()
        data = client.get(f"/api/tickets/{ticket_id}").json["data"]
        assert (data["userId"], data["userName"]) == (None, "Deleted user")
        assert (data["assignedToUserId"], data["assignedToName"]) == (None, None)
        comments = client.get(f"/api/ticket-comments/ticket/{ticket_id}").json["data"]["comments"]
        assert (comments[0]["userId"], comments[0]["userName"]) == (None, "Deleted user")
        assert client.get(f"/admin/tickets/{ticket_id}").status_code == 200
        assert client.get("/admin/tickets/").status_code == 200
