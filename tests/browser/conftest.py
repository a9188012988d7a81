"""One site for all tests of this folder, and people who visit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from .people import people
from .scene import Site, build
from .serving import make_site, serving


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The example app with a ticket for everything that a page can show."""
    app = make_site(tmp_path_factory.mktemp("site"))
    with serving(app) as address:
        site = Site(app, address)
        build(site)
        yield site


@pytest.fixture
def open_as(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Return a page of somebody who has signed in; see `people`."""
    with people(browser, site.address) as open_as:
        yield open_as
