"""Links in emails, which are written without a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from flask_support_tickets.delivery.links import build_url
from flask_support_tickets.schemas.attachment_urls import attachment_url

from ..host import User
from .conftest import text_of

Mails = Callable[[], list[EmailMessage]]


def links_in(mails: list[EmailMessage]) -> list[str]:
    """Return the links, without those that unsubscribe."""
    texts = [text_of(mail).partition("Unsubscribe")[0] for mail in mails]
    return [url for text in texts for url in re.findall(r"https?://\S+", text)]


class TestWithServerName:
    @pytest.fixture
    def host_config(self, host_config: dict[str, Any]) -> dict[str, Any]:
        del host_config["SUPPORT_TICKETS_BASE_URL"]
        server = {"SERVER_NAME": "acme.example:8443", "PREFERRED_URL_SCHEME": "https"}
        return {**host_config, **server, "APPLICATION_ROOT": "/help"}

    def test_links_lead_to_the_named_server(self, mails: Mails, make_ticket: Any) -> None:
        make_ticket()
        assert links_in(mails()) == [
            "https://acme.example:8443/help/settings/ticket/1",
            "https://acme.example:8443/help/admin/tickets/1",
        ]


class TestWithoutAnAddress:
    @pytest.fixture
    def host_config(self, host_config: dict[str, Any]) -> dict[str, Any]:
        del host_config["SUPPORT_TICKETS_BASE_URL"]
        return host_config

    def test_emails_have_no_links_and_one_warning_says_why(
        self, mails: Mails, make_ticket: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        make_ticket()
        make_ticket()
        found = mails()
        assert len(found) == 4
        assert links_in(found) == []
        assert "href" not in text_of(found[0], "html")
        warnings = [each for each in caplog.records if "SUPPORT_TICKETS_BASE_URL" in each.message]
        assert len(warnings) == 1


def test_links_work_behind_a_prefix_for_those_who_got_them(
    mails: Mails, make_ticket: Any, alice: User, mona: User, client_of: Callable[..., Any]
) -> None:
    make_ticket()
    for user, url in zip((alice, mona), links_in(mails()), strict=True):
        assert url.startswith("https://acme.example/app/")
        path = urlsplit(url).path.removeprefix("/app")
        response = client_of(user).get(path, base_url="http://localhost/app")
        assert response.status_code == 200


def test_link_does_not_depend_on_the_current_request(app: Flask, mails: Mails) -> None:
    with app.test_request_context("/", base_url="http://attacker.example"):
        url = build_url("support_tickets_pages.show_ticket", ticket_id=7)
    assert url == "https://acme.example/app/settings/ticket/7"


def test_endpoint_that_needs_more_values_gives_no_link(app: Flask, mails: Mails) -> None:
    assert build_url("support_tickets_pages.show_ticket") is None


def test_path_of_a_file_without_a_request_is_that_of_the_site(app: Flask, mails: Mails) -> None:
    file = SimpleNamespace(url=None, path="/api/ticket-attachments/k/a.txt")
    assert attachment_url(file) == "/app/api/ticket-attachments/k/a.txt"
    with app.test_request_context("/", base_url="http://localhost/other"):
        assert attachment_url(file) == "/other/api/ticket-attachments/k/a.txt"
