"""Flask-Babel in a folder of its own.

It cannot be installed beside the other packages of the tests: Flask-Admin, which most hosts here
have, then fails in each app that does not set it up.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

CONSTRAINTS = Path(__file__).parent.parent / "constraints.txt"


@pytest.fixture(scope="session")
def flask_babel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, for a path."""
    folder = tmp_path_factory.mktemp("flask-babel")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--target", str(folder), "-c", str(CONSTRAINTS)]
    subprocess.run([*pip, *options, "Flask-Babel", "pytz"], check=True, capture_output=True)
    return folder


@pytest.fixture
def flask_babel(flask_babel_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module; Flask-Admin, which is imported already, does not see it."""
    monkeypatch.syspath_prepend(str(flask_babel_folder))
    import flask_babel

    yield flask_babel
    for name in [name for name in sys.modules if name.partition(".")[0] == "flask_babel"]:
        del sys.modules[name]
