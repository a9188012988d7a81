"""Flask-Admin: the list with its row buttons, the detail page, and nothing else that writes."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields

BUTTONS = {"Start Progress", "Mark Resolved", "Close"}


def rows(page):
    """Return ``{ticket id: the row's HTML}``."""
    found = re.findall(r'<tr data-ticket-id="(\d+)"[^>]*>(.*?)</tr>', page, re.S)
    return {int(ticket_id): row for ticket_id, row in found}


def buttons(row):
    return set(re.findall(r'<button[^>]*type="submit">([^<]+)<', row))


def press(client, ticket, action, *, query="", **fields):
    token = form_fields(client.get("/settings/ticket/new").text)["csrf_token"]
    data = {"csrf_token": token, "action": action, **fields}
    return client.post(f"/admin/tickets/{ticket.id}/status{query}", data=data)


class TestList:
    def test_has_one_table_one_row_a_ticket_and_exactly_the_allowed_buttons(
        self, client_of, mona, make_ticket
    ):
        tickets = {status: make_ticket(status) for status in TicketStatus}
        page = client_of(mona).get("/admin/tickets/").text
        assert page.count("<table") == 1
        found = rows(page)
        expected = {
            TicketStatus.New: {"Start Progress"},
            TicketStatus.InProgress: {"Mark Resolved"},
            TicketStatus.Resolved: {"Close"},
            TicketStatus.Closed: set(),
        }
        for status, ticket in tickets.items():
            assert buttons(found[ticket.id]) == expected[status]
            assert f'href="/admin/tickets/{ticket.id}"' in found[ticket.id]
            assert f"st-badge-{status.name}" in found[ticket.id]
            assert found[ticket.id].count('method="post"') == len(expected[status])
            assert found[ticket.id].count('name="csrf_token"') == len(expected[status])

    def test_filters_by_status_and_keeps_it_through_a_button(self, client_of, mona, make_ticket):
        new, closed = make_ticket(), make_ticket(TicketStatus.Closed)
        client = client_of(mona)
        assert set(rows(client.get("/admin/tickets/?status=New").text)) == {new.id}
        assert set(rows(client.get("/admin/tickets/?status=Closed").text)) == {closed.id}
        answer = press(client, new, "StartProgress", query="?status=New&from=list")
        row = f"#ticket-{new.id}"
        assert (answer.status_code, answer.location) == (303, f"/admin/tickets/?status=New{row}")
        page = client.get("/admin/tickets/?status=New").text
        assert f"Ticket #{new.id} is now “In progress”." in page
        assert "No ticket matches" in page

    @pytest.mark.parametrize("search", ["engine", "ENGINE oil", "#{id}", "{id}", "brake"])
    def test_searches_on_the_server(self, client_of, mona, make_ticket, search):
        wanted = make_ticket(subject="Engine", description="Oil and brake fluid")
        other = make_ticket(subject="Wheel")
        page = client_of(mona).get(
            "/admin/tickets/", query_string={"search": search.format(id=wanted.id)}
        )
        assert wanted.id in rows(page.text)
        assert other.id not in rows(page.text)

    @pytest.mark.parametrize(
        "query", ["page=-1", "page=0", "page=x", "page=" + "9" * 40, "status=Nope", "search=a%00"]
    )
    def test_a_filter_that_cannot_be_understood_is_422(self, client_of, mona, make_ticket, query):
        make_ticket()
        answer = client_of(mona).get(f"/admin/tickets/?{query}")
        assert answer.status_code == 422
        assert rows(answer.text) == {}

    def test_has_empty_states_and_pages(self, client_of, mona, make_ticket):
        client = client_of(mona)
        assert "Nobody has filed a ticket yet" in client.get("/admin/tickets/").text
        ids = [make_ticket().id for _ in range(21)]
        first, second = (client.get(f"/admin/tickets/?page={n}").text for n in (1, 2))
        assert list(rows(first)) == ids[:0:-1]
        assert list(rows(second)) == ids[:1]
        assert "nothing on this page" in client.get("/admin/tickets/?page=1000000000").text

    def test_has_one_menu_entry_for_staff_only(self, app, client_of, alice, mona):
        home = client_of(mona).get("/admin/").text
        assert home.count("Support Tickets") == 1
        assert "Support Tickets" not in client_of(alice).get("/admin/").text
        assert "Support Tickets" not in client_of(None).get("/admin/").text
        app.config["supportTickets"] = False
        assert "Support Tickets" not in client_of(mona).get("/admin/").text


class TestEntry:
    @pytest.mark.parametrize("path", ["", "1", "987654", "x"])
    def test_is_refused_in_order(self, app, client_of, alice, mona, make_ticket, path):
        make_ticket()
        url = f"/admin/tickets/{path}"
        anonymous = client_of(None).get(url)
        assert anonymous.status_code == 302
        assert anonymous.location.startswith("/login?next=%2Fadmin%2Ftickets%2F")
        assert client_of(alice).get(url).status_code == 403
        staff = client_of(mona)
        assert staff.get(url).status_code == (200 if path in ("", "1") else 404)
        app.config["supportTickets"] = False
        assert staff.get(url).status_code == client_of(None).get(url).status_code == 404

    def test_a_policy_that_raises_does_not_break_the_hosts_admin(
        self, app, client_of, mona, monkeypatch
    ):
        client = client_of(mona)
        policy = app.extensions["support_tickets"].policy

        def fail(user):
            raise RuntimeError("no roles today")

        monkeypatch.setattr(policy, "is_staff", fail, raising=False)
        page = client.get("/admin/")
        assert page.status_code == 200
        assert "Support Tickets" not in page.text


class TestDetail:
    def test_shows_fields_thread_history_and_buttons(
        self, client_of, alice, mona, adam, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress, department="Sales", subject="A <i>b</i>")
        comment = make_comment(ticket, alice, "Hello <script>")
        make_comment(ticket, mona, "Nested", parent=comment)
        page = client_of(mona).get(f"/admin/tickets/{ticket.id}").text
        assert "A &lt;i&gt;b&lt;/i&gt;" in page
        assert "Hello &lt;script&gt;" in page
        assert page.index("Hello") < page.index("Nested")
        assert {"Mark Resolved", "Assign", "Send reply"} <= buttons(page)
        assert not {"Start Progress", "Close", "Reopen"} & buttons(page)
        for words in ("filed the ticket", "started progress", "commented", "Sales"):
            assert words in page
        assert re.findall(r'<option value="\d+">(\w+)</option>', page) == ["adam", "mona"]

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (TicketStatus.New, "Start progress to reply"),
            (TicketStatus.Resolved, "Reopen it to reply, or close it"),
            (TicketStatus.Closed, "This ticket is closed"),
        ],
    )
    def test_has_a_reply_form_only_in_progress(self, client_of, mona, make_ticket, status, words):
        page = client_of(mona).get(f"/admin/tickets/{make_ticket(status).id}").text
        assert words in page
        assert 'name="text"' not in page

    @pytest.mark.parametrize("owner_name", ["alice", "mona"])
    def test_marks_feedback_written_since_it_was_resolved(
        self, client_of, alice, mona, make_ticket, make_comment, owner_name
    ):
        owner = {"alice": alice, "mona": mona}[owner_name]
        ticket = make_ticket(TicketStatus.InProgress, owner=owner)
        make_comment(ticket, owner, "before")
        client = client_of(mona)
        press(client, ticket, "MarkAsResolved")
        assert "Feedback since resolved" not in client.get(f"/admin/tickets/{ticket.id}").text
        make_comment(ticket, owner, "after")
        page = client.get(f"/admin/tickets/{ticket.id}").text
        assert page.count("Feedback since resolved") == 1
        assert page.index("before") < page.index("Feedback since resolved") < page.index("after")

    def test_says_who_was_assigned_by_somebody_else(self, client_of, mona, adam, make_ticket):
        ticket = make_ticket(TicketStatus.InProgress)
        client = client_of(mona)
        answer = press(client, ticket, "Assign", assignedToUserId=str(adam.id))
        assert (answer.status_code, answer.location) == (303, f"/admin/tickets/{ticket.id}")
        page = client.get(answer.location).text
        assert (
            "<strong><bdi>mona</bdi></strong> handed it over to <strong><bdi>adam</bdi></strong>"
            in page
        )


class TestSteps:
    def test_the_whole_life(self, client_of, mona, make_ticket):
        ticket, client = make_ticket(), client_of(mona)
        for action, status in (
            ("StartProgress", "In progress"), ("MarkAsResolved", "Resolved"),
            ("Reopen", "In progress"), ("MarkAsResolved", "Resolved"), ("Close", "Closed"),
        ):  # fmt: skip
            answer = press(client, ticket, action)
            assert answer.status_code == 303
            assert f"is now “{status}”." in client.get(answer.location).text

    @pytest.mark.parametrize(
        ("action", "fields", "words"),
        [
            ("Close", {}, "not possible now"), ("Delete", {}, "no such action"),
            ("", {}, "no such"),
            ("StartProgress", {"assignedToUserId": "x"}, "not somebody who works"),
            ("StartProgress", {"assignedToUserId": "987654"}, "not somebody who works"),
            ("StartProgress", {"csrf_token": "junk"}, "open for too long"),
        ],
    )  # fmt: skip
    def test_a_refusal_is_told_and_changes_nothing(
        self, client_of, mona, make_ticket, everything, action, fields, words
    ):
        ticket, client = make_ticket(), client_of(mona)
        before = everything()
        answer = press(client, ticket, action, **fields)
        assert answer.status_code == 303
        assert words in client.get(answer.location).text
        assert everything() == before

    def test_a_user_is_403_and_a_missing_ticket_404(
        self, client_of, alice, mona, make_ticket, everything
    ):
        ticket = make_ticket()
        before = everything()
        assert press(client_of(alice), ticket, "StartProgress").status_code == 403
        missing = SimpleNamespace(id=987654)
        assert press(client_of(mona), missing, "StartProgress").status_code == 404
        assert everything() == before

    def test_no_get_changes_anything(self, client_of, mona, make_ticket, everything):
        ticket, client, before = make_ticket(), client_of(mona), everything()
        for path in ("status", "comments", "delete", "edit"):
            url = f"/admin/tickets/{ticket.id}/{path}?action=Close&delete=1"
            assert client.get(url).status_code in (303, 404)
        for path in ("new/", "edit/", "delete/", "action/", "ajax/update/", "export/csv/"):
            assert client.post(f"/admin/tickets/{path}", data={"id": ticket.id}).status_code in (
                404,
                405,
            )
        assert everything() == before


class TestReplying:
    def test_goes_to_the_reply(self, client_of, mona, make_ticket, make_comment, alice):
        ticket = make_ticket(TicketStatus.InProgress)
        comment = make_comment(ticket, alice, "Question?")
        client = client_of(mona)
        url = f"/admin/tickets/{ticket.id}"
        page = client.get(f"{url}?replyTo={comment.id}").text
        assert "Replying to <bdi>alice</bdi>" in page
        data = {**form_fields(page), "text": "Answer.", "parentCommentId": str(comment.id)}
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == 303
        assert re.fullmatch(rf"{url}#comment-\d+", answer.location)
        assert "Answer." in client.get(url).text

    @pytest.mark.parametrize(("fields", "status"), [({"text": ""}, 422), ({"csrf_token": ""}, 400)])
    def test_keeps_what_was_typed(self, client_of, mona, make_ticket, everything, fields, status):
        ticket, client = make_ticket(TicketStatus.InProgress), client_of(mona)
        url, before = f"/admin/tickets/{ticket.id}", everything()
        data = {**form_fields(client.get(url).text), "text": "My words", **fields}
        answer = client.post(f"{url}/comments", data=data)
        assert answer.status_code == status
        assert "There is a problem" in answer.text
        assert ("My words" in answer.text) is ("text" not in fields)
        assert everything() == before

    def test_in_the_wrong_status_keeps_the_words(self, client_of, mona, make_ticket, everything):
        ticket, client = make_ticket(TicketStatus.Resolved), client_of(mona)
        before = everything()
        token = form_fields(client.get("/settings/ticket/new").text)
        data = {**token, "text": "Too late"}
        answer = client.post(f"/admin/tickets/{ticket.id}/comments", data=data)
        assert answer.status_code == 409
        assert "Too late" in answer.text
        assert everything() == before
