"""Requests that are small to send and could be much to answer: the work for each has a bound."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .conftest import new_ticket

#: As much as common servers let through.
LINE = 8_000


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block needs more of the processor than that; waiting does not count."""
    started = time.thread_time()
    yield
    assert time.thread_time() - started < seconds


class TestLanguages:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_LOCALE": "auto"}

    @pytest.mark.parametrize(
        "accepted",
        ["a-" * (LINE // 2) + "a", "de-" + "x" * LINE, "xx," * (LINE // 3) + "de", "q" * LINE],
        ids=["parts", "long", "many", "nonsense"],
    )
    def test_of_any_length_are_chosen_from_quickly(self, client_of, mona, make_ticket, accepted):
        make_ticket()
        client, headers = client_of(mona), {"Accept-Language": accepted}
        pages = ("/admin/tickets/stats", "/admin/tickets/", "/settings/ticket", "/api/tickets")
        for page in pages:
            client.get(page)  # templates and statements are made once
            with within(0.5):
                assert client.get(page, headers=headers).status_code == 200
        client = client_of(None)
        with within(0.1):
            assert client.get("/api/tickets", headers=headers).status_code == 401

    def test_are_told_by_the_first_that_is_known(self, client_of):
        answer = client_of(None).get(
            "/api/tickets", headers={"Accept-Language": "xx," * 1_000 + "de-AT-1996;q=0.5"}
        )
        assert answer.json["error"]["message"] == "Bitte melden Sie sich zuerst an."


class TestBodies:
    def test_with_very_many_attachments_are_refused_as_one(self, client_of, alice):
        client = client_of(alice)
        for urls in ([1] * 300_000, ["x"] * 150_000, [None] * 11, [[]] * 200_000):
            with within(0.5):
                answer = new_ticket(client, attachmentUrls=urls)
            assert answer.status_code == 422
            assert answer.json["error"]["fields"] == {"attachmentUrls": ["Attach at most 10."]}

    def test_with_very_many_names_are_answered_with_some(self, client_of, alice):
        client = client_of(alice)
        with within(2):
            answer = new_ticket(client, **{f"a{number}": 1 for number in range(80_000)})
        assert answer.status_code == 422
        assert len(answer.json["error"]["fields"]) == 100


@pytest.mark.parametrize("character", ["\ufdfa", "\u4e2d", "\u0e01", "x"])
def test_a_match_without_end_is_shown_in_part(client_of, alice, mona, make_ticket, character):
    for _ in range(5):
        make_ticket(description=f"{character * 19_000} words")
    client = client_of(mona)
    client.get("/admin/tickets/?search=words")
    with within(1):
        page = client.get("/admin/tickets/", query_string={"search": character})
    assert page.status_code == 200
    if character == "x":  # not the word that was asked for
        assert "<mark>" not in page.text
    else:
        longest = max(page.text.split("<mark>")[1:], key=len).partition("</mark>")[0]
        assert 1 <= len(longest) <= 420
