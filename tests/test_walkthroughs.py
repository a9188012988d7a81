"""What the README and the docs show works as it is printed."""

from __future__ import annotations

import importlib
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from .conftest import form_fields

ROOT = Path(__file__).parent.parent


def code_blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", text, re.M | re.S)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app of the quickstart, in a file of its own."""
    (code,) = (b for b in code_blocks("docs/quickstart.md", "python") if "def create_app" in b)
    (tmp_path / "st_quickstart.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("st_quickstart")
    app: Flask = module.create_app()
    yield app
    with app.app_context():
        module.db.engine.dispose()
    del sys.modules["st_quickstart"]


def test_alice_opens_a_ticket_in_the_quickstart_app_and_mona_starts_progress(app: Flask) -> None:
    alice, mona = app.test_client(), app.test_client()
    assert alice.get("/settings/ticket").status_code == 302
    answer = alice.post("/login", data={"username": "alice"}, follow_redirects=True)
    assert "My tickets" in answer.text

    fields = form_fields(alice.get("/settings/ticket/new").text)
    content = {"subject": "It does not work", "description": "Nothing happens."}
    answer = alice.post("/settings/ticket/new", data={**fields, **content})
    assert answer.status_code == 303
    assert "It does not work" in alice.get(answer.location).text
    assert alice.get("/admin/tickets/").status_code == 403

    mona.post("/login", data={"username": "mona"})
    queue = mona.get("/admin/tickets/").text
    assert "It does not work" in queue
    step = {**form_fields(queue), "action": "StartProgress"}
    assert mona.post("/admin/tickets/1/status", data=step).status_code == 303
    ticket = mona.get("/api/tickets/1").json["data"]
    assert (ticket["statusName"], ticket["assignedToName"]) == ("InProgress", "mona")


@pytest.fixture(scope="module")
def demo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the example app, which runs on a free port with a new database."""
    folder = tmp_path_factory.mktemp("demo")
    serve = (
        "import sys; from example_app import create_app;"
        "create_app(instance_path=sys.argv[1]).run(port=int(sys.argv[2]))"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-c", serve, str(folder), str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return when something listens on ``port``."""
    for _ in range(600):
        assert server.poll() is None, "the example app did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the example app does not answer")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
def test_every_curl_command_of_a_page_succeeds_in_order(
    demo_address: str, name: str, tmp_path: Path
) -> None:
    blocks = code_blocks(name, "sh")
    script = "".join(block for block in blocks if "curl" in block and "$TOKEN" not in block)
    script = script.replace("http://127.0.0.1:5000", demo_address)
    script = script.replace("curl -sS", "curl -sS --fail-with-body --noproxy '*'")
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r'"success": *true', done.stdout)) >= 6
