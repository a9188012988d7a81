"""Rule V1: the language of messages, and who decides it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from flask_support_tickets import ConfigurationError, Policy, SupportTickets
from flask_support_tickets.api.openapi import make_document
from flask_support_tickets.i18n import (
    LazyText,
    current_language,
    gettext,
    is_right_to_left,
    lazy_gettext,
    may_depend_on_browser,
    ngettext,
    use_language,
)

from .catalogs import write_catalog
from .host import User, create_host, db


@pytest.fixture
def folder(tmp_path) -> str:
    """Italian by the host, and its own word for tickets in English and German."""
    write_catalog(tmp_path / "own", "it", **{"New_ticket": "Nuova richiesta"})
    write_catalog(tmp_path / "own", "en", **{"New_ticket": "New case"})
    return write_catalog(tmp_path / "own", "de", **{"New_ticket": "Neuer Fall"})


@pytest.fixture
def host_config(folder) -> dict[str, Any]:
    return {"SUPPORT_TICKETS_TRANSLATIONS": [folder], "SUPPORT_TICKETS_LOCALE": "auto"}


@pytest.fixture
def database_uri() -> str:
    return "sqlite://"


class TestOutsideOfAnApp:
    def test_it_is_english(self):
        assert current_language() == "en"
        assert (gettext("New"), ngettext("one", "many", 1), ngettext("one", "many", 2)) == (
            "New",
            "one",
            "many",
        )

    def test_another_language_can_be_asked_for(self):
        with use_language("de-AT"):
            assert (current_language(), gettext("New")) == ("de", "Neu")
            with use_language("xx"):
                assert (current_language(), gettext("New")) == ("en", "New")
            assert current_language() == "de"
        assert current_language() == "en"
        assert not may_depend_on_browser()

    @pytest.mark.parametrize(
        ("number", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5),
                             (102, 5), (103, 3), (111, 4)]
    )  # fmt: skip
    def test_arabic_has_six_forms(self, number, form):
        forms = [
            "لا تعليقات", "تعليق واحد", "تعليقان", "%(count)s تعليقات", "%(count)s تعليقًا",
            "%(count)s تعليق",
        ]  # fmt: skip
        with use_language("ar"):
            assert ngettext("%(count)s comment", "%(count)s comments", number) == forms[form]

    def test_french_counts_none_as_one(self):
        with use_language("fr"):
            texts = [ngettext("%(count)s comment", "%(count)s comments", n) for n in (0, 1, 2)]
        assert texts == ["%(count)s commentaire"] * 2 + ["%(count)s commentaires"]

    def test_right_to_left(self):
        assert [is_right_to_left(tag) for tag in ("ar", "ar-EG", "fa", "en", "arn")] == [
            True, True, True, False, False,
        ]  # fmt: skip


class TestLazyText:
    def test_it_is_looked_up_when_it_is_shown(self):
        text = lazy_gettext("New")
        name = lazy_gettext("User %(id)s", id=5)
        assert (str(text), f"{text}!", f"{name}") == ("New", "New!", "User 5")
        with use_language("de"):
            assert (str(text), f"{text}!", f"{name}") == ("Neu", "Neu!", "Benutzer 5")

    def test_it_can_be_formatted_as_marshmallow_does(self):
        assert LazyText("From {min}.").format(min=1) == "From 1."
        assert repr(LazyText("New")) == "LazyText('New')"


def say(app: Flask, accept: str | None = None) -> str:
    with app.test_request_context(headers={"Accept-Language": accept} if accept else {}):
        return gettext("New ticket")


class TestTheConfig:
    @pytest.mark.parametrize(
        ("accept", "said"),
        [
            (None, "New case"), ("de-CH,fr;q=0.5", "Neuer Fall"), ("it", "Nuova richiesta"),
            ("xx, it;q=0.1", "Nuova richiesta"), ("xx", "New case"), ("*", "New case"),
            ("de;q=0,it", "Nuova richiesta"),
            ("\xff;q=x,,;", "New case"), ("en-GB", "New case"),
        ],
    )  # fmt: skip
    def test_auto_asks_the_browser(self, app, accept, said):
        assert say(app, accept) == said

    def test_a_message_that_the_host_does_not_have_is_ours(self, app):
        with app.test_request_context(headers={"Accept-Language": "de"}):
            assert gettext("Closed") == "Geschlossen"
        with app.test_request_context(headers={"Accept-Language": "it"}):
            assert (gettext("Closed"), current_language()) == ("Closed", "it")

    def test_outside_of_a_request_auto_is_english(self, app):
        assert gettext("New ticket") == "New case"

    def test_by_default_it_is_english_whatever_the_browser_says(self, tmp_path):
        host = create_host("sqlite://")
        assert say(host, "de") == "New ticket"
        with host.app_context():
            assert not may_depend_on_browser()

    def test_one_language_for_everybody(self):
        host = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="de_AT")
        assert say(host, "fr") == "Neues Ticket"
        with host.app_context():
            assert gettext("New ticket") == "Neues Ticket"

    def test_a_language_without_a_catalog_is_refused_with_the_known_ones(self):
        with pytest.raises(ConfigurationError, match=r"'xx'\. Known: auto, ar, de, en, es, fr;"):
            create_host("sqlite://", SUPPORT_TICKETS_LOCALE="xx")


class OfEach(Policy):
    """Each user has a language and a time zone."""

    def locale(self, user: Any) -> Any:
        return {"alice": "de", "bob": None, "mona": 5}[user.username]

    def time_zone(self, user: Any) -> Any:
        return {"alice": "Asia/Tokyo", "bob": "Nowhere/At all", "mona": None}[user.username]


class TestThePolicy:
    @pytest.fixture
    def app(self, tmp_path):
        extension = SupportTickets(db=db, user_model=User, policy=OfEach)
        config = {"SUPPORT_TICKETS_LOCALE": "fr", "SUPPORT_TICKETS_TIMEZONE": "Europe/Paris"}
        uri = f"sqlite:///{tmp_path / 'test.db'}"
        host = create_host(uri, extension=extension, **config)
        with host.app_context():
            db.create_all()
            yield host
            db.session.remove()
            db.engine.dispose()

    @pytest.mark.parametrize(
        ("username", "title"), [("alice", "Meine Tickets"), ("bob", "Mes tickets")]
    )
    def test_it_goes_before_the_config(self, app, make_user, client_of, username, title):
        page = client_of(make_user(username)).get("/settings/ticket").text
        assert f"<h1>{title}</h1>" in page

    def test_what_is_no_text_is_logged_and_counts_as_nothing(self, make_user, client_of, caplog):
        page = client_of(make_user("mona", role="moderator")).get("/settings/ticket").text
        assert "<h1>Mes tickets</h1>" in page
        assert "Policy.locale returned 5" in caplog.text

    def test_one_that_raises_is_logged_and_breaks_nothing(self, make_user, client_of, caplog):
        answer = client_of(make_user("stranger")).get("/settings/ticket")
        assert (answer.status_code, "<h1>Mes tickets</h1>" in answer.text) == (200, True)
        assert "Policy.locale failed." in caplog.text

    def test_it_is_not_asked_about_nobody(self, app, client_of, caplog):
        answer = client_of(None).get("/api/tickets", headers={"Accept": "application/json"})
        assert answer.json["error"]["message"] == "Connectez-vous d’abord."
        assert caplog.text == ""

    @pytest.mark.parametrize(
        ("username", "zone"), [("alice", "JST"), ("bob", "CES?T"), ("mona", "CES?T")]
    )
    def test_times_are_in_the_zone_of_who_reads(
        self, app, make_user, client_of, make_ticket, username, zone
    ):
        reader = make_user("bob") if username == "bob" else None
        reader = reader or db.session.scalar(db.select(User).filter_by(username=username))
        page = client_of(reader).get(f"/settings/ticket/{make_ticket(owner=reader).id}").text
        assert re.search(rf" {zone}</time>", page)


class TestWhatDependsOnIt:
    def test_pages_say_their_language(self, client_of, alice):
        client = client_of(alice)
        page = client.get("/settings/ticket", headers={"Accept-Language": "ar"})
        assert '<html lang="ar" dir="rtl">' in page.text
        assert '<div class="st-root" lang="ar" dir="rtl">' in page.text
        page = client.get("/settings/ticket", headers={"Accept-Language": "de"})
        assert '<html lang="de" dir="ltr">' in page.text

    def test_labels_and_complaints_are_looked_up_each_time(self, client_of, alice):
        client = client_of(alice)
        for accept, label in [("de", "Betreff"), ("fr", "Objet"), ("en", "Subject")]:
            page = client.post("/settings/ticket/new", headers={"Accept-Language": accept})
            assert f'<label for="subject">{label}</label>' in page.text

    @pytest.mark.parametrize(
        ("body", "name", "english", "german"),
        [
            ({"ticketId": 0, "text": "x"}, "ticketId", "There is no such id.", "Diese ID gibt es"),
            ({"text": "x"}, "ticketId", "Missing data for required field.", "Pflichtfeld"),
            ({"ticketId": 1, "text": "x", "a": 1}, "a", "Unknown field.", "Unbekanntes Feld."),
            ({"ticketId": 1, "text": " "}, "text", "Enter some text.", "Geben Sie"),
        ],
    )
    def test_schemas_are_kept_and_their_messages_are_not(
        self, client_of, alice, body, name, english, german
    ):
        client = client_of(alice)
        for accept, text in [("en", english), ("de", german), ("en", english)]:
            answer = client.post(
                "/api/ticket-comments", json=body, headers={"Accept-Language": accept}
            )
            assert answer.status_code == 422
            assert answer.json["error"]["fields"][name][0].startswith(text)

    def test_choices_are_named_in_a_sentence(self, client_of, mona, make_ticket):
        url = f"/api/tickets/{make_ticket().id}/status"
        answer = client_of(mona).put(
            url, json={"action": "Explode"}, headers={"Accept-Language": "de"}
        )
        [text] = answer.json["error"]["fields"]["action"]
        assert text.startswith("Möglich sind: StartProgress, ")

    def test_codes_and_names_of_statuses_stay(self, client_of, mona, make_ticket):
        client = client_of(mona)
        url = f"/api/tickets/{make_ticket().id}"
        headers = {"Accept-Language": "de"}
        assert client.get(url, headers=headers).json["data"]["statusName"] == "New"
        answer = client.put(f"{url}/status", json={"action": "Close"}, headers=headers)
        error = answer.json["error"]
        assert (error["code"], error["status"]) == ("invalid_transition", 0)
        assert error["message"] == "Das ist jetzt nicht möglich: Das Ticket ist „Neu“."

    def test_etags_differ_by_language(self, client_of, alice, make_ticket):
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
    def test_caches_are_told(self, app, client_of, alice, url):
        assert "Accept-Language" in client_of(alice).get(url).headers["Vary"]

    def test_caches_are_not_told_where_the_browser_is_not_asked(self, tmp_path):
        host = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="de")
        assert "Accept-Language" not in host.test_client().get("/api/tickets").headers["Vary"]

    def test_the_document_of_the_api_stays_english(self):
        host = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="de")
        with host.app_context():
            document = make_document()
        refusals = document["paths"]["/api/tickets"]["get"]["responses"]
        assert "Sign in first." in refusals["401"]["description"]
