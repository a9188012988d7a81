"""The wheel: its content, and that it serves pages from an empty environment in another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import flask_support_tickets

pytestmark = pytest.mark.slow  # builds the wheel and installs it with pip

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
opened = client.post("/api/tickets", json={"subject": "Hello", "description": "From a wheel."})
static = ["support_tickets.css", "base.css", "admin.css", "admin.js"]
paths = [f"/support_tickets/static/{name}" for name in static]
paths += ["/settings/ticket", "/settings/ticket/new", "/settings/ticket/1"]
paths += ["/admin/", "/admin/tickets/", "/admin/tickets/1"]
answers = {path: client.get(path) for path in paths}
result = {
    "file": flask_support_tickets.__file__,
    "opened": opened.status_code,
    "codes": {path: answer.status_code for path, answer in answers.items()},
    "subject": "Hello" in answers["/settings/ticket/1"].text,
}
print(json.dumps(result))
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without this environment's Python settings, and return its output."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the project, without leftovers of older builds."""
    folder = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(ROOT, folder / "source", ignore=NOT_SOURCE)
    out = folder / "out"
    run(sys.executable, "-m", "build", "--wheel", "--outdir", out, source, cwd=folder)
    [built] = out.iterdir()
    return built


def test_wheel_has_every_file_of_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    metadata = f"flask_support_tickets-{flask_support_tickets.__version__}.dist-info"
    assert {f"flask_support_tickets/{name}" for name in ("py.typed", "models/factory.py")} <= files
    assert {name for name in names if not name.startswith(f"{metadata}/")} == files
    assert f"{metadata}/licenses/LICENSE" in names
    assert wheel.name.endswith("-py3-none-any.whl")


def test_wheel_serves_every_page_from_an_empty_environment(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, wheel, cwd=tmp_path)
    (tmp_path / "host.py").write_text(HOST)
    served = json.loads(run(python, tmp_path / "host.py", cwd=tmp_path))
    assert served["file"].startswith(str(tmp_path))
    assert served["opened"] == 201
    assert set(served["codes"].values()) == {200}, served["codes"]
    assert served["subject"] is True
