"""The table of the adversarial cases is whole, and names tests that there are."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
TABLE = tomllib.loads((ROOT / "tests" / "cases.toml").read_text(encoding="utf-8"))
NUMBERS: list[int] = TABLE.pop("numbers")
CASES: dict[int, dict[str, Any]] = {int(number): case for number, case in TABLE.items()}
#: Where every test says which case it proves.
NUMBERED = sorted((ROOT / "tests" / "cases").glob("test_*.py"))


@dataclass(frozen=True)
class Written:
    """A test as it is written down: its name for pytest, and what is said about it."""

    node: str
    words: str

    @property
    def cases(self) -> set[int]:
        """The cases that its docstring, or else its class's or its file's, says it proves."""
        return {int(number) for number in re.findall(r"\b\d+\b", self.words)}


@cache
def written_in(path: Path) -> dict[str, Written]:
    """Return the tests of a file, by their names for pytest."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(ROOT).as_posix()
    return {test.node: test for test in _walk(tree, name, "")}


def _walk(parent: ast.Module | ast.ClassDef, name: str, words: str) -> Iterator[Written]:
    words = _numbers_in(parent) or words
    for node in parent.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _walk(node, f"{name}::{node.name}", words)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield Written(f"{name}::{node.name}", _numbers_in(node) or words)


def _numbers_in(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    """Return what a docstring says between ``case`` and the end of that clause."""
    found = re.search(r"\b[Cc]ases? (\d+[\d, and]*)", ast.get_docstring(node) or "")
    return found[1] if found else ""


def test_every_number_is_in_the_table() -> None:
    assert sorted(CASES) == NUMBERS
    assert len(NUMBERS) == len(set(NUMBERS)) == 80


@pytest.mark.parametrize("number", NUMBERS)
def test_a_case_names_tests_that_there_are_or_says_why_there_is_none(number: int) -> None:
    case = CASES[number]
    assert case["about"]
    assert case.keys() in ({"about", "tests"}, {"about", "why_not"})
    assert case.get("tests") or case["why_not"].endswith(".")
    for node in case.get("tests", ()):
        path = ROOT / node.partition("::")[0]
        assert path.is_file(), f"{node}: there is no such file"
        assert node in written_in(path), f"{node}: there is no such test"


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_the_numbers_that_tests_carry_are_those_of_the_table(path: Path) -> None:
    for node, test in written_in(path).items():
        listed = {number for number, case in CASES.items() if node in case.get("tests", ())}
        assert test.cases == listed, node


def test_a_test_that_is_not_there_is_seen() -> None:
    tests = written_in(ROOT / "tests" / "test_case_table.py")
    assert "tests/test_case_table.py::test_every_number_is_in_the_table" in tests
    assert "tests/test_case_table.py::test_of_no_kind" not in tests
