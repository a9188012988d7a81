"""The pages in hosts' layouts: text and controls are visible, whatever the layout declares."""

from __future__ import annotations

import dataclasses

import jinja2
import pytest
from flask import Response

from flask_support_tickets import TicketStatus

from ..chromium import NEEDS_CHROMIUM
from .examining import assert_controls_have_edges, assert_readable
from .people import people
from .scene import Site
from .serving import make_site, serving

pytestmark = NEEDS_CHROMIUM

LAYOUT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="/layout.css"></head>
<body>{% block content %}{% endblock %}</body>
</html>"""
#: The styles of the layouts, and the setting that each of them needs.
STYLES = {
    "dark without a scheme": ("body { background: #222; color: #eee }", None),
    "light without a scheme": ("body { background: #fff; color: #222 }", None),
    "nothing": ("", None),
    "dark by the reader's scheme": (
        ":root { color-scheme: light dark } body { background: Canvas; color: CanvasText }", None),
    "light in a dark scheme": (
        ":root { color-scheme: dark } body { background: #fafafa; color: #333 }", None),
    "dark in a light scheme": (
        ":root { color-scheme: light } body { background: #0b1120; color: #cbd5e1 }", None),
    "dim text": ("body { background: #fff; color: #8a8a8a }", "light"),
    "dim text on black": ("body { background: #000; color: #777 }", "dark"),
    "colored": ("body { background: #073642; color: #93a1a1 }", None),
    "sepia": ("body { background: #fdf6e3; color: #586e75 }", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def hosted(browser, tmp_path_factory):
    """Return a page of alice, her tickets, and a function that sets the layout's style."""
    app = make_site(tmp_path_factory.mktemp("site"))
    app.jinja_loader = jinja2.ChoiceLoader(
        [jinja2.DictLoader({"plain.html": LAYOUT}), app.jinja_loader]
    )
    style = {"css": ""}
    app.add_url_rule("/layout.css", "layout", lambda: Response(style["css"], mimetype="text/css"))
    state = app.extensions["support_tickets"]

    def dress(css, color_scheme):
        style["css"] = css
        config = dataclasses.replace(
            state.config, base_template="plain.html", color_scheme=color_scheme
        )
        app.extensions["support_tickets"] = dataclasses.replace(state, config=config)

    with serving(app) as address, people(browser, address) as open_as:
        site = Site(app, address)
        site.fill()
        tickets = [site.open("A layout", status) for status in TicketStatus]
        yield open_as("alice", expects=("status of 422", "404")), tickets, dress


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("css", "setting"), STYLES.values(), ids=STYLES)
def test_texts_and_controls_are_visible_in_any_layout(hosted, css, setting, scheme):
    page, tickets, dress = hosted
    dress(css, setting)
    page.emulate_media(color_scheme=scheme)
    for path in ("", "?search=nothing", "?status=X", "/new", *(f"/{key}" for key in tickets)):
        page.goto(f"/settings/ticket{path}")
        assert_readable(page)
        assert_controls_have_edges(page)
    page.goto("/settings/ticket/new")
    page.locator("form.st-form button[type=submit]").first.click()
    page.locator(".st-errors").wait_for()
    assert_readable(page)
