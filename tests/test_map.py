"""`MAP.md` says where each rule and each case is proven, and the tests it names say so, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
MAP = (TESTS / "MAP.md").read_text(encoding="utf-8")
#: Cases about features that are not built yet.
LATER = {"12", "96", "115", "119"}


def rows() -> dict[str, set[str]]:
    """Return the files that prove each rule and case, by its number."""
    found = re.findall(r"^\| (\w+) \| .*? \| (.*) \|$", MAP, re.M)
    return {number: set(re.findall(r"`([^`]+\.py)`", files)) for number, files in found}


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield each file with the docstring of the module, and of each class and function in it."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield path.relative_to(TESTS).as_posix(), ast.get_docstring(node) or ""


def named_in_docstrings() -> dict[str, set[str]]:
    """Return the files whose docstrings name each rule, such as W3, and case, such as 12."""
    number = r"(?:[A-Z]?\d+)"
    found: dict[str, set[str]] = {}
    for path, text in docstrings():
        for names in re.findall(
            rf"\b(?:[Rr]ules?|[Cc]ases?) ({number}(?:(?:,| and|, and) {number})*)", text
        ):
            for name in re.findall(number, names):
                found.setdefault(name, set()).add(path)
    return found


def test_every_rule_and_case_is_proven_where_the_map_says() -> None:
    rules = re.findall(r"^### ([A-Z][0-9]+): ", (TESTS.parent / "docs/rules.md").read_text(), re.M)
    proven = {number: files for number, files in rows().items() if number not in ("rule", "case")}
    assert set(rules) <= proven.keys()
    assert {number for number, files in proven.items() if not files} == LATER
    assert sum(number.isdigit() for number in proven) == 80
    assert {number: files for number, files in proven.items() if files} == named_in_docstrings()
