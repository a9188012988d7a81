"""How a form of the pages is filled in and sent."""

from __future__ import annotations

from ..conftest import form_fields

NEW = "/settings/ticket/new"


def fill(client, url=NEW, **fields):
    """Open the form at ``url`` and return what a browser would send."""
    page = client.get(url)
    assert page.status_code == 200
    return {**form_fields(page.text), **fields}


def file(client, **fields):
    content = {"subject": "Subject", "description": "Description", **fields}
    return client.post(NEW, data=fill(client, **content))
