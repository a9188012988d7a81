"""Hosts with Flask-Babel: set up, only installed, or another extension of that name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, request

from flask_support_tickets.i18n import current_language, gettext, may_depend_on_browser
from flask_support_tickets.web.reader import Reader
from flask_support_tickets.web.reader_choice import time_zone_of_reader

from ..flask_babel_package import flask_babel, flask_babel_folder
from ..host import create_host

__all__ = ["flask_babel", "flask_babel_folder"]

ROOT = Path(__file__).parent.parent.parent
MOMENT = datetime(2026, 7, 5, 22, 4, 59, tzinfo=UTC)


def locale_of_request() -> str | None:
    found = request.accept_languages.best_match(["en", "de-AT", "it", "ar"])
    return found and found.replace("-", "_")


def zone_of_request() -> str | None:
    return request.args.get("zone")


@pytest.fixture
def host(flask_babel: ModuleType) -> Flask:
    """A host whose selectors ask the request."""
    app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="fr", SUPPORT_TICKETS_TIMEZONE="UTC")
    selectors = {"locale_selector": locale_of_request, "timezone_selector": zone_of_request}
    flask_babel.Babel(app, default_timezone="Europe/Berlin", **selectors)
    return app


def in_request(app: Flask, accept: str, query: str = "") -> Any:
    headers = {"Accept-Language": accept}
    return app.test_request_context(f"/settings/ticket{query}", headers=headers)


class TestSetUp:
    @pytest.mark.parametrize(
        ("accept", "language", "closed"),
        [("de-AT", "de", "Geschlossen"), ("en", "en", "Closed"), ("it", "en", "Closed")],
    )
    def test_its_locale_goes_before_the_config(self, host, accept, language, closed):
        with in_request(host, accept):
            assert (current_language(), gettext("Closed")) == (language, closed)
            assert may_depend_on_browser()

    def test_its_default_is_the_last_word(self, flask_babel):
        app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="fr")
        flask_babel.Babel(app, default_locale="es")
        with app.app_context():
            assert gettext("Closed") == "Cerrado"

    def test_a_language_is_forced_in_a_job(self, host, flask_babel):
        with host.app_context():
            assert gettext("Closed") == "Fermé"  # the selector asks for a request
            with flask_babel.force_locale("ar"):
                assert gettext("Closed") == "مغلقة"

    @pytest.mark.parametrize("answer", [RuntimeError("own fault"), AttributeError("None"), "xx"])
    def test_a_selector_that_fails_is_logged_once_a_request_and_breaks_nothing(
        self, flask_babel, caplog, answer
    ):
        app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="de")

        def select() -> str:
            if isinstance(answer, Exception):
                raise answer
            return answer

        flask_babel.Babel(app, locale_selector=select, timezone_selector=select)
        with in_request(app, "fr"):
            assert {gettext("Closed") for _ in range(3)} == {"Geschlossen"}
            assert time_zone_of_reader() is UTC
        assert caplog.text.count("could not tell the locale") == 1
        assert caplog.text.count("could not tell the time zone") == 1
        answer_ = app.test_client().get("/api/tickets")
        assert (answer_.status_code, answer_.json["success"]) == (401, False)
        caplog.clear()
        with app.app_context():
            assert gettext("Closed") == "Geschlossen"
        assert caplog.text == ""

    @pytest.mark.parametrize(
        ("accept", "query", "time", "number", "direction"),
        [
            ("en", "", "Jul 6, 2026, 12:04\u202fAM", "1,234", "ltr"),
            ("de-AT", "?zone=Asia/Tokyo", "06.07.2026, 07:04", "1.234", "ltr"),
            ("ar", "?zone=UTC", "05\u200f/07\u200f/2026، 10:04 م", "1,234", "rtl"),
            ("it", "", "Jul 6, 2026, 12:04\u202fAM", "1,234", "ltr"),
        ],
    )
    def test_times_and_numbers_are_written_by_it(
        self, host, accept, query, time, number, direction
    ):
        with in_request(host, accept, query):
            reader = Reader()
            assert (reader.time(MOMENT), reader.number(1_234)) == (time, number)
            assert reader.time_direction == direction
            assert reader.iso_time(MOMENT) == "2026-07-05T22:04:59Z"


def test_another_extension_under_its_name_is_left_alone():
    app = create_host("sqlite://")
    app.extensions["babel"] = object()
    with in_request(app, "de"):
        assert gettext("Closed") == "Closed"
        assert Reader().time(MOMENT) == "2026-07-05 22:04 UTC"


SCRIPT = """
import json, sys
from flask_babel import Babel
from tests.host import User, create_host, db

app = create_host("sqlite://", WTF_CSRF_ENABLED=False)
if sys.argv[1] == "set up":
    Babel(app, default_locale="de")
with app.app_context():
    db.create_all()
    db.session.add(User(username="mona", role="moderator"))
    db.session.commit()
client = app.test_client()
client.post("/login", data={"username": "mona"})
ticket = {"subject": "Hello", "description": "World"}
client.post("/settings/ticket/new", data=ticket)
paths = sys.argv[2:]
answers = {path: client.get(path) for path in paths}
print(json.dumps({path: [answer.status_code, answer.text] for path, answer in answers.items()}))
"""
OURS = ["/settings/ticket", "/settings/ticket/new", "/settings/ticket/1", "/api/tickets"]
STAFFS = ["/admin/tickets/", "/admin/tickets/1"]


def answers(folder: Path, how: str, paths: list[str]) -> dict[str, tuple[int, str]]:
    """Run a host in a process where Flask-Babel is installed from the start."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-c", SCRIPT, how, *paths]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[int, str]] = json.loads(done.stdout)
    return found


class TestInstalledFromTheStart:
    def test_set_up_all_faces_speak_its_language(self, flask_babel_folder):
        found = answers(flask_babel_folder, "set up", [*OURS, *STAFFS])
        assert {code for code, _ in found.values()} == {200}
        assert "Meine Tickets" in found["/settings/ticket"][1]
        assert "Support-Tickets" in found["/admin/tickets/"][1]

    def test_not_set_up_our_pages_and_the_api_are_english(self, flask_babel_folder):
        found = answers(flask_babel_folder, "only installed", OURS)
        assert {code for code, _ in found.values()} == {200}
        assert "My tickets" in found["/settings/ticket"][1]
