"""The message catalogs: complete, consistent with the code, compiled. See `make messages`."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import flask_support_tickets

PACKAGE = Path(flask_support_tickets.__file__).parent
FOLDER = PACKAGE / "translations"
LANGUAGES = ["ar", "de", "es", "fr"]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
KEYWORDS = {
    "gettext": None, "lazy_gettext": None, "t": None, "tb": None, "ngettext": (1, 2), "tn": (1, 2),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def messages_in_code() -> set[Any]:
    """Every message of the code, and pairs of singular and plural."""
    options = {pattern: {"silent": "false"} for pattern, _ in METHODS[1:]}
    found = extract_from_dir(PACKAGE, METHODS, options, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


@pytest.fixture(scope="module", params=LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    path = FOLDER / request.param / "LC_MESSAGES" / "support_tickets.po"
    with path.open("rb") as file:
        return read_po(file, locale=request.param)


def forms_of(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def names_in(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def test_every_shipped_language_is_tested_here():
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == LANGUAGES


def test_template_has_every_message_of_the_code_and_no_other(messages_in_code):
    with (FOLDER / "support_tickets.pot").open("rb") as file:
        template = {message.id for message in read_po(file) if message.id}
    assert template == messages_in_code


def test_catalog_translates_every_message_of_the_code_and_no_other(catalog, messages_in_code):
    messages = list(catalog)[1:]  # the first is the header
    assert {message.id for message in messages} == messages_in_code
    for message in messages:
        forms = forms_of(message.string)
        assert len(forms) == (catalog.num_plurals if message.pluralizable else 1), message.id
        assert all(form.strip() for form in forms), message.id
        assert not message.fuzzy, message.id


def test_translation_has_the_placeholders_of_its_message(catalog):
    """The form for one number may use a word instead of the number."""
    for message in list(catalog)[1:]:
        source = names_in(forms_of(message.id)[-1])
        *others, last = forms_of(message.string)
        assert names_in(last) == source, message.id
        for form in (*others, *forms_of(message.id)[:-1]):
            assert not names_in(form) - source, message.id
            assert sum((source - names_in(form)).values()) <= 1, message.id
        values = dict.fromkeys(source, 1)
        for form in forms_of(message.string) if values else ():
            assert form % values


def test_compiled_catalog_is_up_to_date(catalog):
    path = FOLDER / str(catalog.locale) / "LC_MESSAGES" / "support_tickets.mo"
    with path.open("rb") as file:
        compiled = {forms_of(each.id): forms_of(each.string) for each in read_mo(file) if each.id}
    assert compiled == {forms_of(each.id): forms_of(each.string) for each in list(catalog)[1:]}


def calls_in(tree: ast.AST, *names: str) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) in names]


def test_no_message_is_looked_up_at_import_or_hidden_from_extraction():
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)
        ]
        later = {call for each in functions for call in calls_in(each, "gettext", "ngettext")}
        for call in calls_in(tree, "gettext", "ngettext", "lazy_gettext"):
            name, where = ast.unparse(call.func), f"{path}:{call.lineno}"
            assert name == "lazy_gettext" or call in later, where
            texts = call.args[: 2 if name == "ngettext" else 1]
            is_constant = all(isinstance(text, ast.Constant) for text in texts)
            assert is_constant or path.name == "i18n.py", where
