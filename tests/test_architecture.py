"""The house rules of `docs/architecture`, held by reading the code: who imports whom, who may."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, MetaData

import flask_support_tickets

from .hosts.small import declare_users

PACKAGE = Path(flask_support_tickets.__file__).parent
NAME = "flask_support_tickets"

#: The floors of the house, from the ground up. A module imports from lower floors and its own
#: room (folder) alone; two rooms of one floor do not know each other.
FLOORS: list[set[str]] = [
    {"i18n", "signals"},
    {"errors", "text", "rich_text", "time_zones", "words", "file_types", "sqlite"},
    {"models"},
    {"config", "licensing", "origin", "rate_limit", "wording"},
    {"storage"},
    {"current"},
    {"policy"},
    {"transaction"},
    {"services"},
    {"schemas"},
    {"web"},
    {"api", "pages", "admin", "migrations"},
    {"extension", "cli"},
    {"__init__"},
]
RANK = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
#: What belongs to a request; jobs and the command line have none.
OF_REQUESTS = {
    "request",
    "session",
    "g",
    "flash",
    "abort",
    "redirect",
    "url_for",
    "has_request_context",
    "make_response",
    "jsonify",
    "render_template",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "common"}


class Module:
    """One file of the package, read."""

    def __init__(self, path: Path, root: Path = PACKAGE) -> None:
        self.path = path.relative_to(root)
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.room = self.path.parts[0].removesuffix(".py")
        self.parents = [NAME, *self.path.parts[:-1]]

    def __repr__(self) -> str:
        return str(self.path)

    @property
    def running(self) -> Iterator[ast.AST]:
        """Every node that runs: not what stands under ``if TYPE_CHECKING``."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
                waiting.extend(node.orelse)
                continue
            yield node
            waiting.extend(ast.iter_child_nodes(node))

    @property
    def imports(self) -> Iterator[tuple[str, str]]:
        """Every imported (module, name), with relative ones spelled out."""
        for node in self.running:
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self.parents[: len(self.parents) - node.level + 1] if node.level else []
                module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
                yield from ((module, alias.name) for alias in node.names)

    @property
    def rooms(self) -> Iterator[str]:
        """The rooms of this package that it imports from."""
        for module, name in self.imports:
            first, *rest = module.split(".")
            if first == NAME:
                yield rest[0] if rest else (name if name in RANK else "__init__")

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))


def modules_but(*excepted: str) -> list[Module]:
    """All modules, less those at these paths."""
    assert set(excepted) <= {str(module.path) for module in MODULES}
    return [module for module in MODULES if str(module.path) not in excepted]


def module_of(tmp_path: Path, code: str, path: str = "services/tickets.py") -> Module:
    """A module that stands at ``path`` and holds ``code``, to see a rule refuse it."""
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    return Module(file, tmp_path)


def climbs(module: Module) -> list[str]:
    """The rooms that a module must not import from: on its own floor or above."""
    rank = RANK[module.room]
    return [room for room in module.rooms if room != module.room and RANK[room] >= rank]


def touches(module: Module) -> list[str]:
    """What a module imports or uses of a request."""
    found = [
        f"{source}.{name}"
        for source, name in module.imports
        if (source.partition(".")[0] in ("flask", "werkzeug") and name in OF_REQUESTS)
        or source.partition(".")[0] in ("flask_login", "flask_wtf", "wtforms", "flask_admin")
    ]
    for node in module.running:
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "flask":
            found.append(ast.unparse(node))
    return found


def writes_status(module: Module) -> list[int]:
    """The lines that set a ticket's status.

    Everywhere: an attribute, ``setattr``, a keyword of ``.values()`` or ``Ticket()``. In the inner
    rooms, where no answer is put together, also a key of a dict.
    """
    lines = []
    is_inner = module.room in ("models", "services")
    messages = {id(node.right) for node in ast.walk(module.tree) if _is_formatting(node)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            lines += [node.lineno for target in targets if _is_status(target, is_inner)]
        elif isinstance(node, ast.Dict) and is_inner and id(node) not in messages:
            lines += [key.lineno for key in node.keys if key and _is_text(key, "status")]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name == "setattr" and len(node.args) > 1 and _is_text(node.args[1], "status"):
                lines.append(node.lineno)
            elif name.endswith((".values", ".Ticket")):
                lines += [word.value.lineno for word in node.keywords if word.arg == "status"]
    return lines


def _is_formatting(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)


def _is_status(target: ast.expr, is_inner: bool) -> bool:
    if isinstance(target, ast.Attribute):
        return target.attr == "status" and ast.unparse(target.value) != "self"
    return is_inner and isinstance(target, ast.Subscript) and _is_text(target.slice, "status")


def _is_text(node: ast.AST | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def reads_config(module: Module) -> list[int]:
    """The lines that look into an app's config."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "config"
        and ast.unparse(node.value).rpartition(".")[2].strip("()") in ("app", "current_app")
    ]


def calls(module: Module, method: str) -> list[int]:
    """The lines that call a method of this name on anything."""
    return [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == method
    ]


class TestImports:
    def test_every_module_has_a_floor(self) -> None:
        assert {module.room for module in MODULES} == set(RANK)

    @pytest.mark.parametrize("module", MODULES, ids=repr)
    def test_a_module_imports_from_lower_floors_only(self, module: Module) -> None:
        assert climbs(module) == []

    @pytest.mark.parametrize(
        ("code", "found"),
        [
            ("from ..api.errors import ApiError", ["api"]),
            ("from .. import web", ["web"]),
            ("from .. import SupportTickets", ["__init__"]),
            ("def work():\n    from ..extension import SupportTickets", ["extension"]),
            ("import flask_support_tickets.pages.new", ["pages"]),
            ("from . import workflow\nfrom .reads import Page\nfrom ..policy import Actor", []),
            ("if TYPE_CHECKING:\n    from ..api import api", []),
        ],
    )
    def test_a_climbing_import_is_seen(self, tmp_path: Path, code: str, found: list[str]) -> None:
        assert climbs(module_of(tmp_path, code)) == found

    def test_the_public_names_are_all_that_the_package_file_holds(self) -> None:
        module = next(module for module in MODULES if str(module) == "__init__.py")
        kinds = {type(node) for node in module.tree.body}
        assert kinds == {ast.Expr, ast.ImportFrom, ast.Assign}
        names = [name for _, name in module.imports]
        assert sorted(names) == sorted(flask_support_tickets.__all__)


class TestSizes:
    @pytest.mark.parametrize("module", MODULES, ids=repr)
    def test_no_file_is_longer_than_300_lines(self, module: Module) -> None:
        assert module.line_count <= 300

    def test_half_of_the_files_are_shorter_than_100_lines(self) -> None:
        assert statistics.median(module.line_count for module in MODULES) < 100

    @pytest.mark.parametrize("module", MODULES, ids=repr)
    def test_no_function_is_longer_than_40_lines(self, module: Module) -> None:
        long = {
            function.name: length
            for function in module.functions
            if (length := (function.end_lineno or 0) - function.lineno + 1) > 40
        }
        assert long == {}

    @pytest.mark.parametrize("module", MODULES, ids=repr)
    def test_no_module_has_a_name_that_says_nothing(self, module: Module) -> None:
        assert not {part.removesuffix(".py") for part in module.path.parts} & FORBIDDEN_NAMES


class TestRooms:
    INNER = [module for module in MODULES if module.room in ("models", "services")]

    @pytest.mark.parametrize("module", INNER, ids=repr)
    def test_models_and_services_know_no_request(self, module: Module) -> None:
        assert touches(module) == []

    @pytest.mark.parametrize(
        "code",
        [
            "from flask import request",
            "from flask import session as store",
            "def work():\n    from flask import g",
            "import flask\nflask.abort(404)",
            "from werkzeug.exceptions import abort",
            "from flask_login import current_user",
        ],
    )
    def test_a_touch_of_a_request_is_seen(self, tmp_path: Path, code: str) -> None:
        assert touches(module_of(tmp_path, code))

    @pytest.mark.parametrize("module", modules_but("transaction.py"), ids=repr)
    def test_only_the_unit_of_work_commits(self, module: Module) -> None:
        assert calls(module, "commit") == []

    def test_the_unit_of_work_commits_in_one_place(self) -> None:
        [module] = [module for module in MODULES if str(module) == "transaction.py"]
        assert len(calls(module, "commit")) == 1

    WRITERS = ("services/workflow.py", "services/tickets.py")

    @pytest.mark.parametrize("module", modules_but(*WRITERS), ids=repr)
    def test_only_the_workflow_writes_status(self, module: Module) -> None:
        assert writes_status(module) == []

    def test_both_writers_write_it_once(self) -> None:
        writers = [module for module in MODULES if str(module.path) in self.WRITERS]
        assert [len(writes_status(module)) for module in writers] == [1, 1]
        opening = next(module for module in writers if module.path.stem == "tickets")
        assert "status=TicketStatus.New" in opening.text

    @pytest.mark.parametrize(
        "code",
        [
            "ticket.status = 2",
            "ticket.status: int = 2",
            "ticket.status += 1",
            "values['status'] = 2",
            "setattr(ticket, 'status', 2)",
            "values = {'status': 2}",
            "update(model).values(status=2)",
            "models.Ticket(status=2)",
        ],
    )
    def test_a_write_of_status_is_seen(self, tmp_path: Path, code: str) -> None:
        assert writes_status(module_of(tmp_path, code)) == [1]

    @pytest.mark.parametrize(
        "module",
        # the guard asks for the names of the host's cookies
        modules_but("config.py", "licensing.py", "extension.py", "web/cross_site.py"),
        ids=repr,
    )
    def test_an_apps_config_is_read_in_one_place(self, module: Module) -> None:
        assert reads_config(module) == []

    @pytest.mark.parametrize(
        "code",
        ["app.config['X']", "current_app.config.get('X')", "self.app.config", "state.app.config"],
    )
    def test_a_look_into_the_config_is_seen(self, tmp_path: Path, code: str) -> None:
        assert reads_config(module_of(tmp_path, code)) == [1]


class TestTemplates:
    def test_there_are_templates_for_both_faces(self) -> None:
        folders = {path.parent.name for path in TEMPLATES}
        assert folders == {"support_tickets", "admin"}

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_nothing_is_passed_by_the_escaping(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text)

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_there_is_no_inline_script_or_style(self, path: Path) -> None:
        assert inline_in(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize(
        "html",
        [
            "<script>go()</script>",
            '<script type="module">go()</script>',
            "<style>p {}</style>",
            "<p style='color: red'>",
            '<button {% if x %}disabled{% endif %} onclick="go()">',
        ],
    )
    def test_inline_code_is_seen(self, html: str) -> None:
        assert inline_in(html)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or re.match(r"on[a-z]+$", name)]


def inline_in(template: str) -> list[str]:
    """Return the inline code and style of a template."""
    tags = _Tags()
    tags.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", template, flags=re.DOTALL))
    tags.close()
    return tags.found


class TestTables:
    @pytest.fixture
    def metadata(self) -> MetaData:
        users = declare_users()
        flask_support_tickets.SupportTickets(db=users.db, user_model=users.User)
        return users.db.metadata

    def test_every_constraint_and_index_has_a_name(self, metadata: MetaData) -> None:
        tables = [table for table in metadata.sorted_tables if table.name != "person"]
        assert len(tables) == 7
        for table in tables:
            for item in (*table.constraints, *table.indexes):
                assert item.name, f"{table.name}: {item!r}"
                assert "support_ticket" in str(item.name)

    def test_names_are_used_once(self, metadata: MetaData) -> None:
        names = [
            str(item.name)
            for table in metadata.sorted_tables
            if table.name != "person"
            for item in (*table.constraints, *table.indexes)
        ]
        assert len(names) == len(set(names)) > 20

    def test_every_foreign_key_starts_an_index_or_an_own_key(self, metadata: MetaData) -> None:
        for table in metadata.sorted_tables:
            starts = {next(iter(index.columns.keys())) for index in table.indexes}
            starts |= {
                next(iter(constraint.columns.keys()), None)
                for constraint in table.constraints
                if not isinstance(constraint, CheckConstraint)
                and constraint.__class__.__name__ in ("UniqueConstraint", "PrimaryKeyConstraint")
            }
            for constraint in table.foreign_key_constraints:
                assert next(iter(constraint.columns.keys())) in starts, constraint.name
