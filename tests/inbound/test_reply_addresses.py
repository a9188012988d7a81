"""The token in a reply address names the notification, and cannot be forged."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_support_tickets import Action, actor_for, unit_of_work
from flask_support_tickets.config import Config
from flask_support_tickets.delivery.mail.reply_address import (
    ReplyToken,
    find_tokens,
    make_token,
    read_token,
)
from flask_support_tickets.services import transition_ticket

from ..mail.conftest import text_of
from .conftest import address_in

TOKENS = [ReplyToken(id, is_internal) for id in (1, 2**63 - 1) for is_internal in (True, False)]


@pytest.mark.parametrize("token", TOKENS)
def test_token_is_read_in_any_case_and_fits_into_an_address(app: Flask, token: ReplyToken) -> None:
    """Rule O6."""
    text = make_token(token)
    assert len(text) == 32
    assert text.isalnum()
    assert text == text.lower()
    assert read_token(text) == read_token(text.upper()) == token


def test_a_token_with_any_other_character_is_invalid(app: Flask) -> None:
    """Rule O6."""
    text = make_token(ReplyToken(17, is_internal=False))
    for place in range(len(text)):
        for other in "abcdefghijklmnopqrstuvwxyz234567":
            if other != text[place]:
                assert read_token(text[:place] + other + text[place + 1 :]) is None
    for other in ("", text[:-1], text + "a", text.replace(text[0], "ſ"), "0" * 32, "é" * 32):
        assert read_token(other) is None


def test_tokens_of_an_older_secret_key_are_valid_while_it_is_a_fallback(app: Flask) -> None:
    """Rule O6."""
    old = make_token(TOKENS[0])
    app.secret_key = b"another"
    assert read_token(old) is None
    app.config["SECRET_KEY_FALLBACKS"] = ["a third", "only for tests"]
    assert read_token(old) == TOKENS[0]
    assert make_token(TOKENS[0]) != old
    app.secret_key = None
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert read_token(old) is None


def test_tokens_are_found_only_in_addresses_of_ours(app: Flask) -> None:
    token = "a" * 32
    for value in (
        f"tickets+{token}@acme.example",
        f'"Acme, Inc." <TICKETS+{token.upper()}@ACME.example>, bob@example.com',
        f"bob@example.com,tickets+{token}@acme.example",
    ):
        assert [each.lower() for each in find_tokens(value)] == [token]
    for value in (
        f"tickets+{token}@acme.example.net",
        f"tickets+{token}@acme-example",
        f"not.tickets+{token}@acme.example",
        f"tickets+{token}a@acme.example",
        f"tickets+{token[1:]}@acme.example",
        f"{token}@acme.example",
    ):
        assert [*find_tokens(value)] == []


@pytest.mark.parametrize(
    "address",
    [
        "{token}@acme.example",
        "reply-{token}@acme.example",
        f"{'r' * 31}+{{token}}@acme.example",
    ],
)
def test_valid_reply_addresses(address: str) -> None:
    config = Config.from_mapping({"SUPPORT_TICKETS_REPLY_ADDRESS": address})
    assert config.reply_address == address


def test_emails_have_an_address_for_each_recipient_and_say_what_a_reply_becomes(
    mails: Any, make_ticket: Any, make_note: Any, mona: Any, adam: Any
) -> None:
    """Rule O6."""
    ticket = make_ticket()
    found = mails()
    assert len({address_in(mail) for mail in found}) == len(found) == 3
    to_requester, *to_staff = [text_of(mail) for mail in found]
    assert "above this line" not in to_requester  # requesters cannot reply while it is new
    assert all("--- Write your reply above this line ---" in text for text in to_staff)
    start = {"ticket_id": ticket.id, "action": Action.StartProgress}
    unit_of_work(transition_ticket, actor=actor_for(mona), **start)
    [to_requester] = mails()
    text = text_of(to_requester)
    assert text.startswith("--- Write your reply above this line ---")
    make_note(ticket, adam, "A secret.")
    [mail] = mails()
    [token] = find_tokens(address_in(mail))
    assert read_token(token).is_internal
    assert "--- Write your internal note above this line ---" in text_of(mail)
