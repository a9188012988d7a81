"""The documentation shows every screenshot, and they stay small."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
FILES = sorted((DOCS / "_static" / "screenshots").iterdir())
PAGES = ["user-list", "user-new", "user-thread", "admin-list", "admin-detail", "admin-statistics"]


def test_each_page_is_there_light_and_dark_wide_and_on_a_phone():
    names = {file.name for file in FILES}
    for page in PAGES:
        for look in ("", "-dark", "-phone", "-phone-dark"):
            assert f"{page}{look}.png" in names


def test_all_of_them_are_shown():
    text = (DOCS / "screenshots.md").read_text("utf-8")
    shown = re.findall(r"\(_static/screenshots/([^)]+)\)", text)
    assert sorted(shown) == [file.name for file in FILES]


def test_they_are_small():
    assert sum(file.stat().st_size for file in FILES) < 3_000_000
