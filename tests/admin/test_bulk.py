"""One step for several tickets at once (rule W6)."""

from __future__ import annotations

import re

import pytest

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.admin import bulk
from flask_support_tickets.errors import PreconditionFailed, Unavailable
from flask_support_tickets.services import get_ticket, list_history, read_ticket

from ..conftest import form_fields
from ..host import db
from .test_views import rows


@pytest.fixture
def client(client_of, mona):
    return client_of(mona)


@pytest.fixture
def post(client):
    """Post the bulk form; returns the answer."""

    def send(step, *ids, query="", **fields):
        token = form_fields(client.get("/settings/ticket/new").text)["csrf_token"]
        data = {"csrf_token": token, "step": step, "ticketId": [str(each) for each in ids]}
        return client.post(f"/admin/tickets/bulk{query}", data={**data, **fields})

    return send


@pytest.fixture
def told(client):
    """Return the lines that the queue tells of the last step, and the number that were done."""

    def read():
        page = client.get("/admin/tickets/").text
        section = re.search(r'<section class="st-results.*?</section>', page, re.S)
        return re.findall(r"(#\d+.*?\.)</", section[0]) if section else None

    return read


@pytest.fixture
def statuses(mona, app):
    def read(*tickets):
        db.session.rollback()
        actor = actor_for(mona)
        found = [get_ticket(actor=actor, ticket_id=ticket.id) for ticket in tickets]
        return [TicketStatus(ticket.status).name for ticket in found]

    return read


class TestMoving:
    def test_tells_what_became_of_each(self, client, post, told, make_ticket, statuses):
        new, closed, other = make_ticket(), make_ticket(TicketStatus.Closed), make_ticket()
        answer = post(
            "StartProgress", new.id, closed.id, 987654, other.id, new.id, query="?status=New"
        )
        assert (answer.status_code, answer.location) == (303, "/admin/tickets/?status=New")
        assert told() == [
            f"#{new.id} is In progress.",
            f"#{closed.id}: not possible, it is Closed.",
            "#987654: there is no such ticket.",
            f"#{other.id} is In progress.",
        ]
        assert told() is None  # once
        assert statuses(new, closed, other) == ["InProgress", "Closed", "InProgress"]

    def test_goes_on_along_the_workflow(self, client, post, make_ticket, statuses):
        tickets = [make_ticket(), make_ticket()]
        for step, status in (
            ("StartProgress", "InProgress"), ("MarkAsResolved", "Resolved"), ("Close", "Closed"),
        ):  # fmt: skip
            post(step, *(ticket.id for ticket in tickets))
            assert "2 of 2 tickets done" in client.get("/admin/tickets/").text
            assert statuses(*tickets) == [status, status]

    def test_sent_twice_changes_nothing_more(self, post, told, make_ticket, everything):
        ticket = make_ticket()
        post("StartProgress", ticket.id)
        assert told() == [f"#{ticket.id} is In progress."]
        before = everything()
        post("StartProgress", ticket.id)
        assert told() == [f"#{ticket.id} was In progress already."]
        assert everything() == before

    def test_assigns(self, post, told, make_ticket, mona, adam, everything):
        ticket, new = make_ticket(TicketStatus.InProgress), make_ticket()
        post(f"Assign:{adam.id}", ticket.id, new.id)
        assert told() == [
            f"#{ticket.id} is assigned to adam.",
            f"#{new.id}: not possible, it is New.",
        ]
        db.session.rollback()
        actor = actor_for(mona)
        assert get_ticket(actor=actor, ticket_id=ticket.id).assigned_to_user_id == adam.id
        before = everything()
        post(f"Assign:{adam.id}", ticket.id)
        assert told() == [f"#{ticket.id} was assigned to adam already."]
        assert everything() == before
        history = list_history(actor=actor, ticket=read_ticket(actor=actor, ticket_id=ticket.id))
        assert [event.action for event in history].count("Assign") == 1

    @pytest.mark.parametrize("whom", ["alice", "987654"])
    def test_assigns_to_no_one_else(self, post, told, make_ticket, alice, everything, whom):
        ticket = make_ticket(TicketStatus.InProgress)
        before = everything()
        post(f"Assign:{alice.id if whom == 'alice' else whom}", ticket.id)
        [line] = told()
        assert line == f"#{ticket.id}: nothing was done, there is no such staff member."
        assert everything() == before


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "ids", "fields", "words"),
        [
            ("StartProgress", [], {}, "No ticket was selected"),
            ("", [1], {}, "Choose what to do"),
            ("Reopen", [1], {}, "Choose what to do"),
            ("Assign", [1], {}, "Choose what to do"),
            ("Close:1", [1], {}, "Choose what to do"),
            ("Assign:x", [1], {}, "not somebody who works"),
            ("StartProgress", ["x"], {}, "cannot be understood"),
            ("StartProgress", ["0", "1"], {}, "cannot be understood"),
            ("StartProgress", ["9" * 30], {}, "cannot be understood"),
            ("StartProgress", range(1, 22), {}, "cannot be understood"),
            ("StartProgress", [1], {"csrf_token": "junk"}, "open for too long"),
        ],
    )
    def test_are_told_and_change_nothing(
        self, client, post, make_ticket, everything, step, ids, fields, words
    ):
        make_ticket()
        before = everything()
        answer = post(step, *ids, **fields)
        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert words in page
        assert "st-results" not in page
        assert everything() == before

    def test_a_get_goes_back_to_the_list(self, client, make_ticket, everything):
        ticket = make_ticket()
        before = everything()
        answer = client.get(
            f"/admin/tickets/bulk?status=New&step=StartProgress&ticketId={ticket.id}"
        )
        assert (answer.status_code, answer.location) == (303, "/admin/tickets/?status=New")
        assert everything() == before

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (Unavailable(), "nothing was done, the service is busy. Please try again."),
            (Unavailable(may_be_stored=True), "the connection was lost. Please look whether"),
        ],
    )
    def test_a_busy_database_is_not_asked_again(
        self, post, told, make_ticket, monkeypatch, error, words
    ):
        asked = []

        def fail(*args, **kwargs):
            asked.append(kwargs["ticket_id"])
            raise error

        first, second = make_ticket(), make_ticket()
        monkeypatch.setattr(bulk, "unit_of_work", fail)
        post("StartProgress", first.id, second.id)
        assert asked == [first.id]
        lines = told()
        assert words in lines[0]
        assert lines[1].endswith("nothing was done, the service is busy. Please try again.")

    def test_a_ticket_that_changes_in_between_is_left_alone(
        self, post, told, make_ticket, adam, monkeypatch
    ):
        def change_first(*args, precondition, **kwargs):
            raise PreconditionFailed(TicketStatus.InProgress)

        ticket = make_ticket(TicketStatus.InProgress)
        monkeypatch.setattr(bulk, "unit_of_work", change_first)
        post(f"Assign:{adam.id}", ticket.id)
        assert told() == [f"#{ticket.id}: nothing was done, it has just changed."]


class TestForm:
    def test_stands_apart_from_the_rows_and_their_forms(self, client, make_ticket):
        ticket = make_ticket()
        page = client.get("/admin/tickets/?status=New").text
        form = re.search(r'<form [^>]*id="st-bulk".*?</form>', page, re.S)[0]
        assert 'action="/admin/tickets/bulk?status=New"' in form
        assert form.count("<form") == 1
        assert re.findall(r'<option value="([^"]*)"', form)[:4] == [
            "", "StartProgress", "MarkAsResolved", "Close",
        ]  # fmt: skip
        row = rows(page)[ticket.id]
        assert f'name="ticketId" value="{ticket.id}" form="st-bulk"' in row
        assert f"Select ticket #{ticket.id}" in row

    def test_is_not_there_without_rows(self, client):
        assert "st-bulk" not in client.get("/admin/tickets/").text

    def test_an_assignee_who_left_is_told_as_somebody_else(
        self, app, client, post, told, make_ticket, adam
    ):
        ticket = make_ticket(TicketStatus.InProgress)
        post(f"Assign:{adam.id}", ticket.id)
        adam.active = False
        db.session.commit()
        assert told() == [f"#{ticket.id} is assigned to somebody else."]


def test_the_results_fit_into_a_cookie(post, told, make_ticket):
    ids = [make_ticket().id for _ in range(20)]
    answer = post("StartProgress", *ids)
    assert max(len(cookie) for cookie in answer.headers.getlist("Set-Cookie")) < 1_000
    assert len(told()) == 20
