"""The catalogs: whole, true to the code, and compiled. `make messages` collects and compiles."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import flask_support_tickets

PACKAGE = Path(flask_support_tickets.__file__).parent
FOLDER = PACKAGE / "translations"
LANGUAGES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {
    "gettext": None, "lazy_gettext": None, "t": None, "tb": None, "ngettext": (1, 2), "tn": (1, 2),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@cache
def in_the_code() -> set[Any]:
    """Every message of the code, and pairs of singular and plural."""
    options = {"templates/**.html": {"silent": "false"}}
    found = extract_from_dir(PACKAGE, METHODS, options, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


@cache
def catalog_of(language: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / "support_tickets.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages_of(language: str) -> list[Message]:
    return [message for message in catalog_of(language) if message.id]


def forms_of(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def names_in(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def test_all_languages_are_there():
    assert LANGUAGES == ["ar", "de", "es", "fr"]


def test_the_template_has_every_message_of_the_code_and_no_other():
    with (FOLDER / "support_tickets.pot").open("rb") as file:
        template = {message.id for message in read_po(file) if message.id}
    assert template == in_the_code()


@pytest.mark.parametrize("language", LANGUAGES)
class TestCatalog:
    def test_it_has_every_message_of_the_code_and_no_other(self, language):
        known = {message.id for message in messages_of(language)}
        assert in_the_code() - known == set()
        assert known - in_the_code() == set()

    def test_everything_is_translated(self, language):
        catalog = catalog_of(language)
        for message in messages_of(language):
            forms = forms_of(message.string)
            assert len(forms) == (catalog.num_plurals if message.pluralizable else 1), message.id
            assert all(form.strip() for form in forms), message.id
            assert not message.fuzzy, message.id

    def test_placeholders_are_those_of_the_message(self, language):
        """A form for one number may say it in words."""
        for message in messages_of(language):
            *some, source = forms_of(message.id)
            *others, last = forms_of(message.string)
            assert names_in(last) == names_in(source), message.id
            for form in others:
                assert sum((names_in(source) - names_in(form)).values()) <= 1, message.id
                assert not names_in(form) - names_in(source), message.id
            assert all(not names_in(each) - names_in(source) for each in some), message.id

    def test_values_can_be_put_in(self, language):
        for message in messages_of(language):
            values = dict.fromkeys(names_in(forms_of(message.id)[-1]), 1)
            for form in forms_of(message.string) if values else ():
                assert form % values

    def test_it_is_compiled(self, language):
        path = FOLDER / language / "LC_MESSAGES" / "support_tickets.mo"
        with path.open("rb") as file:
            compiled = {forms_of(each.id): forms_of(each.string) for each in read_mo(file)}
        written = {forms_of(each.id): forms_of(each.string) for each in messages_of(language)}
        assert written == {forms: text for forms, text in compiled.items() if any(forms)}


FUNCTIONS = {"gettext", "ngettext"}


def calls_at_import(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that look a message up while a module is imported: too early."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults = node.args
            waiting += [each for each in [*defaults.defaults, *defaults.kw_defaults] if each]
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FUNCTIONS:
            yield node.lineno
        waiting.extend(ast.iter_child_nodes(node))


def calls_without_a_constant(tree: ast.Module) -> Iterator[int]:
    """Yield the lines whose message cannot be collected."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {*FUNCTIONS, "lazy_gettext"}:
            count = 2 if ast.unparse(node.func) == "ngettext" else 1
            if not all(isinstance(each, ast.Constant) for each in node.args[:count]):
                yield node.lineno


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
class TestCode:
    def test_no_message_is_looked_up_at_import(self, path):
        assert list(calls_at_import(ast.parse(path.read_text("utf-8")))) == []

    def test_every_message_can_be_collected(self, path):
        if path.name != "i18n.py":
            assert list(calls_without_a_constant(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("x = gettext('a')", [1]), ("class A:\n    b = Field(gettext('a'))", [2]),
        ("def f(x=gettext('a')): ...", [1]), ("def f():\n    return gettext('a')", []),
        ("x = lambda: gettext('a')", []), ("x = lazy_gettext('a')", []),
    ],
)  # fmt: skip
def test_a_message_that_is_looked_up_too_early_is_seen(code, lines):
    assert list(calls_at_import(ast.parse(code))) == lines


@pytest.mark.parametrize(
    ("code", "lines"),
    [("gettext(f'a{b}')", [1]), ("ngettext('a', b, 1)", [1]), ("gettext('a' 'b')", [])],
)
def test_a_message_that_is_put_together_is_seen(code, lines):
    assert list(calls_without_a_constant(ast.parse(code))) == lines
