"""One site for the tests of this folder, and people who visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from .hands import WAYS, Hand
from .people import people
from .scene import STARTED, Site
from .serving import make_site, serving

#: The largest file that the site accepts.
MAX_BYTES = 1_048_576


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The example app, filled, in the language that the browser asks for."""
    app = make_site(
        tmp_path_factory.mktemp("site"),
        SUPPORT_TICKETS_LOCALE="auto",
        SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES=MAX_BYTES,
    )
    with serving(app) as address:
        site = Site(app, address)
        site.fill()
        yield site


@pytest.fixture
def open_as(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Return a page of a signed-in user; see `people`."""
    with people(browser, site.address) as open_as:
        yield open_as


@pytest.fixture
def hand_of(open_as: Callable[..., Page]) -> Callable[..., Hand]:
    """Return ``hand_of("alice", "keyboard", …)``: a user who uses the pages in that way."""

    def hand(name: str, way: str, *expects: str) -> Hand:
        kind, options = WAYS[way]
        return kind(open_as(name, expects=expects, **options), has_script=way != "no script")

    return hand


@pytest.fixture
def ticket(site: Site, request: pytest.FixtureRequest) -> int:
    """Alice's ticket in progress, unread by nobody."""
    return site.open(f"For {request.node.name}", STARTED)
