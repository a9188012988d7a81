"""Hosts' layouts: where they show titles, and which layouts are rejected."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, current_app
from jinja2 import DictLoader, FunctionLoader, StrictUndefined

from flask_support_tickets import ConfigurationError, SupportTickets

from .small import declare_users, dispose, make_app, new_admin, settle, sign_in

CONTENT = "<body>{% block content %}{% endblock %}</body>"
BLOCK = "{% block title %}Acme{% endblock %}"
TITLES = {
    "text in a block": f"<title>{BLOCK}</title>",
    "text around a block": f"<title>{BLOCK} · Acme</title>",
    "the element in a block": "{% block title %}<title>Acme</title>{% endblock %}",
    "the element with attributes and neighbors in a block": (
        '{% block title %}<meta name="a"><TITLE\nid="t">Acme\n</TITLE><link rel="b">{% endblock %}'
    ),
    "a variable": "<title>{% if title %}{{ title }} - {% endif %}Acme</title>",
    "a variable with a default": "<title>{{ title or 'Acme' }}</title>",
    "a block of another name": "<title>{% block page_title %}Acme{% endblock %}</title>",
    "the element in a block of another name": (
        "{% block page_title %}<title>Acme</title>{% endblock %}"
    ),
    "a default that fails": "<title>{% block title %}{{ page.title }}{% endblock %}</title>",
}


@pytest.fixture
def host():
    """Create an app with these templates."""
    made = []

    def make(templates, name="layout.html", **config):
        users = declare_users()
        app = make_app(users, SUPPORT_TICKETS_BASE_TEMPLATE=name, **config)
        made.append((app, users))
        app.jinja_loader = DictLoader(templates) if isinstance(templates, dict) else templates
        return app, users

    yield make
    for each in made:
        dispose(*each)


def visit(app, users, path="/settings/ticket", **options):
    """Initialize the extension and return a page."""
    SupportTickets(app, users.db, users.User, **options)
    settle(app, users)
    answer = sign_in(app, "alice").get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("undefined", [None, StrictUndefined], ids=["lenient", "strict"])
@pytest.mark.parametrize("head", TITLES.values(), ids=TITLES)
def test_layout_of_any_shape_shows_the_title_once(host, head, undefined):
    app, users = host({"layout.html": f"<head>{head}</head>{CONTENT}"})
    if undefined:
        app.jinja_options = {"undefined": undefined}
    page = visit(app, users)
    titles = re.findall(r"<title[^>]*>(.*?)</title>", page, re.S | re.I)
    assert len(titles) == len(re.findall("<title", page, re.I)) == 1, page
    assert titles[0].startswith("My tickets")
    assert "<title" not in titles[0].lower()
    assert ('<link rel="b">' in page) == ("neighbors" in head or 'rel="b"' in head)


@pytest.mark.parametrize("head", TITLES.values(), ids=TITLES)
def test_subject_in_the_title_is_escaped_once(host, head):
    app, users = host({"layout.html": f"<head>{head}</head>{CONTENT}"})
    visit(app, users)
    alice = sign_in(app, "alice")
    body = {"subject": "</title><b> & \\1", "description": "D"}
    key = alice.post("/api/tickets", json=body).json["data"]["id"]
    page = alice.get(f"/settings/ticket/{key}").text
    assert f">#{key} &lt;/title&gt;&lt;b&gt; &amp; \\1" in page
    assert "&amp;amp;" not in page


NO_BLOCK = "has no block named 'content'"
WRONG = {
    "misspelt": ({"layout.html": CONTENT}, "layuot.html", "'layuot.html' was not found"),
    "misspelt parent": ({"layout.html": "{% extends 'bsae.html' %}"}, "layout.html",
                        "'bsae.html' was not found"),
    "no block": ({"layout.html": "<body></body>"}, "layout.html", NO_BLOCK),
    "block of another name": ({"layout.html": "{% block body %}{% endblock %}"}, "layout.html",
                              NO_BLOCK),
    "block that the parent does not show": (
        {"layout.html": "{% extends 'base.html' %}{% block content %}{% endblock %}",
         "base.html": "{% block body %}{% endblock %}"}, "layout.html", NO_BLOCK),
    "block in an include": ({"layout.html": "{% include 'part.html' %}", "part.html": CONTENT},
                            "layout.html", NO_BLOCK),
    "block in a block that is overridden": (
        {"layout.html": "{% extends 'base.html' %}{% block body %}x{% endblock %}",
         "base.html": "{% block body %}{% block content %}{% endblock %}{% endblock %}"},
        "layout.html", NO_BLOCK),
}  # fmt: skip


@pytest.mark.parametrize(("templates", "name", "sentence"), WRONG.values(), ids=WRONG)
def test_wrong_layout_is_refused_at_set_up_with_what_to_do(host, templates, name, sentence):
    app, users = host(templates, name)
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        SupportTickets(app, users.db, users.User)
    assert "SUPPORT_TICKETS_BASE_TEMPLATE" in str(caught.value)
    assert not app.blueprints
    assert "jinja_env" not in vars(app), "its options can still be changed"


BASE = "{% block body %}{% block content %}{% endblock %}{% endblock %}"
RIGHT = {
    "parent": {"layout.html": "{% extends 'base.html' %}", "base.html": BASE},
    "super": {"layout.html": "{% extends 'base.html' %}{% block body %}{{ super() }}{% endblock %}",
              "base.html": BASE},
    "moved": {"layout.html": "{% extends 'base.html' %}{% block body %}{% if 1 %}{% block content "
                             "%}{% endblock %}{% endif %}{% endblock %}",
              "base.html": "{% block body %}{% endblock %}"},
    "our own": {"layout.html": "{% extends 'support_tickets/base.html' %}"},
    "chosen by a variable": {"layout.html": "{% extends 'ba' ~ 'se.html' %}", "base.html": BASE},
    "an own page template": {
        "layout.html": "{% block main %}{% endblock %}",
        "support_tickets/_page.html": "{% extends base_template %}{% import 'support_tickets/"
            "_macros.html' as st with context %}{% block main %}<i class=st-root>{% block st_body "
            "%}{% endblock %}</i>{% endblock %}"},
}  # fmt: skip


@pytest.mark.parametrize("templates", RIGHT.values(), ids=RIGHT)
def test_layout_that_shows_the_pages_in_its_own_way_is_accepted(host, templates):
    assert "<h1>My tickets</h1>" in visit(*host(templates))


def test_layout_of_a_loader_that_needs_the_app_context_is_read(host):
    def load(name):
        return CONTENT if name == "layout.html" and current_app.name == "small" else None

    assert "<h1>My tickets</h1>" in visit(*host(FunctionLoader(load)))
    app, users = host(FunctionLoader(load), "other.html")
    with pytest.raises(ConfigurationError, match=r"'other\.html' was not found"):
        SupportTickets(app, users.db, users.User)


@pytest.mark.parametrize("is_right", [True, False])
def test_layout_that_cannot_be_read_yet_is_checked_when_the_first_page_is_shown(host, is_right):
    """The layout uses a tag of a Jinja extension that is added later, as Flask-Babel's is."""
    source = "{% trans %}Hello{% endtrans %}" + (CONTENT if is_right else "")
    app, users = host({"layout.html": source})
    SupportTickets(app, users.db, users.User)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_null_translations()
    settle(app, users)
    alice = sign_in(app, "alice")
    if is_right:
        assert "<h1>My tickets</h1>" in alice.get("/settings/ticket").text
    else:
        for _ in range(2):
            with pytest.raises(ConfigurationError, match=NO_BLOCK):
                alice.get("/settings/ticket")


def test_layout_in_a_blueprint_is_found_when_it_is_registered_first(host, tmp_path):
    (tmp_path / "layout.html").write_text(CONTENT)
    theme = Blueprint("theme", __name__, template_folder=str(tmp_path))
    app, users = host({})
    with pytest.raises(ConfigurationError, match="register the blueprint before init_app"):
        SupportTickets(app, users.db, users.User)
    app.register_blueprint(theme)
    assert "<h1>My tickets</h1>" in visit(app, users, admin=new_admin(app))
