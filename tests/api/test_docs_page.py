"""The pages of the API's document. `tests/browser/test_api_pages.py` looks at them in Chromium."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/api/tickets/docs", "/api/tickets/openapi.json"])
def test_api_document_is_404_unless_the_host_publishes_it(client_of, alice, path):
    """Rule J4."""
    assert client_of(alice).get(path).status_code == 404
