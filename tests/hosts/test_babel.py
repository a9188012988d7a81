"""Hosts with Flask-Babel: set up, only installed, or another extension of that name. Rules V1, V2.

It is installed into a folder of its own: Flask-Admin, which most hosts of these tests have, fails
in every app that does not set Flask-Babel up once it can be imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, request

from flask_support_tickets.i18n import current_language, gettext, may_depend_on_browser
from flask_support_tickets.web.formatting import Formatter
from flask_support_tickets.web.locale import current_time_zone, language_for, time_zone_for

from ..host import create_host

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
MOMENT = datetime(2026, 7, 5, 22, 4, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def babel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with Flask-Babel, to be put on a path."""
    folder = tmp_path_factory.mktemp("flask-babel")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--target", str(folder), "-c", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, *options, "Flask-Babel", "pytz"], check=True, capture_output=True)
    return folder


@pytest.fixture
def flask_babel(babel_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return the module; Flask-Admin, which is imported already, does not see it."""
    monkeypatch.syspath_prepend(str(babel_folder))
    import flask_babel

    yield flask_babel
    for name in [name for name in sys.modules if name.partition(".")[0] == "flask_babel"]:
        del sys.modules[name]


def locale_of_request() -> str | None:
    found = request.accept_languages.best_match(["en", "de-AT", "it", "ar"])
    return found and found.replace("-", "_")


@pytest.fixture
def host(flask_babel: ModuleType) -> Flask:
    """Return a host whose selectors ask the request."""
    app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="fr", SUPPORT_TICKETS_TIMEZONE="UTC")
    flask_babel.Babel(
        app,
        default_timezone="Europe/Berlin",
        locale_selector=locale_of_request,
        timezone_selector=lambda: request.args.get("zone"),
    )
    return app


def in_request(app: Flask, accept: str, query: str = "") -> Any:
    headers = {"Accept-Language": accept}
    return app.test_request_context(f"/settings/ticket{query}", headers=headers)


@pytest.mark.parametrize(
    ("accept", "query", "language", "closed", "time", "number", "direction"),
    [
        ("en", "", "en", "Closed", "Jul 6, 2026, 12:04\u202fAM", "1,234", "ltr"),
        ("de-AT", "?zone=Asia/Tokyo", "de", "Geschlossen", "06.07.2026, 07:04", "1.234", "ltr"),
        ("ar", "?zone=UTC", "ar", "مغلقة", "05\u200f/07\u200f/2026، 10:04 م", "1,234", "rtl"),
        ("it", "", "en", "Closed", "Jul 6, 2026, 12:04\u202fAM", "1,234", "ltr"),
    ],
)
def test_locale_and_zone_of_flask_babel_go_before_the_config(
    host, accept, query, language, closed, time, number, direction
):
    with in_request(host, accept, query):
        assert (current_language(), gettext("Closed")) == (language, closed)
        assert may_depend_on_browser()
        formatter = Formatter()
        assert (formatter.time(MOMENT), formatter.number(1_234)) == (time, number)
        assert formatter.direction == direction
        assert formatter.iso_time(MOMENT) == "2026-07-05T22:04:59Z"


def test_default_and_forced_locale_of_flask_babel_hold_outside_a_request(host, flask_babel):
    with host.app_context():
        assert gettext("Closed") == "Fermé"  # the selector needs a request
        with flask_babel.force_locale("ar"):
            assert gettext("Closed") == "مغلقة"
    app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="fr")
    flask_babel.Babel(app, default_locale="es")
    with app.app_context():
        assert gettext("Closed") == "Cerrado"


def test_emails_use_the_defaults_of_flask_babel_even_during_a_request(flask_babel):
    app = create_host("sqlite://")
    options = {"default_locale": "es", "default_timezone": "Europe/Berlin"}
    flask_babel.Babel(app, locale_selector=locale_of_request, **options)
    with in_request(app, "ar"):
        assert (language_for(None), language_for("fr")) == ("es", "fr")
        assert str(time_zone_for(None)) == "Europe/Berlin"
        assert str(time_zone_for("Mars/One")) == "Europe/Berlin"
        assert str(time_zone_for("Asia/Tokyo")) == "Asia/Tokyo"
    app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="fr")
    flask_babel.Babel(app, default_locale="es")
    with app.app_context():
        assert language_for(None) == "fr"


@pytest.mark.parametrize("result", [RuntimeError("own fault"), "xx"])
def test_selector_that_fails_is_logged_once_a_request_and_breaks_no_page(
    flask_babel, caplog, result
):
    def select() -> str:
        if isinstance(result, Exception):
            raise result
        return result

    app = create_host("sqlite://", SUPPORT_TICKETS_LOCALE="de")
    flask_babel.Babel(app, locale_selector=select, timezone_selector=select)
    with in_request(app, "fr"):
        assert {gettext("Closed") for _ in range(3)} == {"Geschlossen"}
        assert current_time_zone() is UTC
    assert caplog.text.count("Flask-Babel could not") == 2
    assert app.test_client().get("/api/tickets").status_code == 401


def test_another_extension_under_the_name_of_flask_babel_is_ignored():
    app = create_host("sqlite://")
    app.extensions["babel"] = object()
    with in_request(app, "de"):
        assert gettext("Closed") == "Closed"
        assert Formatter().time(MOMENT) == "Jul 5, 2026, 10:04\u202fPM"


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
client.post("/settings/ticket/new", data={"subject": "Hello", "description": "World"})
answers = {path: client.get(path) for path in sys.argv[2:]}
print(json.dumps({path: [answer.status_code, answer.text] for path, answer in answers.items()}))
"""
PATHS = ["/settings/ticket", "/settings/ticket/new", "/settings/ticket/1", "/api/tickets"]


@pytest.mark.parametrize(
    ("how", "title", "more"),
    [
        ("set up", "Meine Tickets", ["/admin/tickets/", "/admin/tickets/1"]),
        ("only installed", "My tickets", []),  # Flask-Admin itself fails there
    ],
)
def test_every_page_works_where_flask_babel_is_installed(babel_folder, how, title, more):
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(babel_folder), str(ROOT)])}
    command = [sys.executable, "-c", SCRIPT, how, *PATHS, *more]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {code for code, _ in found.values()} == {200}
    assert title in found["/settings/ticket"][1]
    assert all("Support-Tickets" in found[path][1] for path in more)
