"""The demo, started and signed in to."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from example_app import create_app
from example_app.extensions import db

SignIn = Callable[[str], FlaskClient]


def close(app: Flask) -> None:
    """Close the app's database connections."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo has been started once."""
    folder = tmp_path_factory.mktemp("first")
    close(create_app(instance_path=folder))
    return folder


@pytest.fixture
def folder(first_start: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder, to change."""
    return Path(shutil.copytree(first_start, tmp_path / "instance"))


@pytest.fixture
def demo(folder: Path) -> Iterator[Flask]:
    """Return the demo, started for the second time."""
    app = create_app(instance_path=folder)
    yield app
    close(app)


@pytest.fixture
def sign_in(demo: Flask) -> SignIn:
    """Return a function that signs in through the form and returns the client."""

    def sign(username: str) -> FlaskClient:
        client = demo.test_client()
        answer = client.post("/login", data={"username": username, "password": "demo"})
        assert answer.status_code == 303
        return client

    return sign


def csrf_token_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Return the CSRF token of the form on a page of the example app, as form data."""
    html = client.get(path).text
    found = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', html)
    assert found is not None
    return {"csrf_token": found[1]}
