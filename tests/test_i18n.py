"""The language of messages and the zone of times, and who decides them. Rules V1, V2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask

from flask_support_tickets import Policy, SupportTickets
from flask_support_tickets.api.openapi import make_document
from flask_support_tickets.i18n import (
    Languages,
    current_language,
    current_locale,
    gettext,
    may_depend_on_browser,
    ngettext,
    use_language,
)

from .host import User, create_host, db


@pytest.fixture
def host_config(tmp_path: Path) -> dict[str, Any]:
    """The browser decides; the host adds Italian, and its own word for tickets."""
    for locale, text in [("it", "Nuova richiesta"), ("en", "New case"), ("de", "Neuer Fall")]:
        catalog = Catalog(locale)
        catalog.add("New ticket", text)
        path = tmp_path / "own" / locale / "LC_MESSAGES" / "support_tickets.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, catalog)
    return {
        "SUPPORT_TICKETS_TRANSLATIONS": [str(tmp_path / "own")],
        "SUPPORT_TICKETS_LOCALE": "auto",
    }


def say(app: Flask, accept: str | None = None) -> str:
    with app.test_request_context(headers={"Accept-Language": accept} if accept else {}):
        return gettext("New ticket")


def test_outside_an_app_messages_are_english_unless_a_language_is_chosen():
    assert (current_language(), gettext("New"), ngettext("one", "many", 2)) == ("en", "New", "many")
    with use_language("de-AT"):
        assert (current_language(), gettext("New")) == ("de", "Neu")
        with use_language("xx"):
            assert (current_language(), gettext("New")) == ("en", "New")
        assert current_language() == "de"
    assert current_language() == "en"
    assert not may_depend_on_browser()


@pytest.mark.parametrize(
    ("folder", "tag"), [("zh_Hant", "zh-Hant-TW"), ("pt-BR", "pt_br"), ("no_NO", "no-no")]
)
def test_catalog_of_the_host_is_found_by_a_tag_in_any_spelling(tmp_path, folder, tag):
    path = tmp_path / folder / "LC_MESSAGES" / "support_tickets.mo"
    path.parent.mkdir(parents=True)
    catalog = Catalog()
    catalog.add("New", "own")
    with path.open("wb") as file:
        write_mo(file, catalog)
    languages = Languages([tmp_path])
    language = languages.find(tag)
    assert language is not None
    assert languages.catalog(language).gettext("New") == "own"


def test_values_are_written_as_in_the_territory_that_was_asked_for():
    for tag, locale in [
        ("de-AT", "de_AT"), ("DE_ch", "de_CH"), ("de-XX", "de"), ("de-a-b-c-d", "de"),
        ("it", "en"), ("en-GB", "en_GB"), ("\0", "en"),
    ]:  # fmt: skip
        with use_language(tag):
            assert str(current_locale()) == locale, tag


def test_plural_has_six_forms_in_arabic_and_none_is_singular_in_french():
    def replies(number: int) -> str:
        return ngettext("%(count)s reply", "%(count)s replies", number)

    forms = [
        "لا ردود", "رد واحد", "ردّان", "%(count)s ردود", "%(count)s ردًا", "%(count)s رد",
    ]  # fmt: skip
    numbers = {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3, 111: 4}
    with use_language("ar"):
        assert {number: forms.index(replies(number)) for number in numbers} == numbers
    with use_language("fr"):
        singular, plural = "%(count)s réponse", "%(count)s réponses"
        assert [replies(number) for number in (0, 1, 2)] == [singular, singular, plural]


@pytest.mark.parametrize(
    ("accept", "said"),
    [
        (None, "New case"), ("de-CH,fr;q=0.5", "Neuer Fall"), ("xx, it;q=0.1", "Nuova richiesta"),
        ("xx", "New case"), ("*", "New case"), ("de;q=0,it", "Nuova richiesta"),
        ("\xff;q=x,,;", "New case"), ("en-GB", "New case"),
    ],
)  # fmt: skip
def test_locale_auto_follows_the_browser(app, accept, said):
    assert say(app, accept) == said


def test_message_without_a_translation_of_the_host_is_ours(app):
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert gettext("Closed") == "Geschlossen"
    with app.test_request_context(headers={"Accept-Language": "it"}):
        assert (gettext("Closed"), current_language()) == ("Closed", "it")
    assert gettext("New ticket") == "New case"  # outside of a request, auto is English


def test_configured_language_is_for_everybody_and_english_by_default():
    for config, text in [({}, "New ticket"), ({"SUPPORT_TICKETS_LOCALE": "de_AT"}, "Neues Ticket")]:
        host = create_host("sqlite://", **config)
        assert say(host, "fr") == text
        with host.app_context():
            assert gettext("New ticket") == text
            assert not may_depend_on_browser()
        assert "Accept-Language" not in host.test_client().get("/api/tickets").headers["Vary"]


class OwnChoice(Policy):
    """Each user has a language and a time zone; some have values that cannot be used."""

    def locale(self, user: Any) -> Any:
        return {"alice": "de", "bob": None, "mona": 5}[user.username]

    def time_zone(self, user: Any) -> Any:
        return {"alice": "Asia/Tokyo", "bob": "Nowhere/At all", "mona": None}[user.username]


class TestPolicy:
    @pytest.fixture
    def app(self, tmp_path):
        extension = SupportTickets(db=db, user_model=User, policy=OwnChoice)
        config = {"SUPPORT_TICKETS_LOCALE": "fr", "SUPPORT_TICKETS_TIMEZONE": "Europe/Paris"}
        uri = f"sqlite:///{tmp_path / 'test.db'}"
        host = create_host(uri, extension=extension, **config)
        with host.app_context():
            db.create_all()
            yield host
            db.session.remove()
            db.engine.dispose()

    @pytest.mark.parametrize(
        ("username", "title", "zone"),
        [
            ("alice", "Meine Tickets", "JST"),
            ("bob", "Mes tickets", "CES?T"),
            ("mona", "Mes tickets", "CES?T"),
        ],
    )
    def test_language_and_zone_of_the_policy_go_before_the_config(
        self, app, bob, client_of, make_ticket, caplog, username, title, zone
    ):
        reader = db.session.scalar(db.select(User).filter_by(username=username))
        client = client_of(reader)
        assert f"<h1>{title}</h1>" in client.get("/settings/ticket").text
        page = client.get(f"/settings/ticket/{make_ticket(owner=reader).id}").text
        assert re.search(rf'title="[^"]+ {zone}">', page)
        assert ("Policy.locale returned 5" in caplog.text) is (username == "mona")

    def test_policy_that_raises_is_logged_and_breaks_no_page(self, make_user, client_of, caplog):
        answer = client_of(make_user("stranger")).get("/settings/ticket")
        assert (answer.status_code, "<h1>Mes tickets</h1>" in answer.text) == (200, True)
        assert "Policy.locale failed." in caplog.text

    def test_policy_is_not_asked_about_anonymous_visitors(self, client_of, caplog):
        answer = client_of(None).get("/api/tickets", headers={"Accept": "application/json"})
        assert answer.json["error"]["message"].startswith("Connectez-vous")
        assert caplog.text == ""


def test_page_declares_its_language_and_direction(client_of, alice):
    client = client_of(alice)
    for tag, direction in (("ar", "rtl"), ("de", "ltr")):
        page = client.get("/settings/ticket", headers={"Accept-Language": tag}).text
        assert f'<html lang="{tag}" dir="{direction}">' in page
        assert f'<div class="st-root" lang="{tag}" dir="{direction}">' in page


def test_form_labels_follow_the_language_of_each_request(client_of, alice):
    client = client_of(alice)
    for accept, label in [("de", "Betreff"), ("fr", "Objet"), ("en", "Subject")]:
        page = client.post("/settings/ticket/new", headers={"Accept-Language": accept})
        assert f'<label for="subject">{label}</label>' in page.text


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"ticketId": 0, "text": "x"}, "ticketId"),
        ({"text": "x"}, "ticketId"),
        ({"ticketId": 1, "text": "x", "a": 1}, "a"),
        ({"ticketId": 1, "text": " "}, "text"),
    ],
    ids=["out of range", "missing", "unknown", "no text"],
)
def test_field_errors_of_the_api_follow_the_language_of_each_request(client_of, alice, body, name):
    client, sentences = client_of(alice), []
    for accept in ("en", "de", "en"):
        headers = {"Accept-Language": accept}
        answer = client.post("/api/ticket-comments", json=body, headers=headers)
        assert answer.status_code == 422
        sentences += answer.json["error"]["fields"][name]
    english, german, again = sentences
    assert english == again != german


def test_codes_and_status_names_are_the_same_in_every_language(client_of, mona, make_ticket):
    client, url = client_of(mona), f"/api/tickets/{make_ticket().id}"
    headers = {"Accept-Language": "de"}
    assert client.get(url, headers=headers).json["data"]["statusName"] == "New"
    answer = client.put(f"{url}/status", json={"action": "Close"}, headers=headers)
    error = answer.json["error"]
    assert (error["code"], error["status"]) == ("invalid_transition", 0)
    assert "„Neu“" in error["message"]
    answer = client.put(f"{url}/status", json={"action": "Explode"}, headers=headers)
    [text] = answer.json["error"]["fields"]["action"]
    assert text.startswith("Muss einer dieser Werte sein: StartProgress, ")


def test_etag_of_a_ticket_differs_by_language(client_of, alice, make_ticket):
    client, url = client_of(alice), f"/api/tickets/{make_ticket().id}"
    english, german = (
        client.get(url, headers={"Accept-Language": accept}).headers["ETag"]
        for accept in ("en", "de")
    )
    assert english != german
    for tag, status in [(german, 304), (english, 200)]:
        headers = {"Accept-Language": "de", "If-None-Match": tag}
        assert client.get(url, headers=headers).status_code == status


@pytest.mark.parametrize("url", ["/api/tickets", "/settings/ticket", "/api/tickets/none/such"])
def test_response_varies_by_accept_language_where_the_browser_decides(client_of, alice, url):
    assert "Accept-Language" in client_of(alice).get(url).headers["Vary"]


def test_openapi_document_is_english_whatever_the_language():
    documents = []
    for locale in ("de", "en"):
        host = create_host("sqlite://", SUPPORT_TICKETS_LOCALE=locale)
        with host.app_context():
            documents.append(make_document())
    assert documents[0] == documents[1]
