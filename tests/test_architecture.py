"""The package keeps the rules of `docs/architecture.md`: imports, sizes, and single places."""

from __future__ import annotations

import ast
import graphlib
import re
import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import flask_support_tickets

PACKAGE = Path(flask_support_tickets.__file__).parent
NAME = "flask_support_tickets"

#: From the bottom up: a module imports only from lower layers and from its own folder.
LAYERS: list[set[str]] = [
    {"i18n", "signals"},
    {"errors", "text_rules", "rich_text", "sqlite"},
    {"models", "file_types"},
    {"setting_parsers", "mail_settings", "webhook_settings"},
    {"config"},
    {"policy", "ticket_field", "licensing", "storage", "channel", "secret_keys"},
    {"current"},
    {"actor", "origin", "transaction"},
    {"services"},
    {"schemas"},
    {"web"},
    {"delivery"},
    {"inbound"},
    {"api", "pages", "admin", "migrations"},
    {"extension", "cli"},
    {"__init__"},
]
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
REQUEST_NAMES = {
    *("request", "session", "g", "flash", "abort", "redirect", "url_for", "has_request_context"),
    *("make_response", "jsonify", "render_template"),
}
REQUEST_PACKAGES = {"flask_login", "flask_wtf", "wtforms", "flask_admin"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "common"}
MODULES = {
    path.relative_to(PACKAGE): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))


def layer_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node but those under ``if TYPE_CHECKING``."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            yield from running_nodes(node)


def imports_of(
    path: Path, tree: ast.AST, *, only_running: bool = True
) -> Iterator[tuple[str, str]]:
    """Yield every imported (module, name), with relative modules spelled out."""
    folders = [NAME, *path.parts[:-1]]
    for node in running_nodes(tree) if only_running else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folders[: len(folders) - node.level + 1] if node.level else []
            module = ".".join([*base, node.module or ""]).strip(".")
            yield from ((module, alias.name) for alias in node.names)


def imports_upwards(path: Path, tree: ast.AST) -> list[str]:
    """Return the layers that a module imports from although they are not below its own."""
    layer, found = layer_of(path), []
    for module, name in imports_of(path, tree):
        first, *rest = module.split(".")
        if first == NAME:
            found.append(rest[0] if rest else (name if name in RANK else "__init__"))
    return [other for other in found if other != layer and RANK[other] >= RANK[layer]]


def uses_of_requests(path: Path, tree: ast.AST) -> list[str]:
    return [
        f"{module}.{name}"
        for module, name in imports_of(path, tree)
        if module.split(".")[0] in REQUEST_PACKAGES
        or (module.split(".")[0] in ("flask", "werkzeug") and name in REQUEST_NAMES)
    ]


def writes_of_status(tree: ast.AST) -> list[int]:
    """Return the lines that set a ticket's status: by attribute, by keyword, or in a dict."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            lines += [
                target.lineno
                for target in node.targets
                if isinstance(target, ast.Attribute)
                and target.attr == "status"
                and ast.unparse(target.value) != "self"
            ]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".values", ".Ticket")):
            lines += [word.value.lineno for word in node.keywords if word.arg == "status"]
        elif isinstance(node, ast.Dict):
            lines += [
                key.lineno
                for key, value in zip(node.keys, node.values, strict=True)
                if ast.unparse(key or value) == "'status'" and not isinstance(value, ast.Call)
            ]
    return lines


def attributes_named(tree: ast.AST, name: str) -> list[str]:
    return [
        ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == name
    ]


def modules_with(found: Iterable[tuple[Path, object]]) -> set[str]:
    return {path.as_posix() for path, finding in found if finding}


def test_modules_import_only_from_lower_layers() -> None:
    assert {layer_of(path) for path in MODULES} == set(RANK)
    upwards = {str(path): imports_upwards(path, tree) for path, tree in MODULES.items()}
    assert {path: found for path, found in upwards.items() if found} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = {".".join([NAME, *path.with_suffix("").parts]): path for path in MODULES}
    graph: dict[Path, set[Path]] = {}
    for path, tree in MODULES.items():
        for module, name in imports_of(path, tree, only_running=False):
            names = (f"{module}.{name}", f"{module}.{name}.__init__", module, f"{module}.__init__")
            target = next((files[each] for each in names if each in files), path)
            graph.setdefault(path, set()).update({target} - {path})
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from ..api.errors import ApiError", ["api"]),
        ("from .. import web", ["web"]),
        ("def work():\n    from ..extension import SupportTickets", ["extension"]),
        ("from . import quotas\nfrom ..policy import Actor", []),
        ("if TYPE_CHECKING:\n    from ..api import api", []),
    ],
)
def test_an_import_from_a_higher_layer_is_found(code: str, found: list[str]) -> None:
    assert imports_upwards(Path("services/tickets.py"), ast.parse(code)) == found


def test_files_and_functions_stay_short_and_have_telling_names() -> None:
    lengths = {path: len((PACKAGE / path).read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > 300} == {}
    assert statistics.median(lengths.values()) < 100
    functions = [
        (path, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [function for function in functions if function[2] > 40] == []
    names = {part.removesuffix(".py") for path in MODULES for part in path.parts}
    assert not names & EMPTY_NAMES


def test_models_and_services_know_no_request() -> None:
    inner = {p: t for p, t in MODULES.items() if layer_of(p) in ("models", "services")}
    found = modules_with((path, uses_of_requests(path, tree)) for path, tree in inner.items())
    assert found == set()
    code = ast.parse("def work():\n    from flask import session as store")
    assert uses_of_requests(Path("services/tickets.py"), code) == ["flask.session"]


def test_only_the_unit_of_work_commits() -> None:
    """Rule U1. A migration has no unit: it commits before and after it replaces a table."""
    commits = {path.as_posix(): attributes_named(tree, "commit") for path, tree in MODULES.items()}
    assert {path: len(found) for path, found in commits.items() if found} == {
        "transaction.py": 1,
        "migrations/batch.py": 2,
    }


def test_only_the_workflow_changes_a_status() -> None:
    """Rule W1: a new ticket has its first status, and one function changes it."""
    below_faces = {p: t for p, t in MODULES.items() if RANK[layer_of(p)] < RANK["schemas"]}
    writes = {path.as_posix(): writes_of_status(tree) for path, tree in below_faces.items()}
    assert {path: len(lines) for path, lines in writes.items() if lines} == {
        "services/tickets/open.py": 1,
        "services/tickets/transition.py": 1,
    }


def test_the_config_of_an_app_is_read_in_few_places() -> None:
    readers = modules_with(
        (path, {"app", "current_app"} & {name.split(".")[-1] for name in found})
        for path, tree in MODULES.items()
        for found in [attributes_named(tree, "config")]
    )
    # The cross-site guard asks for the names of the host's cookies, emails for the host's sender.
    others = {"web/fetch_metadata.py", "delivery/mail/sender.py"}
    assert readers == {"licensing.py", "extension.py", "secret_keys.py", *others}


def test_templates_escape_everything_and_hold_no_inline_code() -> None:
    assert len(TEMPLATES) >= 19
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text), path.name
        if path.parent.name == "mail":  # mail programs load no style sheets
            text = text.replace("<style>", "")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text), path.name
