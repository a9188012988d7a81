"""The documentation tells everything that can be relied on, and what it shows works."""

from __future__ import annotations

import dataclasses
import importlib
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

import flask_support_tickets
from flask_support_tickets import SupportTicketsError, errors, signals
from flask_support_tickets.api import api
from flask_support_tickets.api.errors import STATUS_BY_CODE
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.config import LIVE_KEYS, PREFIX, Config
from flask_support_tickets.pages import assets, pages

from .conftest import form_fields
from .host import create_host, tickets

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flask_support_tickets"
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)


def text_of(*names: str) -> str:
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


def code_blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", text, re.M | re.S)


class TestQuickstart:
    @pytest.fixture
    def app(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
        """The app of the page, from a file of its own."""
        blocks = code_blocks(DOCS / "quickstart.md", "python")
        (code,) = (block for block in blocks if "def create_app" in block)
        (tmp_path / "st_quickstart.py").write_text(code, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        module = importlib.import_module("st_quickstart")
        app: Flask = module.create_app()
        yield app
        with app.app_context():
            module.db.engine.dispose()
        del sys.modules["st_quickstart"]

    def test_alice_files_a_ticket_and_mona_starts_progress(self, app: Flask) -> None:
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

    def test_its_tables_and_accounts_are_made_once(self, app: Flask, tmp_path: Path) -> None:
        assert (tmp_path / "instance" / "quickstart.db").exists()
        again = app.test_client().post("/login", data={"username": "mona"})
        assert again.status_code == 302


class TestEverythingIsDocumented:
    @pytest.mark.parametrize("item", dataclasses.fields(Config), ids=lambda item: item.name)
    def test_a_configuration_key_with_its_default(self, item: dataclasses.Field[Any]) -> None:
        key = PREFIX + item.name.upper()
        text = text_of("configuration.md")
        default = repr(item.default).replace("'", '"')
        assert f"| `{key}` | `{default}` |" in text
        assert f"`{key}`\n: " in text

    @pytest.mark.parametrize("key", sorted(LIVE_KEYS))
    def test_a_live_key(self, key: str) -> None:
        assert f"`{key}`" in text_of("configuration.md")

    def test_no_key_that_does_not_exist(self) -> None:
        known = {PREFIX + item.name.upper() for item in dataclasses.fields(Config)} | LIVE_KEYS
        named = {
            key
            for page in PAGES
            for key in re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", page.read_text("utf-8"))
        }
        assert {key for key in named if not key.startswith(f"{PREFIX}TESTS_")} <= known

    @pytest.mark.parametrize(
        "name", [name for name, value in vars(signals).items() if hasattr(value, "receivers_for")]
    )
    def test_a_signal(self, name: str) -> None:
        assert f"`{name}`, with `" in text_of("signals.md")

    @pytest.mark.parametrize(
        "payload", [value for value in vars(signals).values() if dataclasses.is_dataclass(value)]
    )
    def test_the_fields_of_a_payload(self, payload: Any) -> None:
        section = text_of("signals.md").partition(f"with `{payload.__name__}`")[2]
        table = section.partition("\n\n|")[2].partition("\n\n")[0]
        names = [
            cell for row in re.findall(r"^\| (`.*?) \|", table, re.M) for cell in row.split(", ")
        ]
        assert names == [f"`{item.name}`" for item in dataclasses.fields(payload)]

    @pytest.mark.parametrize(("code", "status"), STATUS_BY_CODE.items())
    def test_an_error_code(self, code: str, status: int) -> None:
        assert f"| {status} | `{code}` |" in text_of("api.md")

    @pytest.mark.parametrize("name", support_tickets_cli.commands)
    def test_a_command_with_an_example(self, name: str) -> None:
        text = text_of("cli.md")
        assert f"## {name}\n" in text
        assert f"flask --app app support-tickets {name}" in text

    @pytest.mark.parametrize(
        "name",
        sorted(
            path.relative_to(PACKAGE / "templates").as_posix() for path in PACKAGE.rglob("*.html")
        ),
    )
    def test_a_template(self, name: str) -> None:
        assert f"| `{name}` |" in text_of("pages.md", "admin.md")

    @pytest.mark.parametrize(
        "name",
        sorted(
            set(
                re.findall(
                    r"--st-[a-z-]+",
                    (PACKAGE / "static/support_tickets/support_tickets.css").read_text("utf-8"),
                )
            )
        ),
    )
    def test_a_property_of_the_stylesheet(self, name: str) -> None:
        assert f"| `{name}` |" in text_of("pages.md")

    def test_every_address_of_the_blueprints(self) -> None:
        app = Flask(__name__)
        for blueprint in (assets, pages, api):
            app.register_blueprint(blueprint)
        text = text_of("api.md", "pages.md")
        ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
        assert len(ours) > 10
        for rule in ours:
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            for method in methods:
                row = rf"\| \[?`{re.escape(rule.rule)}`(\]\([^)]*\))? \| {method} \|"
                is_told = re.search(row, text) or (method == "GET" and f"`{rule.rule}`" in text)
                assert is_told, f"{method} {rule.rule}"

    def test_every_address_of_the_admin(self) -> None:
        app = create_host("sqlite://")
        text = text_of("admin.md")
        ours = [
            rule
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("support_tickets_admin.")
        ]
        assert len(ours) > 10
        for rule in ours:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                told = re.search(
                    rf"\| `{re.escape(rule.rule.removeprefix('/admin/'))}` \| ([A-Z, ]+) \|", text
                )
                is_way_back = method == "GET" and rule.endpoint.endswith("back_view")
                assert is_way_back or (told and method in told[1]), f"{method} {rule.rule}"

    def test_every_public_error(self) -> None:
        text = text_of("services.md")
        for error in vars(errors).values():
            if isinstance(error, type) and issubclass(error, SupportTicketsError):
                assert error.__name__ in flask_support_tickets.__all__
                assert f"`{error.__name__}`" in text

    def test_every_column(self) -> None:
        for table in tickets._declared.tables:
            _, _, rows = text_of("models.md").partition(f"\n`{table.name}`\n\n")
            cells = " ".join(re.findall(r"^\| (`.*?) \|", rows.partition("\n\n")[0], re.M))
            assert set(re.findall(r"`(\w+)`", cells)) == set(table.c.keys()), table.name

    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
    def test_no_page_is_left_out_of_the_contents(self, path: Path) -> None:
        name = path.relative_to(DOCS).with_suffix("").as_posix()
        contents = text_of("index.md", "decisions/index.md").splitlines()
        assert name == "index" or name in contents or name.removeprefix("decisions/") in contents

    def test_the_picture_of_the_house_names_every_module(self) -> None:
        picture = text_of("architecture.md").partition("```text")[2].partition("```")[0]
        rooms = re.findall(r"^  (\w+\.py.*|\w+/(?:.*\n)(?:    .*\n)*)", picture, re.M)
        assert len(rooms) > 20
        for path in PACKAGE.rglob("*.py"):
            inside = path.relative_to(PACKAGE).parts
            start = inside[0] if len(inside) == 1 else f"{inside[0]}/"
            told = "".join(room for room in rooms if start in room.partition("  ")[0])
            assert path.stem == "__init__" or re.search(rf"\b{path.stem}\b", told), inside
        for room in rooms:
            for name in room.partition("  ")[0].split():
                assert (PACKAGE / name).exists(), name


class TestRules:
    @staticmethod
    def in_the_code() -> set[str]:
        found = set()
        for path in PACKAGE.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found.update(re.findall(r"\b[A-Z][0-9]\b", text))
            for letter, first, last in re.findall(r"\b([A-Z])([0-9]) to \1([0-9])\b", text):
                found.update(f"{letter}{number}" for number in range(int(first), int(last) + 1))
        return found

    def test_the_code_and_the_page_know_the_same_rules(self) -> None:
        defined = re.findall(r"^### ([A-Z][0-9]): ", text_of("rules.md"), re.M)
        assert len(defined) == len(set(defined))
        assert set(defined) == self.in_the_code()

    def test_the_tests_name_rules_that_exist(self) -> None:
        defined = set(re.findall(r"^### ([A-Z][0-9]): ", text_of("rules.md"), re.M))
        for path in (ROOT / "tests").rglob("*.py"):
            for rule in re.findall(r"\brules? ([A-Z][0-9])\b", path.read_text(encoding="utf-8")):
                assert rule in defined, f"{path.name} names {rule}"


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *PAGES],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_local_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        link = urlsplit(target)
        if not link.scheme and link.path:
            assert (path.parent / link.path).is_file(), f"{path.name}: {target}"
    for target in re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", text):
        folder = DOCS if target.startswith("/") else path.parent
        assert (folder / f"{target.lstrip('/')}.md").is_file(), f"{path.name}: {target}"


@pytest.fixture(scope="module")
def demo_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example app on a free port, with a fresh database."""
    folder = tmp_path_factory.mktemp("demo")
    serve = (
        "import sys; from example_app import create_app;"
        "create_app(instance_path=sys.argv[1])"
        ".run(port=int(sys.argv[2]))"
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
            server.wait(10)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return when something listens on ``port``."""
    for _ in range(300):
        assert server.poll() is None, "the example app did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the example app does not answer")


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed: the README was not walked"
)
@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
def test_every_curl_succeeds_in_the_order_of_the_page(
    demo_address: str, name: str, tmp_path: Path
) -> None:
    blocks = code_blocks(ROOT / name, "sh")
    script = "".join(block for block in blocks if "curl" in block and "$TOKEN" not in block)
    script = script.replace("http://127.0.0.1:5000", demo_address)
    script = script.replace("curl -sS", "curl -sS --fail-with-body --noproxy '*'")
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r'"success": *true', done.stdout)) >= 6
