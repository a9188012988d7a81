"""The documentation names everything that hosts rely on, and nothing that does not exist."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import flask_support_tickets
from flask_support_tickets import SupportTicketsError, errors, signals
from flask_support_tickets.api.errors import STATUS_BY_CODE
from flask_support_tickets.cli import support_tickets_cli
from flask_support_tickets.config import LIVE_KEYS, PREFIX, Config

from .host import create_host, tickets

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flask_support_tickets"
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
RULE = r"\b[A-Z][0-9]\b"


def text_of(*names: str) -> str:
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


def test_every_configuration_key_is_documented_with_its_default() -> None:
    text = text_of("configuration.md")
    for item in dataclasses.fields(Config):
        key, default = PREFIX + item.name.upper(), repr(item.default).replace("'", '"')
        assert f"| `{key}` | `{default}` |" in text
        assert f"`{key}`\n: " in text
    assert {key for key in LIVE_KEYS if f"`{key}`" not in text} == set()


def test_no_documented_configuration_key_is_unknown() -> None:
    known = {PREFIX + item.name.upper() for item in dataclasses.fields(Config)} | LIVE_KEYS
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", "".join(p.read_text("utf-8") for p in PAGES)))
    assert {key for key in named if not key.startswith(f"{PREFIX}TESTS_")} <= known


def test_every_signal_is_documented_with_its_payload() -> None:
    text = text_of("signals.md")
    names = [name for name, value in vars(signals).items() if hasattr(value, "receivers_for")]
    assert {name for name in names if f"`{name}`, with `" not in text} == set()
    for payload in filter(dataclasses.is_dataclass, vars(signals).values()):
        section = text.partition(f"with `{payload.__name__}`")[2]
        rows = re.findall(
            r"^\| (`.*?) \|", section.partition("\n\n|")[2].partition("\n\n")[0], re.M
        )
        fields = [cell.strip("`") for row in rows for cell in row.split(", ")]
        assert fields == [item.name for item in dataclasses.fields(payload)]


def test_every_error_is_documented() -> None:
    api, services = text_of("api.md"), text_of("services.md")
    for code, status in STATUS_BY_CODE.items():
        assert f"| {status} | `{code}` |" in api
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, SupportTicketsError):
            assert error.__name__ in flask_support_tickets.__all__
            assert f"`{error.__name__}`" in services


def test_every_command_is_documented_with_an_example() -> None:
    text = text_of("cli.md")
    for name in support_tickets_cli.commands:
        assert f"## {name}\n" in text
        assert f"flask --app app support-tickets {name}" in text


def test_every_template_and_style_property_is_documented() -> None:
    text = text_of("pages.md", "admin.md", "notifications.md")
    folder = PACKAGE / "templates"
    templates = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    styles = (PACKAGE / "static/support_tickets/support_tickets.css").read_text("utf-8")
    names = templates | set(re.findall(r"--st-[a-z-]+", styles))
    assert {name for name in names if f"| `{name}` |" not in text} == set()


def test_every_address_is_documented_with_its_methods() -> None:
    faces, admin = text_of("api.md", "pages.md"), text_of("admin.md")
    rules = [
        rule
        for rule in create_host("sqlite://").url_map.iter_rules()
        if rule.endpoint.startswith("support_tickets")
    ]
    assert len(rules) > 25
    for rule in rules:
        is_admin = rule.rule.startswith("/admin/")
        path = rule.rule.removeprefix("/admin/") if is_admin else rule.rule
        text = admin if is_admin else faces
        rows = re.findall(rf"\| \[?`{re.escape(path)}`(?:\]\([^)]*\))? \| ([A-Z, ]+) \|", text)
        documented = {method for row in rows for method in row.split(", ")}
        if f"`{path}`" in text or rule.endpoint.endswith("back_view"):  # the way back from sign-in
            documented.add("GET")
        assert (rule.methods or set()) - {"HEAD", "OPTIONS"} <= documented, rule.rule


def test_every_column_is_documented() -> None:
    for table in tickets._declared.tables:
        _, _, rows = text_of("models.md").partition(f"\n`{table.name}`\n\n")
        cells = " ".join(re.findall(r"^\| (`.*?) \|", rows.partition("\n\n")[0], re.M))
        assert set(re.findall(r"`(\w+)`", cells)) == set(table.c.keys()), table.name


def test_the_code_and_the_rules_page_name_the_same_rules() -> None:
    defined = re.findall(r"^### ([A-Z][0-9]): ", text_of("rules.md"), re.M)
    assert len(defined) == len(set(defined))
    named = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named.update(re.findall(RULE, text))
        for letter, first, last in re.findall(r"\b([A-Z])([0-9]) to \1([0-9])\b", text):
            named.update(f"{letter}{number}" for number in range(int(first), int(last) + 1))
    assert named == set(defined)


def test_every_page_is_in_the_contents() -> None:
    contents = text_of("index.md", "decisions/index.md").splitlines()
    for path in PAGES:
        name = path.relative_to(DOCS).with_suffix("").as_posix().removeprefix("decisions/")
        assert name == "index" or {name, f"decisions/{name}"} & set(contents), path.name


def test_local_links_lead_to_files() -> None:
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *PAGES):
        missing = [target for target in local_links(path) if not target.is_file()]
        assert missing == [], path.name


def local_links(path: Path) -> Iterator[Path]:
    """Yield the files that a page links to."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        link = urlsplit(target)
        if not link.scheme and link.path:
            yield path.parent / link.path
    for target in re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", text):
        folder = DOCS if target.startswith("/") else path.parent
        yield folder / f"{target.lstrip('/')}.md"
