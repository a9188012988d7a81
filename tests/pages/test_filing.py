"""The form of a new ticket."""

from __future__ import annotations

import html
import re

import pytest

from flask_support_tickets import TicketStatus

from ..conftest import form_fields
from .conftest import NEW, file, fill


class TestFiling:
    def test_goes_to_the_ticket(self, client_of, alice):
        client = client_of(alice)
        answer = file(client, subject=" A <b>bold</b> claim ", description="one\r\ntwo")
        assert answer.status_code == 303
        assert re.fullmatch(r"/settings/ticket/\d+", answer.location)
        page = client.get(answer.location)
        assert "A &lt;b&gt;bold&lt;/b&gt; claim" in page.text
        assert "one\ntwo" in page.text
        assert client.get("/settings/ticket").text.count("st-card-title") == 1

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"subject": ""}, "subject"), ({"subject": "a\x00b"}, "subject"),
            ({"subject": "x" * 201}, "subject"), ({"description": " \r\n "}, "description"),
            ({"description": "x" * 20_001}, "description"),
            ({"department": "x" * 101}, "department"),
        ],
    )  # fmt: skip
    def test_keeps_what_was_typed(self, client_of, alice, everything, fields, wrong):
        client, before = client_of(alice), everything()
        typed = {"subject": "My <subject>", "description": "\nMy “words”", "department": "Sales"}
        answer = file(client, **{**typed, **fields})
        assert answer.status_code == 422
        assert f'href="#{wrong}"' in answer.text
        assert f'id="{wrong}-error"' in answer.text
        text = html.unescape(answer.text)
        for name, value in {**typed, **fields}.items():
            if name != wrong or "\x00" not in value:
                assert value.strip() in text
        assert everything() == before

    def test_a_bad_token_is_400_with_the_form_as_typed(self, client_of, alice, everything):
        client, before = client_of(alice), everything()
        for token in ("", "junk", None):
            data = fill(client, subject="Kept", description="words")
            data["csrf_token"] = token
            answer = client.post(NEW, data={name: v for name, v in data.items() if v is not None})
            assert answer.status_code == 400
            assert 'value="Kept"' in answer.text
            assert everything() == before
            again = {**form_fields(answer.text), "subject": "Kept", "description": "words"}
        assert client.post(NEW, data=again).status_code == 303

    def test_a_double_click_files_one_ticket(self, client_of, alice, everything):
        client = client_of(alice)
        data = fill(client, subject="Once", description="words")
        first, second = client.post(NEW, data=data), client.post(NEW, data=data)
        assert first.location == second.location
        assert len(everything()["support_ticket"]) == 1
        assert len(everything()["support_ticket_event"]) == 1

    def test_a_form_changed_and_sent_again_is_a_new_ticket(self, client_of, alice):
        client = client_of(alice)
        data = fill(client, subject="One", description="words")
        first = client.post(NEW, data=data)
        second = client.post(NEW, data={**data, "subject": "Two"})
        assert first.location != second.location

    def test_the_same_form_of_another_user_is_another_ticket(self, client_of, alice, bob):
        data = fill(client_of(alice), subject="One", description="words")
        client = client_of(bob)
        file(client_of(alice), **data)
        mine = {**data, "csrf_token": fill(client)["csrf_token"]}
        assert client.post(NEW, data=mine).status_code == 303
        assert client.get("/settings/ticket").text.count("st-card-title") == 1

    @pytest.mark.parametrize("key", ["", "x" * 65, None])
    def test_works_without_a_usable_key(self, client_of, alice, key, everything):
        client = client_of(alice)
        data = {**fill(client, subject="S", description="D"), "submission_key": key}
        data = {name: value for name, value in data.items() if value is not None}
        assert [client.post(NEW, data=data).status_code for _ in "ab"] == [303, 303]
        assert len(everything()["support_ticket"]) == 2

    def test_a_multipart_form_works_too(self, client_of, alice):
        client = client_of(alice)
        data = fill(client, subject="S", description="😀" * 20_000)
        answer = client.post(NEW, data=data, content_type="multipart/form-data")
        assert answer.status_code == 303


class TestComfort:
    """What scripts find on the forms; without them nothing is missing."""

    def test_a_draft_has_a_key_of_its_user_and_form(
        self, client_of, alice, bob, make_ticket, make_comment
    ):
        ticket = make_ticket(TicketStatus.InProgress, subject="A “lamp”")
        pages = [client_of(alice).get(url).text for url in (NEW, f"/settings/ticket/{ticket.id}")]
        pages.append(client_of(bob).get(NEW).text)
        keys = [re.findall(r'data-st-draft="([^"]+)"', page) for page in pages]
        assert keys == [
            [f"/settings/ticket:{alice.id}:new"],
            [f"/settings/ticket:{alice.id}:ticket-{ticket.id}"],
            [f"/settings/ticket:{bob.id}:new"],
        ]
        done = f'data-st-draft-done="{keys[0][0]}" data-st-draft-subject="A “lamp”"'
        assert done in pages[1]

    def test_the_limits_are_those_of_the_server(self, client_of, alice):
        page = client_of(alice).get(NEW).text
        assert re.findall(r'data-st-max="(\d+)"', page) == ["200", "100", "20000"]

    def test_the_title_says_that_something_is_wrong(self, client_of, alice, make_ticket):
        client, url = client_of(alice), f"/settings/ticket/{make_ticket(TicketStatus.Resolved).id}"
        assert "<title>Error: New ticket" in file(client, subject="").text
        answer = client.post(f"{url}/comments", data=fill(client, url, text=""))
        assert "<title>Error: #" in answer.text


class TestDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ["Sales & more", "Abuse"]}

    def test_are_a_choice(self, client_of, alice):
        client = client_of(alice)
        assert "<option>Sales &amp; more</option>" in client.get(NEW).text
        answer = file(client, department="Nowhere")
        assert answer.status_code == 422
        answer = file(client, department="Abuse", subject="")
        assert "<option selected>Abuse</option>" in answer.text
