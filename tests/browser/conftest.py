"""One site for all tests of this folder, and people who visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from .hands import HANDS, WAYS, Hand
from .people import people
from .scene import Site, build
from .serving import make_site, serving


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The example app with a ticket for everything that a page can show."""
    app = make_site(tmp_path_factory.mktemp("site"), SUPPORT_TICKETS_LOCALE="auto")
    with serving(app) as address:
        site = Site(app, address)
        build(site)
        yield site


@pytest.fixture
def open_as(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Return a page of somebody who has signed in; see `people`."""
    with people(browser, site.address) as open_as:
        yield open_as


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each way to use a page: see `hands`."""
    name: str = request.param
    return name


@pytest.fixture
def hand_of(open_as: Callable[..., Page], way: str) -> Callable[..., Hand]:
    """Return the hand of somebody who uses the pages in this way."""

    def hand(name: str, *expects: str) -> Hand:
        return HANDS[way](open_as(name, expects=expects, **WAYS[way]))

    return hand
