"""The wheel: what is inside, and that it serves pages from an empty environment elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

import flask_support_tickets

pytestmark = pytest.mark.package

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flask_support_tickets"
NOT_SOURCE = shutil.ignore_patterns(
    ".*", "__pycache__", "build", "dist", "*.egg-info", "instance", "_build"
)

HOST = """
import json

from flask import Flask
from flask_admin import Admin
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy

import flask_support_tickets
from flask_support_tickets import SupportTickets

db = SQLAlchemy()


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    role = db.Column(db.String(20))


tickets = SupportTickets(db=db, user_model=User)

app = Flask(__name__)
app.config.update(SECRET_KEY="elsewhere", SQLALCHEMY_DATABASE_URI="sqlite://")
app.config["supportTickets"] = True
db.init_app(app)
LoginManager(app).request_loader(lambda request: db.session.get(User, 1))
tickets.init_app(app, admin=Admin(app, name="Acme"))

with app.app_context():
    db.create_all()
    db.session.add(User(role="admin"))
    db.session.commit()

client = app.test_client()
filed = client.post("/api/tickets", json={"subject": "Hello", "description": "From a wheel."})
paths = [
    "/settings/ticket",
    "/settings/ticket/new",
    "/settings/ticket/1",
    "/admin/",
    "/admin/tickets/",
    "/admin/tickets/1",
    "/support_tickets/static/support_tickets.css",
    "/support_tickets/static/base.css",
    "/support_tickets/static/admin.css",
    "/support_tickets/static/admin.js",
]
answers = {path: client.get(path) for path in paths}
print(
    json.dumps(
        {
            "file": flask_support_tickets.__file__,
            "filed": filed.status_code,
            "codes": {path: answer.status_code for path, answer in answers.items()},
            "subject": "Hello" in answers["/settings/ticket/1"].text,
        }
    )
)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without this environment's Python settings; return what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the project: nothing left behind by an older build."""
    folder = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(ROOT, folder / "source", ignore=NOT_SOURCE)
    out = folder / "out"
    run(sys.executable, "-m", "build", "--wheel", "--outdir", out, source, cwd=folder)
    [built] = out.iterdir()
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def served(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a minimal host answers that runs in an empty environment with the wheel installed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=folder)
    (folder / "host.py").write_text(HOST)
    answer: dict[str, Any] = json.loads(run(python, folder / "host.py", cwd=folder))
    return {**answer, "folder": str(folder)}


class TestWhatIsInside:
    def test_every_file_of_the_package_is_in_the_wheel(self, names: set[str]) -> None:
        files = {
            path.relative_to(ROOT).as_posix()
            for path in PACKAGE.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert files - names == set()

    @pytest.mark.parametrize(
        "name",
        [
            "py.typed",
            "templates/support_tickets/list.html",
            "templates/support_tickets/admin/list.html",
            "static/support_tickets/support_tickets.css",
            "static/support_tickets/admin.js",
            "services/workflow.py",
            "migrations/versions/support_tickets_0001.py",
        ],
    )
    def test_what_a_build_forgets_easily_is_in_the_wheel(self, names: set[str], name: str) -> None:
        assert f"flask_support_tickets/{name}" in names

    def test_nothing_else_is_in_the_wheel(self, names: set[str]) -> None:
        version = flask_support_tickets.__version__
        roots = {name.partition("/")[0] for name in names}
        assert roots == {"flask_support_tickets", f"flask_support_tickets-{version}.dist-info"}

    def test_it_runs_on_every_platform_and_carries_its_licence(
        self, wheel: Path, names: set[str]
    ) -> None:
        assert wheel.name.endswith("-py3-none-any.whl")
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


class TestElsewhere:
    def test_the_installed_package_is_the_one_that_runs(self, served: dict[str, Any]) -> None:
        assert served["file"].startswith(served["folder"])

    def test_every_page_and_file_is_served(self, served: dict[str, Any]) -> None:
        assert served["filed"] == 201
        assert set(served["codes"].values()) == {200}, served["codes"]
        assert served["subject"] is True
